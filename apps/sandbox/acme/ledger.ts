import { randomUUID } from 'node:crypto';
import type { SandboxClock } from '../sandbox-clock.ts';

export const paymentStatuses = ['authorized', 'captured'] as const;
export type PaymentStatus = (typeof paymentStatuses)[number];

export const refundStatuses = ['succeeded', 'pending', 'failed'] as const;
export type RefundStatus = (typeof refundStatuses)[number];

/** Amounts are integers in minor units, as on the wire. */
export interface AcmePayment {
  readonly id: string;
  readonly amount: number;
  readonly currency: string;
  readonly status: PaymentStatus;
  readonly refunds: AcmeRefund[];
}

export interface AcmeRefund {
  readonly id: string;
  readonly payment: AcmePayment;
  readonly amount: number;
  readonly reference: string | null;
  readonly createdAtMs: number;
  status: RefundStatus;
}

/** What an `Idempotency-Key` was used for: the exact body, and the refund it made. */
interface KeyUse {
  readonly body: string;
  readonly refund: AcmeRefund;
}

/** Payments, refunds and idempotency keys of the one sandbox merchant. A reset makes a new one. */
export class AcmeLedger {
  readonly payments = new Map<string, AcmePayment>();
  /** Oldest first. */
  readonly refunds = new Map<string, AcmeRefund>();
  readonly keys = new Map<string, KeyUse>();
  newRefundStatus: RefundStatus = 'succeeded';
  readonly #clock: SandboxClock;

  constructor(clock: SandboxClock) {
    this.#clock = clock;
  }

  addPayment(amount: number, currency: string, status: PaymentStatus): AcmePayment {
    const payment = { id: identifier('pay'), amount, currency, status, refunds: [] };
    this.payments.set(payment.id, payment);
    return payment;
  }

  /** The caller has checked that the amount is left. */
  addRefund(payment: AcmePayment, amount: number, reference: string | null): AcmeRefund {
    const refund: AcmeRefund = {
      id: identifier('re'),
      payment,
      amount,
      reference,
      createdAtMs: this.#clock.nowMs(),
      status: this.newRefundStatus,
    };
    payment.refunds.push(refund);
    this.refunds.set(refund.id, refund);
    return refund;
  }
}

/** What went back or is on its way; failed refunds count for nothing. */
export function refundedOf({ refunds }: AcmePayment): number {
  return sumOf(refunds.filter(({ status }) => status !== 'failed'));
}

export function sumOf(refunds: readonly AcmeRefund[]): number {
  return refunds.reduce((sum, { amount }) => sum + amount, 0);
}

function identifier(prefix: string): string {
  return `${prefix}_${randomUUID().replaceAll('-', '').slice(0, 20)}`;
}
