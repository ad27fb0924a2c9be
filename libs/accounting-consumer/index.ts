export {
  accountingStatement,
  startAccounting,
  type AccountingOptions,
  type RunningAccounting,
} from './consumer.ts';
export { readResult } from './read-result.ts';
export type { Reading, Result, SuspectReason } from './result.ts';
export { AccountingSchemaTooNew } from './schema.ts';
export type { Balance, Statement } from './statement.ts';
export type { Taken } from './books.ts';
