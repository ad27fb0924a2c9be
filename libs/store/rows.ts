import type { AccountChange, AccountStanding } from '#libs/refund';

/** The rows the store takes and gives. Amounts are decimal text, times Unix milliseconds, `paymentNo` a bigint as text. */

/** Where a request came from on the bus. */
export interface Origin {
  readonly cluster: string;
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly recordAtMs: number;
}

/** One request, accepted (`state: requested`) or rejected (`failed`), with its first journal entry. */
export interface AcceptRow {
  readonly refundId: string;
  /** 0 when the request names no account of ours. */
  readonly merchantNo: number;
  readonly accountNo: number;
  readonly paymentId: string;
  readonly fingerprint: Buffer;
  readonly fingerprintVersion: number;
  readonly origin: Origin;
  readonly ceId: string;
  readonly ceSource: string;
  readonly traceparent: string | null;
  readonly provider: string;
  readonly account: string;
  readonly mode: 'live' | 'test';
  readonly currency: string;
  /** What the executor needs of the request, JSON. */
  readonly task: string;
  /** The request as it came; null when it must not be kept. */
  readonly request: string | null;
  readonly freeText: string;
  readonly freeDigest: string;
  readonly salt: Buffer;
  readonly state: 'requested' | 'failed';
  readonly asked: string | null;
  readonly expected: string | null;
  /** Taken in late: looked up by our reference before anything is sent. */
  readonly lookFirst: boolean;
  readonly occurredAtMs: number;
  readonly status: string;
  readonly result: string | null;
  readonly resultType: string | null;
  readonly digest: Buffer;
  /** Whether the relay has something to send for this entry. */
  readonly publish: boolean;
}

export interface DeadLetterRow {
  readonly origin: Origin;
  readonly code: string;
  readonly message: string;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: Buffer;
}

/** One part of one partition's batch; the position moves from `from` to `next` in the statement that stores the rows. */
export interface AcceptBatch {
  readonly groupId: string;
  readonly cluster: string;
  readonly topic: string;
  readonly partition: number;
  readonly from: number;
  readonly next: number;
  readonly lastRecordAtMs: number | null;
  /** Rows were lost and requests below this offset may have been sent before: kept with the position, until it is passed and after. */
  readonly recoverBelow?: number | null;
  readonly requests: readonly AcceptRow[];
  readonly deadLetters: readonly DeadLetterRow[];
}

/** Requests that their partition's position has passed, taken in late. */
export type LateBatch = Omit<
  AcceptBatch,
  'from' | 'next' | 'lastRecordAtMs' | 'recoverBelow' | 'deadLetters'
>;

/** `duplicate`: known with the same content; `conflict`: known with another one. Anything not listed was inserted. */
export interface AcceptVerdicts {
  readonly stale: boolean;
  /** The position moved and everything is stored; otherwise ask again (`again`) or hand conflicts in as dead letters. */
  readonly moved: boolean;
  readonly verdicts: readonly {
    readonly index: number;
    readonly verdict: 'again' | 'duplicate' | 'conflict';
  }[];
}

/** A refund with its payment, as a claim or a reading shows it. */
export interface RefundView {
  readonly paymentNo: string;
  readonly ordinal: number;
  readonly refundId: string;
  readonly accountNo: number;
  readonly merchantNo: number;
  readonly paymentId: string;
  readonly state: string;
  readonly asked: string | null;
  readonly expected: string | null;
  readonly amount: string | null;
  readonly held: string;
  readonly attemptNo: number;
  readonly calls: number;
  /** Of these, calls that ended for the account's sake. */
  readonly uncounted: number;
  readonly sequence: number;
  readonly inLane: boolean;
  readonly resend: boolean;
  readonly lookFirst: boolean;
  readonly waitingFor: string | null;
  readonly reviewReason: string | null;
  readonly providerRefundId: string | null;
  /** A secret: what the provider is asked with where `providerRefundId` is only its hash. */
  readonly handle: string | null;
  readonly requestedAtMs: number;
  readonly changedAtMs: number;
  readonly ceId: string;
  readonly traceparent: string | null;
  readonly provider: string;
  readonly account: string;
  readonly mode: 'live' | 'test';
  readonly currency: string;
  readonly task: string;
  readonly freeText: string;
  readonly freeDigest: string;
  readonly captured: string | null;
  readonly completed: string;
  readonly reserved: string;
  readonly external: string;
  readonly doubtful: number;
  /** Refunds in the payment's lane, this one included. */
  readonly waiting: number;
  readonly paymentHandle: string | null;
  readonly paymentCurrency: string | null;
  /** Nothing more of the payment is sent until a person has looked; null: it is not stopped. */
  readonly stoppedBecause: string | null;
  readonly version: number;
  /** The lane's lease when this was read; for a claim the one before it. */
  readonly leaseToken: string;
  readonly verifiedMsAgo: number | null;
  /** The current attempt; null before the first. */
  readonly attempt: AttemptView | null;
}

export interface AttemptView {
  readonly action: 'refund' | 'void';
  readonly key: string | null;
  readonly reference: string;
  readonly content: string;
  readonly amount: string;
  readonly currency: string;
  readonly armedAtMs: number;
  /** Since its last call was armed, on the database's clock: what a provider may not show yet counts from there, not from the first call. */
  readonly calledMsAgo: number;
  /** What is left of the key's life on the database's clock, milliseconds; null without a key. */
  readonly sameKeyLeftMs: number | null;
  /** Its bytes may have left: an attempt without a key is fenced immediately before. */
  readonly fenced: boolean;
  /** References of every attempt of the refund. */
  readonly references: readonly string[];
}

/** A refund claimed as the head of its lane: the payment is leased to us under this token. */
export interface ClaimedRefund extends RefundView {
  readonly token: string;
}

export interface ClaimedLookUp extends RefundView {
  readonly lookUpToken: string;
  readonly tries: number;
}

export interface ArmRow {
  readonly paymentNo: string;
  readonly ordinal: number;
  readonly token: string;
  readonly attemptNo: number;
  /** A new attempt; otherwise the stored one is armed again. */
  readonly fresh: boolean;
  /** The stored attempt of a refund in `unknown`, sent once more: already reserved. */
  readonly resend: boolean;
  readonly sum: string;
  readonly expected: string | null;
  /** A reading taken for this claim; null = none. */
  readonly captured: string | null;
  readonly refundedTotal: string | null;
  readonly currency: string;
  readonly paymentHandle: string | null;
  /** The payment's version at the claim or the refused arming before. */
  readonly version: number;
  readonly action: string;
  readonly key: string | null;
  readonly reference: string;
  readonly content: string;
  readonly sameKeyForMs: number | null;
}

/** `lost`: the lease is not ours any more, or the payment has moved on; nothing was written. */
export type ArmAnswer =
  | { readonly kind: 'lost' }
  | {
      readonly kind: 'armed' | 'refused';
      readonly version: number;
      /** captured − completed − reserved − external before this arming; null when captured is not known. */
      readonly remaining: string | null;
      readonly doubtful: number;
    };

/** An attempt without a key that is about to be sent, under the lease and the version that armed it. */
export interface FenceRow {
  readonly paymentNo: string;
  readonly ordinal: number;
  readonly attemptNo: number;
  readonly token: string;
  readonly version: number;
}

/** One HTTP exchange for the call log. */
export interface CallRow {
  readonly attemptNo: number;
  readonly verb: 'create' | 'lookUp' | 'payment' | 'probe';
  readonly startedAtMs: number;
  readonly durationMs: number;
  readonly httpStatus: number | null;
  readonly answer: string;
  readonly verdict: string;
  /** What was asked for; absent where the attempt says it. */
  readonly asked?: string;
  /** What the provider showed as left of the payment; absent where it showed no such thing. */
  readonly leftThere?: string;
}

/** A provider refund that moved money for a refund of ours which had ended without it, or has another one. */
export interface ExternalRow {
  readonly paymentNo: string;
  readonly ordinal: number;
  readonly merchantNo: number;
  readonly providerRefundId: string;
  readonly amount: string;
  readonly shown: 'succeeded' | 'pending';
  readonly cause: string;
  /** Why nothing more of the payment is sent. */
  readonly stoppedBecause: string;
  /** Null: the call is kept already. */
  readonly call: CallRow | null;
}

/** How an account stands, as it was read. A change is compared with its `version`. */
export interface StoredStanding extends AccountStanding {
  readonly accountNo: number;
  readonly version: number;
  /** Something waits to be sent through it now. */
  readonly hasDue: boolean;
}

/** A decided change of an account's standing. */
export interface StandingRow {
  readonly accountNo: number;
  readonly version: number;
  readonly change: AccountChange;
  /** What people are shown while it is stopped. */
  readonly reason: string | null;
}

/** A decided change of one refund, compared with the payment's version (and the lease token, where we hold one). */
export interface SettleRow {
  readonly paymentNo: string;
  readonly ordinal: number;
  readonly accountNo: number;
  /** Null when decided without holding the lane (look-up, person): then only the version is compared. */
  readonly token: string | null;
  readonly version: number;
  readonly to: string;
  readonly release: string;
  readonly complete: string;
  readonly doubt: number;
  /** 1 leaves the lane, -1 comes back into it, 0 stays where it is. */
  readonly leaves: number;
  /** Due time of the payment's lane from now; null = as it is; PARKED = until somebody moves it. */
  readonly laneMs: number | null;
  readonly held: string;
  readonly amount: string | null;
  /** The provider refund this refund is bound to from now on; null = none new. */
  readonly bind: string | null;
  /** Kept beside the binding; null = as it is. */
  readonly handle: string | null;
  readonly merchantNo: number;
  readonly resend: boolean;
  readonly waitingFor: string | null;
  readonly reviewReason: string | null;
  /** Calls to be left out of the refund's count from now on. */
  readonly uncounted: number;
  /** Next look-up from now; null = none. */
  readonly lookUpMs: number | null;
  readonly readingStale: boolean;
  readonly entry: JournalRow | null;
  readonly call: CallRow | null;
}

/** What is kept of a person's decision beside the change that it makes. */
export interface DecisionRow {
  readonly as: string;
  readonly by: string;
  readonly reason: string;
  readonly evidence: string;
  /** What the provider showed just before, in the words of the call log. */
  readonly shown: string;
  readonly forced: boolean;
  /** Before anything of the refund is sent again, it is looked up. */
  readonly lookFirst: boolean;
  /** The provider refund that is bound was recorded as made elsewhere: it is that no more. */
  readonly takesOver: boolean;
}

export interface JournalRow {
  readonly refundId: string;
  readonly paymentId: string;
  readonly occurredAtMs: number;
  readonly cause: string;
  readonly traceparent: string | null;
  readonly status: string;
  readonly result: string | null;
  readonly resultType: string | null;
  readonly digest: Buffer;
  readonly publish: boolean;
}

/** For `laneMs`: nothing in this lane is due until an outcome or a person says so. */
export const PARKED = -1;

/** A journal entry on its way to the bus. */
export interface OutboxRow {
  readonly shard: number;
  readonly id: string;
  readonly refundId: string;
  readonly paymentId: string;
  readonly sequence: number;
  readonly occurredAtMs: number;
  readonly traceparent: string | null;
  readonly status: string;
  readonly result: string | null;
  readonly resultType: string | null;
}

/** An event to be published again: `entry` as it goes out, the other kind of event left out; null when its journal entry is gone. */
export interface RepublishRow {
  readonly shard: number;
  readonly id: string;
  /** Null: the topic of its kind. */
  readonly topic: string | null;
  readonly entry: (Omit<OutboxRow, 'shard' | 'id' | 'status'> & { readonly status: string | null }) | null;
}
