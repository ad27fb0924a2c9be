import type { BookedRefund, PaymentTruth, RefundTruth } from '../simulator.ts';
import { toMajorUnits } from './amounts.ts';
import { COMPLETED, type RobokassaPayment, type RobokassaRefund } from './ledger.ts';

/** `reference` is always null: RoboKassa takes nothing from its caller that a refund could be found again by. */
function refundTruth(refund: RobokassaRefund): RefundTruth {
  return {
    id: refund.requestId,
    amount: toMajorUnits(refund.amount),
    currency: refund.payment.currency,
    status: refund.label,
    reference: null,
    createdAt: new Date(refund.createdAtMs).toISOString(),
    notes: {},
  };
}

export function bookedRefund(refund: RobokassaRefund): BookedRefund {
  return { provider: 'robokassa', paymentId: refund.payment.invoiceId, ...refundTruth(refund) };
}

export function paymentTruth(payment: RobokassaPayment): PaymentTruth {
  return {
    provider: 'robokassa',
    paymentId: payment.invoiceId,
    currency: payment.currency,
    status: String(payment.state),
    captured: toMajorUnits(payment.state === COMPLETED ? payment.amount : 0),
    refunded: toMajorUnits(payment.refunded),
    inFlight: toMajorUnits(payment.inFlight),
    refunds: payment.refunds.map(refundTruth),
  };
}
