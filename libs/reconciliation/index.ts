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
