export { DEAD_LETTERS, REJECTIONS, type DeadLetterCode, type RejectionCode } from './codes.ts';
export { holdsCardNumber } from './card-number.ts';
export { JournalSealed } from './events/journal-sealed.ts';
export { RefundCompleted } from './events/refund-completed.ts';
export { RefundFailed } from './events/refund-failed.ts';
export { RefundRequested } from './events/refund-requested.ts';
export { RefundReversed } from './events/refund-reversed.ts';
export { RefundStatusChanged } from './events/refund-status-changed.ts';
export { ResultAcknowledged } from './events/result-acknowledged.ts';
export { acknowledgementMessage } from './journal/acknowledgement-message.ts';
export { deadLetterMessage, type PlacedRecord } from './journal/dead-letter-message.ts';
export {
  coreOf,
  digestOfFreeText,
  freeTextIn,
  freeTextOf,
  withFreeText,
  type FreeText,
} from './journal/free-text.ts';
export { decodeHeaders, encodeHeaders } from './journal/kept-headers.ts';
export { linesOf, type BookNames, type Line, type MoneyMove } from './journal/lines.ts';
export { messagesOf, type StoredEntry } from './journal/messages-of.ts';
export type { OutgoingRecord } from './journal/outgoing.ts';
export type { RefundFacts } from './journal/refund-facts.ts';
export {
  FIRST_PREVIOUS,
  hashOfSeal,
  sealMessage,
  SealRoot,
  type Seal,
  type SealedRow,
  type SealFacts,
} from './journal/seal.ts';
export { digestOf, writeEntry, type Change, type JournalEntry } from './journal/write-entry.ts';
export type {
  DeadLetter,
  Incoming,
  IncomingRecord,
  ReadLimits,
  ReadRequest,
  RecordHeader,
  Rejection,
} from './request/incoming.ts';
export { readRequest } from './request/read-request.ts';
export { requestMessage, type RequestEnvelope } from './request/request-message.ts';
export { eventAmount, LIMITS, PROVIDERS, RESULT_TYPES, type ResultType } from './rules.ts';
export { composeSchemas, type EventName } from './schemas.ts';
export type { JsonSchema } from './events/decorators.ts';
