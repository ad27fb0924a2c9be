import type { Outcome, PaymentReading } from '#libs/refund';
import type {
  Exchange,
  PreparedAttempt,
  PreviousAttempt,
  ProviderAccount,
  RefundTask,
  RefusedTask,
  StoredAttempt,
} from '../ports.ts';

/** The port that moves money. Only libs/processing may import it; a layer rule in CI proves it. */
export interface RefundSubmitter {
  /**
   * Pure: the same arguments give the same bytes. `reading` is null where the account does not verify.
   * `previous` is the refused attempt this one replaces (for example an option the provider did not support); null for the first.
   * Refused: what only the payment can show makes the request impossible (a partial refund in escrow, a payment without a handle).
   */
  prepare(
    account: ProviderAccount,
    task: RefundTask,
    reading: PaymentReading | null,
    attemptNo: number,
    previous: PreviousAttempt | null,
  ): PreparedAttempt | RefusedTask;
  /**
   * The only call that moves money. Never retries, never follows a redirect, never throws for what a network or a provider may do:
   * every such fact is an outcome. The signal's abort after the first byte is `unknown`.
   */
  submit(
    account: ProviderAccount,
    attempt: StoredAttempt,
    signal: AbortSignal,
  ): Promise<{ readonly outcome: Outcome; readonly exchange: Exchange }>;
}
