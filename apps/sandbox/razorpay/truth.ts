import type { BookedRefund, PaymentTruth, RefundTruth } from '../simulator.ts';
import { toMajorUnits } from './currencies.ts';
import { paymentStatus } from './entities.ts';
import type { RazorpayPayment, RazorpayRefund } from './ledger.ts';

function refundTruth(refund: RazorpayRefund): RefundTruth {
  const { currency } = refund.payment;
  return {
    id: refund.id,
    amount: toMajorUnits(refund.amount, currency),
    currency,
    status: refund.status,
    reference: refund.receipt,
    createdAt: new Date(refund.createdAtMs).toISOString(),
    notes: refund.notes,
  };
}

export function bookedRefund(refund: RazorpayRefund): BookedRefund {
  return { provider: 'razorpay', paymentId: refund.payment.id, ...refundTruth(refund) };
}

/** `refunded` is the sum of processed refunds, `inFlight` of pending ones: together Razorpay's own `amount_refunded`. */
export function paymentTruth(payment: RazorpayPayment): PaymentTruth {
  const { amount, currency } = payment;
  const sumOf = (status: RazorpayRefund['status']): string => {
    const refunds = payment.refunds.filter((refund) => refund.status === status);
    const minorUnits = refunds.reduce((sum, refund) => sum + refund.amount, 0);
    return toMajorUnits(minorUnits, currency);
  };
  return {
    provider: 'razorpay',
    paymentId: payment.id,
    currency,
    status: paymentStatus(payment),
    captured: toMajorUnits(payment.status === 'captured' ? amount : 0, currency),
    refunded: sumOf('processed'),
    inFlight: sumOf('pending'),
    refunds: payment.refunds.map(refundTruth),
  };
}
