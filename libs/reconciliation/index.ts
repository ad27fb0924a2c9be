export {
  originalOf,
  redrive,
  redriveRefusal,
  type RedriveOptions,
  type RedriveRefusal,
  type Redriven,
  type RequestTopic,
} from './dead-letters/redrive.ts';
export { EXPORT_FORMATS, exportJournal, type ExportFormat, type ExportSummary } from './journal/export.ts';
export type { JournalFault } from './journal/fault.ts';
export { publishedSeal, type PublishedSeal } from './journal/published-check.ts';
export { verifyJournal, type VerifySummary } from './journal/verify.ts';
export type { ComparedAccount, NotCompared, Progress } from './compare/account.ts';
export {
  CLASSES,
  HEALS,
  type ClassCode,
  type DifferenceClass,
  type Heal,
  type Severity,
} from './compare/classes.ts';
export { compare, type Comparison, type Question, type Run, type Sides } from './compare/compare.ts';
export type { ClassTotal, Difference, Filter, Sum, Summary, Total } from './compare/comparison.ts';
export { heal, type Healed } from './compare/heal.ts';
export type { Patience } from './compare/listing.ts';
export type { Window } from './compare/window.ts';
export { csvReport } from './report/csv.ts';
export { HTML_ROWS_MAX, htmlReport } from './report/html.ts';
export { jsonReport } from './report/json.ts';
export { readStatement, StatementUnreadable, type StatementRow } from './statement/read-statement.ts';
export { isZone } from './statement/zoned-time.ts';
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
