export {
  AccountIdentityChanged,
  AccountStore,
  type AccountIdentity,
  type AccountStop,
  type RegisteredAccount,
} from './account-store.ts';
export { columnsOf, unnest, type Columns } from './binary-array.ts';
export { classifyFault, Database } from './database.ts';
export {
  DeadLetterStore,
  type DeadLetterAct,
  type DeadLetterFilter,
  type DeadLetterStatus,
  type DeadLetterSummary,
  type KeptLetter,
} from './dead-letter-store.ts';
export { ErasureStore, type EraseAnswer, type Erasure } from './erasure-store.ts';
export { ExecutorStore, type ExecutorStoreOptions, type Settled, type Want } from './executor-store.ts';
export { HealStore } from './heal-store.ts';
export { IntakeStore, type PartitionPosition, type PublishedEvent } from './intake-store.ts';
export {
  JournalStore,
  type ChainRow,
  type ExportedChange,
  type ExternalChange,
  type MissingRefund,
  type TimeSpan,
} from './journal-store.ts';
export { migrate, pendingMigrations, SCHEMA_VERSION, SchemaTooNew } from './migrate.ts';
export {
  OperationStore,
  type NewOperation,
  type Operation,
  type OperationEnd,
  type OperationOutcome,
  type OperationSummary,
} from './operation-store.ts';
export { PaymentStore, type ReleaseAnswer } from './payment-store.ts';
export type { EventFilter } from './event-filter.ts';
export {
  PublishedFold,
  type FoldedEvent,
  type PublishedKind,
  type SeenEvent,
  type StaleSnapshot,
} from './published-fold.ts';
export {
  ReplayStore,
  type FoundRequest,
  type RepublishKind,
  type RepublishStanding,
  type SoughtRequest,
} from './replay-store.ts';
export { RelayStore, type KeptDeadLetter, type OwnedShard } from './relay-store.ts';
export { ReportStore, type RefundReport, type StateCount } from './report-store.ts';
export {
  ReviewStore,
  type ReviewDetail,
  type ReviewFilter,
  type ReviewSummary,
  type ReviewTotal,
  type Owner,
  type ReviewView,
} from './review-store.ts';
export * from './rows.ts';
export { SealStore, type NumberedRow, type SealedPart, type StoredSeal } from './seal-store.ts';
export { SHARDS } from './shards.ts';
export type { LookAgainRow } from './statements/look-again.ts';
export type { WebhookRow } from './statements/take-webhooks.ts';
export { WebhookStore, type TakenWebhook } from './webhook-store.ts';
