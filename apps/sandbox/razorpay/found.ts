import type { FastifyRequest } from 'fastify';
import type { Answer } from '../calls/answer.ts';
import { description, notAnId, refusal } from './errors.ts';
import { isPaymentId, isRefundId } from './identifiers.ts';
import type { RazorpayLedger, RazorpayPayment, RazorpayRefund } from './ledger.ts';

interface Identified {
  readonly paymentId: string;
  readonly refundId: string;
}

/** Renders the payment the path names, or answers what Razorpay says when there is none. */
export function aboutPayment(
  ledger: RazorpayLedger,
  request: FastifyRequest,
  render: (payment: RazorpayPayment) => Answer,
): Answer {
  const { paymentId } = request.params as Identified;
  const payment = ledger.payment(paymentId);
  return payment === undefined ? missingPayment(paymentId) : render(payment);
}

/** The same for a refund. */
export function aboutRefund(
  ledger: RazorpayLedger,
  request: FastifyRequest,
  render: (refund: RazorpayRefund) => Answer,
): Answer {
  const { refundId } = request.params as Identified;
  const refund = ledger.refund(refundId);
  return refund === undefined ? missingRefund(refundId) : render(refund);
}

export function missingPayment(paymentId: string): Answer {
  return isPaymentId(paymentId) ? refusal(description.idUnknown) : notAnId(paymentId);
}

export function missingRefund(refundId: string): Answer {
  return isRefundId(refundId) ? refusal(description.idUnknown) : notAnId(refundId);
}
