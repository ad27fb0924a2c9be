import { Decimal } from 'decimal.js';
import type { SandboxClock } from '../sandbox-clock.ts';
import { toMajorUnits } from './currencies.ts';
import { randomIdentifier } from './identifiers.ts';
import { IdempotencyKeys } from './idempotency-keys.ts';
import type { Notes } from './notes.ts';

export const paymentStatuses = ['created', 'authorized', 'captured', 'failed'] as const;
type PaymentStatus = (typeof paymentStatuses)[number];
export type Speed = 'normal' | 'optimum';

export interface NewPayment {
  readonly amount: number;
  readonly currency: string;
  readonly status: PaymentStatus;
  readonly method: string;
  readonly refundLimit: RefundLimit | null;
}

/** Amounts are integers in minor units, as on Razorpay's wire. */
export interface RazorpayPayment {
  readonly id: string;
  readonly amount: number;
  readonly currency: string;
  readonly method: string;
  /** Null: it can be refunded in every way. */
  readonly refundLimit: RefundLimit | null;
  readonly createdAtMs: number;
  readonly createdAtS: number;
  /** `refunded` is not stored: it is a captured payment with nothing left. */
  status: PaymentStatus;
  /** Everything that is refunded or on its way; a failed refund is taken out again. */
  amountRefunded: number;
  readonly refunds: RazorpayRefund[];
  /** Receipts used on this payment, also by refunds that failed later. Null until there is one, to keep payments small. */
  receipts: Set<string> | null;
  /** True while a refund of this payment is between acceptance and answer. */
  operationInProgress: boolean;
}

export interface RazorpayRefund {
  readonly id: string;
  readonly payment: RazorpayPayment;
  readonly amount: number;
  readonly receipt: string | null;
  /** Null when the request named none. */
  readonly speedRequested: Speed | null;
  readonly speedProcessed: 'instant' | 'normal';
  readonly createdAtMs: number;
  readonly createdAtS: number;
  notes: Notes;
  status: 'pending' | 'processed' | 'failed';
  /** Counted from 1 over all refunds; the bank's number is made of it. */
  readonly ordinal: number;
  /** Null until it is processed. */
  processedAtMs: number | null;
  /** True once the bank has told its number (ARN, RRN, UTR) before the time at which it does so by itself. */
  isBankReferenceTold: boolean;
}

/** What a payment cannot do, of what most can. */
export const refundLimits = ['noInstant', 'fullOnly', 'notRefundable', 'disputed'] as const;
type RefundLimit = (typeof refundLimits)[number];

export type NewRefundStatus = 'processed' | 'pending' | 'failed';

/** Documented magic amount (₹24.68): an instant refund of it falls back to normal speed. */
const NO_INSTANT_AMOUNT = 2468;

/** `processed` comes before the bank's number. How long before is not documented; a day keeps tests of both sides apart. */
const BANK_REFERENCE_AFTER_MS = 24 * 3_600_000;

/** Payments, refunds, idempotency keys and balance of the one sandbox merchant. A reset makes a new one. */
export class RazorpayLedger {
  readonly payments: RazorpayPayment[] = [];
  readonly refunds: RazorpayRefund[] = [];
  readonly keys = new IdempotencyKeys<RazorpayRefund>();
  newRefundStatus: NewRefundStatus = 'processed';
  /** A pending refund is processed by itself after this long; null: only when the bank says so. */
  settleAfterMs: number | null = null;
  /** Major units, one pot for every currency; null: never short. */
  balance: Decimal | null = null;
  readonly #paymentsById = new Map<string, RazorpayPayment>();
  readonly #refundsById = new Map<string, RazorpayRefund>();
  readonly #clock: SandboxClock;

  constructor(clock: SandboxClock) {
    this.#clock = clock;
  }

  get nowMs(): number {
    return this.#clock.nowMs();
  }

  payment(id: string): RazorpayPayment | undefined {
    return this.#paymentsById.get(id);
  }

  refund(id: string): RazorpayRefund | undefined {
    return this.#refundsById.get(id);
  }

  addPayment(wanted: NewPayment): RazorpayPayment {
    const createdAtMs = this.#clock.nowMs();
    const { amount, currency, method, refundLimit, status } = wanted;
    const payment: RazorpayPayment = {
      id: `pay_${randomIdentifier()}`,
      amount,
      currency,
      method,
      refundLimit,
      createdAtMs,
      createdAtS: Math.floor(createdAtMs / 1000),
      status,
      amountRefunded: 0,
      refunds: [],
      receipts: null,
      operationInProgress: false,
    };
    this.payments.push(payment);
    this.#paymentsById.set(payment.id, payment);
    return payment;
  }

  /** The caller has checked that the amount is left and the balance suffices. */
  addRefund(
    payment: RazorpayPayment,
    amount: number,
    wanted: { readonly speed: Speed | null; readonly receipt: string | null; readonly notes: Notes },
  ): RazorpayRefund {
    const createdAtMs = this.#clock.nowMs();
    const instant = wanted.speed === 'optimum' && amount !== NO_INSTANT_AMOUNT;
    const refund: RazorpayRefund = {
      id: `rfnd_${randomIdentifier()}`,
      payment,
      amount,
      receipt: wanted.receipt,
      speedRequested: wanted.speed,
      speedProcessed: instant ? 'instant' : 'normal',
      createdAtMs,
      createdAtS: Math.floor(createdAtMs / 1000),
      notes: wanted.notes,
      status: this.newRefundStatus,
      ordinal: this.refunds.length + 1,
      processedAtMs: this.newRefundStatus === 'processed' ? createdAtMs : null,
      isBankReferenceTold: false,
    };
    payment.amountRefunded += amount;
    payment.refunds.push(refund);
    if (wanted.receipt !== null) {
      payment.receipts ??= new Set();
      payment.receipts.add(wanted.receipt);
    }
    this.balance = this.balance?.minus(majorUnits(refund)) ?? null;
    this.refunds.push(refund);
    this.#refundsById.set(refund.id, refund);
    if (refund.status === 'failed') {
      this.fail(refund);
    }
    return refund;
  }

  /** Money that did not arrive is back on the payment and on the balance. */
  fail(refund: RazorpayRefund): void {
    refund.status = 'failed';
    refund.payment.amountRefunded -= refund.amount;
    this.balance = this.balance?.plus(majorUnits(refund)) ?? null;
  }

  /** `tellsBank`: the bank's number appears at once. */
  settle(refund: RazorpayRefund, tellsBank: boolean): void {
    refund.status = 'processed';
    refund.processedAtMs ??= this.#clock.nowMs();
    refund.isBankReferenceTold = tellsBank;
  }

  covers(payment: RazorpayPayment, amount: number): boolean {
    return this.balance === null || this.balance.gte(toMajorUnits(amount, payment.currency));
  }
}

/** The bank's number for a refund (ARN, RRN, UTR); null while it is not known. */
export function bankReference(refund: RazorpayRefund, nowMs: number): string | null {
  const { processedAtMs, isBankReferenceTold, ordinal } = refund;
  const isKnown =
    isBankReferenceTold || (processedAtMs !== null && nowMs - processedAtMs >= BANK_REFERENCE_AFTER_MS);
  return isKnown ? String(10_000_000_000_000 + ordinal) : null;
}

export function isFullyRefunded(payment: RazorpayPayment): boolean {
  return payment.amountRefunded >= payment.amount;
}

function majorUnits(refund: RazorpayRefund): string {
  return toMajorUnits(refund.amount, refund.payment.currency);
}
