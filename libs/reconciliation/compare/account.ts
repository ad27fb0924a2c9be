import type { ProviderAccount, RefundReader } from '#libs/provider-kit';

/** An account whose provider is asked. */
export interface ComparedAccount {
  readonly account: ProviderAccount;
  readonly reader: Pick<RefundReader, 'listRefunds' | 'readRefund'>;
  /** A refund may stay invisible at the provider this long; younger ones are no difference. */
  readonly visibilityDelayMs: number;
  /** A refund that is open for longer is late. */
  readonly lateAfterMs: number;
  /** Calls at the same time where refunds are asked for one by one. */
  readonly concurrency: number;
}

/** An account that the store knows, or the run was told of, and that is not compared with its provider in full; or a topic of the `bus` that is not there. */
export interface NotCompared {
  readonly provider: string;
  readonly account: string;
  readonly why: string;
}

export type Progress = (stage: string, done: number, total: number | null) => void;
