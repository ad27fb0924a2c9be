import type { BookedRefund, PaymentTruth, RefundTruth } from '../simulator.ts';
import { toMajorUnits } from './currencies.ts';
import { sumOf, type AcmePayment, type AcmeRefund, type RefundStatus } from './ledger.ts';

function refundTruth({ id, payment, amount, status, reference, createdAtMs }: AcmeRefund): RefundTruth {
  const { currency } = payment;
  return {
    id,
    amount: toMajorUnits(amount, currency),
    currency,
    status,
    reference,
    createdAt: new Date(createdAtMs).toISOString(),
    notes: {},
  };
}

export function bookedRefund(refund: AcmeRefund): BookedRefund {
  return { provider: 'acme', paymentId: refund.payment.id, ...refundTruth(refund) };
}

export function paymentTruth(payment: AcmePayment): PaymentTruth {
  const { amount, currency, refunds } = payment;
  const sum = (status: RefundStatus): string =>
    toMajorUnits(sumOf(refunds.filter((refund) => refund.status === status)), currency);
  return {
    provider: 'acme',
    paymentId: payment.id,
    currency,
    status: payment.status,
    captured: toMajorUnits(payment.status === 'captured' ? amount : 0, currency),
    refunded: sum('succeeded'),
    inFlight: sum('pending'),
    refunds: refunds.map(refundTruth),
  };
}
