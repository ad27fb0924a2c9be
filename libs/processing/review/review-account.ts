import type { ProviderAccount, ProviderModule } from '#libs/provider-kit';
import type { RetryPolicy } from '#libs/refund';

/** An account as a review needs it: its provider can be asked, and nothing can be sent. */
export interface ReviewAccount {
  readonly account: ProviderAccount;
  readonly module: ProviderModule;
  readonly policy: RetryPolicy;
  readonly spacingMs: number;
}

/** How the processors of this database call: until when bytes of theirs can be on their way. Milliseconds. */
export interface CallLimits {
  readonly leaseMs: number;
  readonly callTimeoutMs: number;
  readonly sendWithinMs: number;
}
