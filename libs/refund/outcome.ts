import type { Decimal } from 'decimal.js';

/** Bank references the provider gave for a refund. */
export interface References {
  readonly arn?: string;
  readonly rrn?: string;
  readonly utr?: string;
}

export type ActBy = 'merchant' | 'customer' | 'operator' | 'nobody';

/** Why a call surely moved nothing. `notSettled`: the payment must settle first, or has settled since; `keyRefused`, `keySpent`: see below. */
export type NotAppliedBecause =
  | 'notSent'
  | 'busy'
  | 'rateLimited'
  | 'notSettled'
  | 'balance'
  | 'credentials'
  | 'optionUnsupported'
  /** The provider takes no idempotency key of this merchant: the next attempt goes without one. */
  | 'keyRefused'
  /** The key belongs to a request that failed without effect: the next attempt has a key of its own. */
  | 'keySpent';

/** Where it became unclear if money left. `mismatch`: the answer names another amount, currency, payment or reference than the request. */
export type UnknownPhase =
  | 'sending'
  | 'waiting'
  | 'serverError'
  | 'redirect'
  | 'unreadable'
  | 'unlisted'
  | 'mismatch'
  | 'interrupted';

/**
 * What a provider's answer means. Providers state it, `settle` and the retry policy decide on it.
 * Amounts were compared with the request before a `succeeded` or `pending` is stated.
 */
export type Outcome =
  | {
      readonly kind: 'succeeded';
      readonly providerRefundId: string;
      /** What the provider must be asked with when that is a secret and `providerRefundId` only its hash (RoboKassa). Stored, never published. */
      readonly handle?: string;
      readonly references: References;
      /** Provider's time of completion, Unix milliseconds; null when it tells none. */
      readonly completedAtMs: number | null;
    }
  | {
      readonly kind: 'pending';
      readonly providerRefundId: string;
      readonly handle?: string;
      readonly references: References;
    }
  | {
      readonly kind: 'declined';
      /** Somebody took it back at the provider; it was not refused. */
      readonly cancelled?: true;
      readonly code: string;
      readonly text: string;
      readonly actBy: ActBy;
      readonly mayRequestAgain: boolean;
      /** The provider's object when the decline left one behind. */
      readonly providerRefundId: string | null;
      /** The provider says this about amounts or the payment's state: the stored reading is out of date. */
      readonly readingStale: boolean;
    }
  | {
      readonly kind: 'notApplied';
      readonly because: NotAppliedBecause;
      readonly retryAfterMs: number | null;
      readonly code: string | null;
      readonly text: string;
    }
  | {
      readonly kind: 'unknown';
      readonly phase: UnknownPhase;
      readonly text: string;
      /** Known when the answer named it before it went wrong. */
      readonly providerRefundId: string | null;
    };

/**
 * Provider refunds that nothing tells from the one that is asked for, and nothing shows to be it: they may as well be somebody else's. `otherwise`: what was
 * shown, were they none of it.
 */
interface Perhaps {
  readonly providerRefundIds: readonly string[];
  readonly otherwise: LookUpResult;
}

/** What a look-up of one attempt showed. `absent` is as of the moment the provider answered, Unix milliseconds. */
export type LookUpResult =
  | { readonly kind: 'found'; readonly outcome: Outcome }
  | { readonly kind: 'absent'; readonly asOfMs: number }
  /** A person decides, except where `perhaps` lets what is stored, or the same attempt again, tell. */
  | { readonly kind: 'ambiguous'; readonly text: string; readonly perhaps?: Perhaps }
  | {
      readonly kind: 'unavailable';
      readonly because: 'notSent' | 'rateLimited' | 'credentials' | 'noAnswer';
      readonly retryAfterMs: number | null;
      readonly text: string;
    };

/** The payment as the provider shows it now. Amounts in major units. */
export interface PaymentReading {
  readonly captured: Decimal;
  readonly currency: string;
  /** Everything refunded there, ours and others', pending included; null where the provider does not tell it (RoboKassa): then what is stored stands. */
  readonly refundedTotal: Decimal | null;
  readonly refundable: 'now' | 'later' | 'never';
  /** Why not now: a code of ours, e.g. `PAYMENT_NOT_CAPTURED`. Null when refundable. */
  readonly because: string | null;
  /** Not settled yet: all of it can be taken back by a void, with `refundable` `later`. */
  readonly voidable?: true;
  /** The provider refunds all of this payment or nothing (Braintree's escrow). */
  readonly fullOnly?: true;
  /** The provider's own key for refunds of this payment (RoboKassa's OpKey); kept with the payment. */
  readonly handle?: string;
}

/** How a refund failed. `rejected`: our rules; `declined`: the provider; `cancelled`: there or by the requester; `decided`: a person. */
export interface Failure {
  readonly kind: 'rejected' | 'declined' | 'cancelled' | 'decided';
  readonly code: string;
  readonly message: string;
  readonly provider?: { readonly code: string; readonly text: string };
  readonly actBy: ActBy;
  readonly mayRequestAgain: boolean;
}
