import type { LookUpResult, NotAppliedBecause, Outcome, PaymentReading } from '#libs/refund';
import type { JsonObject } from './exact-json.ts';

/** One set of credentials of one merchant identity, as a provider module keeps it. `credentials` and `settings` are the module's own, validated classes. */
export interface ProviderAccount<Credentials = unknown> {
  readonly provider: string;
  readonly name: string;
  /** The merchant identity at the provider; refunds of one payment are unique within it, whatever the account's name. */
  readonly merchant: string;
  readonly mode: 'live' | 'test';
  readonly baseUrl: string;
  readonly credentials: Credentials;
}

/** The payment a call is about: the provider's own id and, where known, its currency. */
export interface PaymentRef {
  readonly paymentId: string;
}

/** What a refund asks of the provider. `amount` is decided (an omitted one was computed), in major units. */
export interface RefundTask {
  readonly refundId: string;
  readonly paymentId: string;
  readonly amount: string;
  readonly currency: string;
  readonly orderId: string | null;
  readonly reason: string | null;
  readonly metadata: Readonly<Record<string, string>>;
  /** What the caller gave as `providerOptions`, already validated by the module's own options class; `{}` when absent. */
  readonly options: Readonly<Record<string, unknown>>;
  /** `void` only where the reading says `voidable` and everything is given back. */
  readonly action: 'refund' | 'void';
  /** The payment's handle as an earlier reading showed it (RoboKassa's OpKey); null when none did. */
  readonly paymentHandle: string | null;
  /** No other refund of the payment was completed, is under way or is in doubt: what the provider shows of the payment can only be about this one. */
  readonly alone: boolean;
}

/** What an attempt replaces: one that surely moved nothing, and why. */
export interface PreviousAttempt {
  readonly content: string;
  readonly key: string | null;
  readonly because: NotAppliedBecause;
}

/** The provider cannot be asked for this at all; the refund is rejected with the fault's code and nothing is sent. */
export interface RefusedTask {
  readonly refused: OptionFault;
}

/**
 * One attempt: what will be sent, byte for byte, except authentication. Stored before the first byte leaves, resent unchanged.
 * `key` and `reference` are pure functions of (refundId, attempt number). Where the provider may refuse any number of attempts, as of a payment that is not
 * settled yet, all send the reference of the first: a database that lost rows foresees only a few.
 */
export interface PreparedAttempt {
  readonly action: 'refund' | 'void';
  /** Idempotency key; null for a provider without keys. */
  readonly key: string | null;
  /** Our reference that a look-up can find. */
  readonly reference: string;
  /** The exact request content, e.g. the JSON body. */
  readonly content: string;
  /** Milliseconds during which the provider honours the same key; null for a provider without keys. Stored as `sameKeyUntil`. */
  readonly sameKeyForMs: number | null;
}

/** An attempt as a call needs it: what was prepared, and what the refund expects of the answer. */
export interface StoredAttempt {
  readonly refundId: string;
  readonly attemptNo: number;
  readonly paymentId: string;
  readonly action: 'refund' | 'void';
  readonly key: string | null;
  readonly reference: string;
  readonly content: string;
  readonly amount: string;
  readonly currency: string;
  readonly armedAtMs: number;
  /** The provider's object once known; a look-up by id is stronger than one by reference. */
  readonly providerRefundId: string | null;
  /** The secret that the provider is asked with where `providerRefundId` is only its hash; null elsewhere. */
  readonly handle: string | null;
  /** References of all attempts of this refund, this one's included. */
  readonly references: readonly string[];
  /** As in `RefundTask`. */
  readonly alone: boolean;
  /** What the caller gave as `providerOptions`: the content of an attempt that was sent and is not known any more had it. */
  readonly options?: Readonly<Record<string, unknown>>;
}

/** One HTTP exchange as the call log keeps it: redacted, ≤ 4 KiB of answer. */
export interface Exchange {
  readonly startedAtMs: number;
  readonly durationMs: number;
  readonly httpStatus: number | null;
  readonly answer: string;
  /** Where it is false nothing was sent: `answer` says so, and it tells nothing of the provider. */
  readonly asked?: false;
}

export type PaymentAnswer =
  | { readonly kind: 'read'; readonly reading: PaymentReading; readonly exchange: Exchange }
  /** The provider says this payment does not exist for these credentials. */
  | { readonly kind: 'notFound'; readonly text: string; readonly exchange: Exchange }
  | {
      readonly kind: 'unavailable';
      readonly because: 'notSent' | 'rateLimited' | 'credentials' | 'noAnswer';
      readonly retryAfterMs: number | null;
      readonly text: string;
      readonly exchange: Exchange;
    };

/** A provider refund as a listing shows it, for discovery and reconciliation. Amount in major units, empty where the provider tells none. */
export interface ProviderRefund {
  readonly providerRefundId: string;
  readonly paymentId: string;
  readonly amount: string;
  readonly currency: string;
  readonly status: 'succeeded' | 'pending' | 'failed' | 'unlisted';
  readonly reference: string | null;
  /** Our refund, where the object says so (Razorpay's notes). */
  readonly refundId: string | null;
  readonly createdAtMs: number | null;
}

/** One provider refund, asked for by its id. */
export type ProviderRefundAnswer =
  | { readonly kind: 'read'; readonly refund: ProviderRefund }
  | { readonly kind: 'notFound'; readonly text: string }
  | Extract<LookUpResult, { kind: 'unavailable' }>;

/** Whether an account's credentials are taken. `unavailable`: it cannot be told now. */
export interface ProbeAnswer {
  readonly kind: 'accepted' | 'refused' | 'unavailable';
  readonly exchange: Exchange;
}

/** Reading never moves money. */
export interface RefundReader {
  /** The cheapest read that needs the account's credentials: confirms a 401/403 before an account is stopped, and finds out when it may go on. */
  probe(account: ProviderAccount, signal: AbortSignal): Promise<ProbeAnswer>;
  readPayment(account: ProviderAccount, payment: PaymentRef, signal: AbortSignal): Promise<PaymentAnswer>;
  lookUp(
    account: ProviderAccount,
    attempt: StoredAttempt,
    signal: AbortSignal,
  ): Promise<{ readonly result: LookUpResult; readonly exchange: Exchange }>;
  /**
   * Every provider refund of a payment or a window, newest first. Voids are listed with their payment only.
   * @throws ListingUnavailable when the rest cannot be had.
   */
  listRefunds?(
    account: ProviderAccount,
    window: { readonly paymentId?: string; readonly fromMs?: number; readonly toMs?: number },
    signal: AbortSignal,
  ): AsyncIterable<ProviderRefund>;
  /** Where there are no lists: one refund that the store knows. What the provider does not tell of it, the payment say, is as it was asked for. */
  readRefund?(
    account: ProviderAccount,
    asked: {
      readonly providerRefundId: string;
      readonly handle: string | null;
      readonly paymentId: string;
    },
    signal: AbortSignal,
  ): Promise<ProviderRefundAnswer>;
}

/** A webhook is only a hint to look now. */
export type WebhookHint =
  | {
      readonly kind: 'look';
      readonly eventId: string;
      readonly paymentId: string | null;
      readonly providerRefundId: string | null;
      /** How the event shows the refund: what we have stored already needs no look-up. Absent: in a way that is worth one in any case. */
      readonly shows?: 'succeeded' | 'pending' | 'failed';
    }
  | { readonly kind: 'ignore'; readonly eventId: string | null; readonly why: string }
  | { readonly kind: 'forged'; readonly why: string };

export interface WebhookReader {
  readWebhook(
    account: ProviderAccount,
    rawBody: Buffer,
    headers: Readonly<Record<string, string | undefined>>,
  ): WebhookHint;
  /** Proof of identity that a provider asks for with a GET before it sends webhooks; null when the query is no such question. */
  answerChallenge?(
    account: ProviderAccount,
    query: Readonly<Record<string, string | undefined>>,
  ): string | null;
}

/** What a provider can do, as data. Times in milliseconds. */
export interface Capabilities {
  readonly resend: 'sameKey' | 'never';
  /** How long the provider honours a key, as far as it says so; with `resend: 'sameKey'`. */
  readonly replayWindowMs: number | null;
  readonly lookUp: readonly ('providerRefundId' | 'reference')[];
  /** A refund may stay invisible to a look-up this long after the call. */
  readonly visibilityDelayMs: number;
  readonly webhooks: boolean;
  readonly partials: boolean;
  readonly void: boolean;
  /** Least time between two refunds of one payment. */
  readonly spacingMs: number;
  /** First look-up after an unknown answer; polls double from the first to the last. */
  readonly schedule: Schedule;
  readonly currencies: 'listed' | readonly string[];
}

/** When to look. Account configuration may replace it; the profile `sandbox` does. */
export interface Schedule {
  readonly firstLookUpMs: number;
  readonly pollFirstMs: number;
  readonly pollMaxMs: number;
  /** A pending or unknown refund older than this goes to review. */
  readonly overdueMs: number;
  /** A completed refund is read again first after this long, then half as often each time, because its money may come back. */
  readonly rereadFirstMs: number;
  /** No reversal is expected once a refund has been completed for this long; 0: completed refunds are not read again. */
  readonly rereadForMs: number;
}

/** What a person can narrow a list of provider refunds by. `reference`: what we or the caller called the refund (Braintree: its order id). */
export type DeskFilter = 'paymentId' | 'reference' | 'fromMs' | 'toMs' | 'count' | 'skip';

/** Absent means: as the provider does it by itself. */
export interface DeskQuery {
  readonly paymentId?: string;
  readonly reference?: string;
  readonly fromMs?: number;
  readonly toMs?: number;
  readonly count?: number;
  readonly skip?: number;
}

/** A provider refund as a person looks at it: the columns of a table, and the provider's object with every field it sent. */
export interface DeskRefund {
  readonly providerRefundId: string;
  readonly paymentId: string | null;
  /** Major units with exactly the currency's decimals; null where the object does not tell it. */
  readonly amount: string | null;
  readonly currency: string | null;
  /** The provider's own word. */
  readonly status: string;
  readonly createdAtMs: number | null;
  /** Numbers of the bank and whatever else finds it again, by the provider's own names. */
  readonly references: Readonly<Record<string, string>>;
  /** Our refund, where the object says so. */
  readonly refundId: string | null;
  /** Numbers keep their literal text when printed. */
  readonly entity: JsonObject;
}

/** Why a question at the desk has no answer. Nothing was changed, except where `text` says that it may have been. */
export type DeskTrouble =
  | { readonly kind: 'notFound'; readonly text: string }
  /** The provider's own words about what was asked. */
  | { readonly kind: 'refused'; readonly text: string }
  | {
      readonly kind: 'unavailable';
      readonly because: 'notSent' | 'rateLimited' | 'credentials' | 'noAnswer';
      readonly retryAfterMs: number | null;
      readonly text: string;
    };

export type DeskListing =
  | { readonly kind: 'listed'; readonly refunds: readonly DeskRefund[]; readonly mayHaveMore: boolean }
  | DeskTrouble;

export type DeskAnswer = { readonly kind: 'shown'; readonly refund: DeskRefund } | DeskTrouble;

/** Questions that an operator asks about refunds at the provider, whoever made them. It only reads. */
export interface RefundDesk {
  /** What a list can be narrowed by; empty where the provider has no lists. */
  readonly filters: readonly DeskFilter[];
  /** The filters without one of which there is no list; empty where everything can be listed. */
  readonly needsOneOf: readonly DeskFilter[];
  /** How many refunds the provider gives at once. */
  readonly countMax: number;
  /** True: whoever has the id that the provider gave a refund may ask for it, so no message repeats one. */
  readonly idsAreSecret?: true;
  /** Pure check of the form of a provider refund's id; an empty list accepts. */
  checkRefundId(providerRefundId: string): readonly OptionFault[];
  /** One page, newest first. Only `filters` may be set, and `count` is from 1 to `countMax`. */
  list(account: ProviderAccount, query: DeskQuery, signal: AbortSignal): Promise<DeskListing>;
  /** `paymentId` given: only if the refund belongs to that payment. `handle`: the secret to ask with, where the id is only its hash. */
  show(
    account: ProviderAccount,
    refund: {
      readonly providerRefundId: string;
      readonly paymentId: string | null;
      readonly handle: string | null;
    },
    signal: AbortSignal,
  ): Promise<DeskAnswer>;
}

export interface NotesChange {
  readonly notes: Readonly<Record<string, string>>;
  /** True: the caller's other notes go. Notes of ours always stay: by them a look-up finds the refund. */
  readonly replace: boolean;
}

/** Writes notes of a provider refund and nothing else; no money moves. */
export interface RefundAnnotator {
  /** Pure check of what one change may say; an empty list accepts. */
  checkNotes(notes: Readonly<Record<string, string>>): readonly OptionFault[];
  /** The refund as it is afterwards. May be asked again: the same change twice is one. */
  annotate(
    account: ProviderAccount,
    providerRefundId: string,
    change: NotesChange,
    signal: AbortSignal,
  ): Promise<DeskAnswer>;
}

/** A refund of ours that a person looks for at its provider. Times Unix milliseconds. */
export interface SoughtRefund {
  readonly refundId: string;
  readonly paymentId: string;
  readonly action: 'refund' | 'void';
  /** Major units, as events show it; null where nobody knows it. */
  readonly amount: string | null;
  readonly currency: string;
  /** References of all attempts. */
  readonly references: readonly string[];
  /** What the caller gave as `providerOptions`. */
  readonly options: Readonly<Record<string, unknown>>;
  /** When it was last called; null: never by us. */
  readonly calledAtMs: number | null;
  readonly providerRefundId: string | null;
}

/** A fault in `providerOptions` or in a field only the provider can judge: rejected with this code. */
export interface OptionFault {
  readonly code: string;
  readonly field: string;
  readonly message: string;
}

/** What a provider module gives to the composition root, except the port that moves money (see `submit/`). */
export interface ProviderModule {
  readonly name: string;
  readonly capabilities: Capabilities;
  readonly reader: RefundReader;
  readonly webhooks?: WebhookReader;
  readonly desk?: RefundDesk;
  readonly annotator?: RefundAnnotator;
  /**
   * Only where the provider is asked with a secret handle: the name that stands for it, as `providerRefundId` has it; null when the text is none.
   * Pure: the same name for the same handle.
   */
  nameOfHandle?(handle: string): string | null;
  /** Where at the provider a person finds a refund, or sees that it is not there: what to open, and what to compare. Pure, and tells no secret. */
  whereToLook?(refund: SoughtRefund): readonly string[];
  /** The provider's own rule for a currency: decimals it takes; null when it does not take the currency. */
  currencyDecimals(currency: string): number | null;
  /** Pure check of the caller's options; an empty list accepts. */
  checkOptions(options: Readonly<Record<string, unknown>>): readonly OptionFault[];
  /** Pure check of the id's form (`pay_…`); an empty list accepts. */
  checkPaymentId(paymentId: string): readonly OptionFault[];
}

export type { LookUpResult, Outcome, PaymentReading };
