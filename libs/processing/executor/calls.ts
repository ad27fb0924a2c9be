import type { Exchange, PaymentAnswer } from '#libs/provider-kit';
import type { LookUpResult, Outcome } from '#libs/refund';

export type CallKind = 'submission' | 'lookUp';

/** What a call to a provider ends with; without an exchange it was not made. */
export type Answered =
  | PaymentAnswer
  | { readonly result: LookUpResult; readonly exchange: Exchange }
  | { readonly outcome: Outcome; readonly exchange: Exchange | null }
  | { readonly kind: 'accepted' | 'refused' | 'unavailable'; readonly exchange: Exchange };

/** Makes calls to a provider when it is their turn. */
export interface Calls {
  run<Answer extends Answered>(kind: CallKind, call: () => Promise<Answer>): Promise<Answer>;
}
