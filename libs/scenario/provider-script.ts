import type { PlannedPayment, ScenarioProvider } from './plan.ts';
import type { Random } from './random.ts';

/** What an order service and a bank have to know of one provider to play their parts at its sandbox. */
export interface ProviderScript {
  readonly name: ScenarioProvider;
  /** What most payments are made in; two decimals. */
  readonly currency: string;
  /** Other currencies the provider's sandbox takes. */
  readonly otherCurrencies: readonly string[];
  /** A currency that no payment here is in, and why a request in it is refused. */
  readonly foreign: { readonly currency: string; readonly code: string };
  /** Largest random payment, minor units: above it the sandbox reads some amounts as orders to decline. */
  readonly minorMax: number;
  /** Without keys a lost answer is a person's: then `review` is an end like any other. */
  readonly keyless: boolean;
  /** A part of a payment that the provider refuses at once; null where it refuses none that our rules let through. */
  readonly declinedAmount: string | null;
  /** The provider's own fields of a payment of this kind, as the sandbox's admin surface takes them. */
  paymentFields(kind: PlannedPayment['kind'], currency: string): Readonly<Record<string, unknown>>;
  /** An id of the right form that nobody was given. */
  unknownPaymentId(random: Random): string;
  readonly bank: {
    /** Makes the sandbox wait for the bank. */
    readonly behaviour: Readonly<Record<string, unknown>>;
    /** As the sandbox behaves without being told. */
    readonly usual: Readonly<Record<string, unknown>>;
    /** The status of a refund that the bank has not decided. */
    readonly waiting: string;
    readonly refuse: 'fail' | 'decline' | 'cancel';
    readonly refused: { readonly kind: 'declined' | 'cancelled'; readonly code: string };
  };
}

const RAZORPAY: ProviderScript = {
  name: 'razorpay',
  currency: 'INR',
  otherCurrencies: ['USD', 'JPY', 'KWD'],
  foreign: { currency: 'USD', code: 'CURRENCY_MISMATCH' },
  minorMax: 900_000,
  keyless: false,
  declinedAmount: '0.50',
  paymentFields: (kind) => (kind === 'authorized' ? { captured: false } : {}),
  unknownPaymentId: (random) => `pay_${random.text(14)}`,
  bank: {
    behaviour: { newRefundStatus: 'pending' },
    usual: { newRefundStatus: 'processed' },
    waiting: 'pending',
    refuse: 'fail',
    refused: { kind: 'declined', code: 'PROVIDER_DECLINED' },
  },
};

const BRAINTREE: ProviderScript = {
  name: 'braintree',
  currency: 'USD',
  otherCurrencies: ['EUR'],
  foreign: { currency: 'EUR', code: 'CURRENCY_MISMATCH' },
  minorMax: 190_000,
  keyless: false,
  declinedAmount: '2004.00',
  paymentFields: (kind, currency) => ({
    ...(kind === 'authorized' ? { status: 'processor_declined' } : {}),
    ...(kind === 'unsettled' ? { status: 'submitted_for_settlement' } : {}),
    ...(currency === 'EUR' ? { merchantAccountId: 'sandbox_account_eur' } : {}),
  }),
  unknownPaymentId: (random) => random.text(8).toLowerCase(),
  bank: {
    behaviour: { settleAfterMs: null },
    usual: { settleAfterMs: 1000 },
    waiting: 'submitted_for_settlement',
    refuse: 'decline',
    refused: { kind: 'declined', code: 'PROVIDER_DECLINED' },
  },
};

/** Created and never paid: its State.Code at OpStateExt. */
const NOT_PAID = 5;

const ROBOKASSA: ProviderScript = {
  name: 'robokassa',
  currency: 'RUB',
  otherCurrencies: [],
  foreign: { currency: 'USD', code: 'CURRENCY_UNSUPPORTED' },
  minorMax: 900_000,
  keyless: true,
  declinedAmount: null,
  paymentFields: (kind) => (kind === 'authorized' ? { state: NOT_PAID } : {}),
  unknownPaymentId: (random) => String(random.int(1_900_000_000, 2_000_000_000)),
  bank: {
    behaviour: { finishAfterMs: null },
    usual: { finishAfterMs: 1000 },
    waiting: 'processing',
    refuse: 'cancel',
    refused: { kind: 'cancelled', code: 'CANCELLED_AT_PROVIDER' },
  },
};

export const SCRIPTS: Readonly<Record<ScenarioProvider, ProviderScript>> = {
  razorpay: RAZORPAY,
  braintree: BRAINTREE,
  robokassa: ROBOKASSA,
};
