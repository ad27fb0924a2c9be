export type ScenarioProvider = 'razorpay' | 'braintree' | 'robokassa';

/** Stands in a planned message for the payment's id, which only exists once the sandbox has made the payment. */
export const PAYMENT_PLACEHOLDER = '$PAYMENT$';

export interface PlannedPayment {
  /** Name within the plan. */
  readonly ref: string;
  /** What was captured, major units. */
  readonly amount: string;
  readonly currency: string;
  /** `authorized`: never paid. `unsettled`: paid, and the money not moved yet. `unknown`: an id of the right form that the provider never gave out. */
  readonly kind: 'captured' | 'authorized' | 'unsettled' | 'unknown';
  /** The provider's own fields for the sandbox's admin surface. */
  readonly fields: Readonly<Record<string, unknown>>;
  /** The id to use where the provider does not make one. */
  readonly paymentId: string | null;
}

/** How a refund has to end, whatever goes wrong on the way. A null part is left open. */
export type PlannedEnd =
  | { readonly state: 'completed'; readonly amount: string }
  | {
      readonly state: 'failed';
      readonly kind: 'rejected' | 'declined' | 'cancelled' | null;
      readonly code: string | null;
    };

export interface PlannedRefund {
  readonly refundId: string;
  readonly story: string;
  readonly payment: string;
  readonly wave: Wave;
  readonly end: PlannedEnd;
  /** What the bank does with it where the provider only accepts it at first. */
  readonly bank: 'settle' | 'refuse' | null;
}

/** What becomes of a message: the first of its refundId, absorbed as a repetition, or laid aside with this code. */
export type MessageFate = 'first' | 'duplicate' | { readonly deadLetter: string };

/**
 * `main` comes first, amid faults. `quiet` when all of that has ended, without faults: what must not meet one where a lost answer stops a payment.
 * `bank` at last, with a provider that accepts refunds and a bank that settles them later.
 */
export type Wave = 'main' | 'quiet' | 'bank';

export interface PlannedMessage {
  readonly story: string;
  readonly payment: string;
  readonly wave: Wave;
  readonly fate: MessageFate;
  readonly body: { readonly text: string } | { readonly base64: string } | null;
  readonly headers: readonly (readonly [name: string, value: string])[];
}

/** A fault of the sandbox, in its own words. */
export interface PlannedFault {
  readonly operation: 'create' | 'lookup' | 'payment';
  readonly mode: string;
  readonly probability: number;
  readonly seed: number;
  readonly count?: number;
  readonly delayMs?: number;
  readonly retryAfterMs?: number;
  readonly status?: number;
  /** Of wrong echoes: what is wrong in them. */
  readonly echo?: 'amount' | 'currency' | 'payment';
}

/** Everything an order service will say and everything that will go wrong, as data. The same seed gives the same plan. */
export interface Plan {
  readonly seed: number;
  readonly runId: string;
  readonly provider: ScenarioProvider;
  /** A refund may also end in review: where a lost answer is a person's. */
  readonly mayNeedPerson: boolean;
  readonly payments: readonly PlannedPayment[];
  readonly refunds: readonly PlannedRefund[];
  /** In the order they are sent. */
  readonly messages: readonly PlannedMessage[];
  readonly faults: readonly PlannedFault[];
  readonly deadLetters: number;
  readonly duplicates: number;
}

/** Carries the run through the dead-letter topic, where nothing else of a message can be relied on. */
export const RUN_HEADER = 'order-run';
