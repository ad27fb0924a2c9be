export {
  originalOf,
  redrive,
  redriveRefusal,
  type RedriveOptions,
  type RedriveRefusal,
  type Redriven,
  type RequestTopic,
} from './dead-letters/redrive.ts';
export { Healing } from './replay/heal.ts';
export { replayPublish, type PublishReplayReport } from './replay/replay-publish.ts';
export {
  replayRequests,
  requestsDiffer,
  type RequestFinding,
  type RequestKind,
  type RequestReplayReport,
} from './replay/replay-requests.ts';
export {
  replayResults,
  resultsDiffer,
  type ResultFinding,
  type ResultKind,
  type ResultReplayReport,
} from './replay/replay-results.ts';
export { EVERYTHING, type Span } from './replay/span.ts';
