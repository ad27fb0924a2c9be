import { randomInt, randomUUID } from 'node:crypto';
import type { SandboxClock } from '../sandbox-clock.ts';
import type { RobokassaCurrency } from './amounts.ts';
import { ordinaryBehaviour, type RobokassaBehaviour } from './behaviour.ts';

/** OpStateExt's words for where a payment stands; a refund never changes them. */
export const operationStates = [5, 10, 20, 50, 60, 80, 100] as const;
export type OperationState = (typeof operationStates)[number];
export const COMPLETED: OperationState = 100;

/** What OpStateExt may answer instead of a state: shop unknown, not found, found twice, internal error. */
export const resultCodes = [0, 2, 3, 4, 1000] as const;
type ResultCode = (typeof resultCodes)[number];

/** Nine or ten digits, so that a restart or a reset never hands out a number that a client has already seen. */
const INVOICE_ID_MIN = 100_000_000;
const INVOICE_ID_MAX = 2_147_483_647;

export interface NewPayment {
  readonly amount: number;
  readonly currency: RobokassaCurrency;
  readonly state: OperationState;
  readonly resultCode: ResultCode;
  /** Undefined: any free one. */
  readonly invoiceId: string | undefined;
  /** Undefined: any free one. Null: the payment method gives none, so no refund API reaches the payment. */
  readonly opKey: string | null | undefined;
}

/** Amounts are integers in minor units. */
export interface RobokassaPayment {
  readonly invoiceId: string;
  readonly opKey: string | null;
  readonly amount: number;
  readonly currency: RobokassaCurrency;
  readonly state: OperationState;
  readonly resultCode: ResultCode;
  readonly createdAtMs: number;
  readonly refunds: RobokassaRefund[];
  /** Sum of the finished refunds; never above `amount`. */
  refunded: number;
  /** Sum of those in processing; with `remainingCheckedAt: finish` it may be more than is left. */
  inFlight: number;
}

export interface RobokassaRefund {
  readonly requestId: string;
  readonly payment: RobokassaPayment;
  readonly amount: number;
  readonly createdAtMs: number;
  label: 'processing' | 'finished' | 'canceled';
}

/** Payments and refunds of the one sandbox shop, and how it behaves. A reset makes a new one. */
export class RobokassaLedger {
  behaviour: RobokassaBehaviour = ordinaryBehaviour;
  readonly refunds: RobokassaRefund[] = [];
  readonly #payments = new Map<string, RobokassaPayment>();
  readonly #paymentsByOpKey = new Map<string, RobokassaPayment>();
  readonly #refundsById = new Map<string, RobokassaRefund>();
  readonly #clock: SandboxClock;

  constructor(clock: SandboxClock) {
    this.#clock = clock;
  }

  payment(invoiceId: string): RobokassaPayment | undefined {
    return this.#payments.get(invoiceId);
  }

  paymentOfOperation(opKey: string): RobokassaPayment | undefined {
    return this.#paymentsByOpKey.get(opKey);
  }

  refund(requestId: string): RobokassaRefund | undefined {
    return this.#refundsById.get(requestId);
  }

  /** The caller has checked that the given numbers are free. */
  addPayment(wanted: NewPayment): RobokassaPayment {
    const payment: RobokassaPayment = {
      invoiceId: wanted.invoiceId ?? this.#freeInvoiceId(),
      opKey: wanted.opKey === undefined ? newOpKey() : wanted.opKey,
      amount: wanted.amount,
      currency: wanted.currency,
      state: wanted.state,
      resultCode: wanted.resultCode,
      createdAtMs: this.#clock.nowMs(),
      refunds: [],
      refunded: 0,
      inFlight: 0,
    };
    this.#payments.set(payment.invoiceId, payment);
    if (payment.opKey !== null) {
      this.#paymentsByOpKey.set(payment.opKey, payment);
    }
    return payment;
  }

  /**
   * Accepts a refund, or answers null when the operation does not have the sum. Nothing here tells a repetition from a second refund:
   * RoboKassa cannot either. Without an amount it is everything that is left.
   */
  requestRefund(payment: RobokassaPayment, wanted: number | null): RobokassaRefund | null {
    const isChecked = this.behaviour.remainingCheckedAt === 'create';
    const left = payment.amount - payment.refunded - (isChecked ? payment.inFlight : 0);
    // Unchecked, a request for all of nothing is accepted too, and canceled like any other sum that is too high.
    const amount = wanted ?? (isChecked || left > 0 ? left : payment.amount);
    if (payment.state !== COMPLETED || (isChecked && (left <= 0 || amount > left))) {
      return null;
    }
    const refund: RobokassaRefund = {
      requestId: randomUUID(),
      payment,
      amount,
      createdAtMs: this.#clock.nowMs(),
      label: 'processing',
    };
    payment.inFlight += amount;
    payment.refunds.push(refund);
    this.refunds.push(refund);
    this.#refundsById.set(refund.requestId, refund);
    return refund;
  }

  /** Lets the refund be executed when its time has come; at once if that is now. */
  scheduleExecution(refund: RobokassaRefund, afterMs: number): void {
    if (afterMs === 0) {
      this.execute(refund);
    } else {
      this.#clock.schedule(afterMs, () => this.execute(refund));
    }
  }

  /**
   * Moves the money of a refund in processing, or cancels it when that is more than the payment still has. Checked here whatever was
   * checked before: two requests that each fit alone must not both be paid.
   */
  execute(refund: RobokassaRefund): void {
    if (refund.label !== 'processing') {
      return;
    }
    const { payment, amount } = refund;
    payment.inFlight -= amount;
    if (payment.refunded + amount > payment.amount) {
      refund.label = 'canceled';
      return;
    }
    payment.refunded += amount;
    refund.label = 'finished';
  }

  /** The money of a finished refund is back on the payment. */
  cancel(refund: RobokassaRefund): void {
    const { payment, amount } = refund;
    switch (refund.label) {
      case 'processing':
        payment.inFlight -= amount;
        break;
      case 'finished':
        payment.refunded -= amount;
        break;
      case 'canceled':
        return;
    }
    refund.label = 'canceled';
  }

  #freeInvoiceId(): string {
    for (;;) {
      const invoiceId = String(randomInt(INVOICE_ID_MIN, INVOICE_ID_MAX));
      if (!this.#payments.has(invoiceId)) {
        return invoiceId;
      }
    }
  }
}

/** A GUID, a dash, ten letters or digits. */
function newOpKey(): string {
  return `${randomUUID().toUpperCase()}-${randomUUID().slice(-10)}`;
}
