import { bankReference, isFullyRefunded, type RazorpayPayment, type RazorpayRefund } from './ledger.ts';
import { renderNotes } from './notes.ts';

/** The refund as Razorpay writes it; the documentation promises the speed fields only where `speed` was sent. */
export function refundEntity(refund: RazorpayRefund, nowMs: number): Record<string, unknown> {
  return {
    id: refund.id,
    entity: 'refund',
    amount: refund.amount,
    currency: refund.payment.currency,
    payment_id: refund.payment.id,
    notes: renderNotes(refund.notes),
    receipt: refund.receipt,
    acquirer_data: acquirerEntity(refund, nowMs),
    created_at: refund.createdAtS,
    batch_id: null,
    status: refund.status,
    ...(refund.speedRequested === null
      ? {}
      : { speed_processed: refund.speedProcessed, speed_requested: refund.speedRequested }),
  };
}

/** The payment as Razorpay writes it, with the fields of other payment methods empty. */
export function paymentEntity(payment: RazorpayPayment): Record<string, unknown> {
  return {
    id: payment.id,
    entity: 'payment',
    amount: payment.amount,
    currency: payment.currency,
    status: paymentStatus(payment),
    order_id: null,
    invoice_id: null,
    international: payment.currency !== 'INR',
    method: payment.method,
    amount_refunded: payment.amountRefunded,
    refund_status: refundStatus(payment),
    captured: payment.status === 'captured',
    description: null,
    card_id: null,
    bank: null,
    wallet: null,
    vpa: null,
    email: 'void@razorpay.com',
    contact: null,
    notes: [],
    fee: null,
    tax: null,
    error_code: null,
    error_description: null,
    error_source: null,
    error_step: null,
    error_reason: null,
    acquirer_data: {},
    created_at: payment.createdAtS,
  };
}

export function paymentStatus(payment: RazorpayPayment): string {
  return payment.status === 'captured' && isFullyRefunded(payment) ? 'refunded' : payment.status;
}

export function collection(items: readonly Record<string, unknown>[]): Record<string, unknown> {
  return { entity: 'collection', count: items.length, items };
}

function refundStatus(payment: RazorpayPayment): 'partial' | 'full' | null {
  if (payment.amountRefunded === 0) {
    return null;
  }
  return isFullyRefunded(payment) ? 'full' : 'partial';
}

/** Which number the bank gives depends on how the customer paid; wallets give none. */
function acquirerEntity(refund: RazorpayRefund, nowMs: number): Record<string, string | null> {
  const reference = bankReference(refund, nowMs);
  switch (refund.payment.method) {
    case 'card':
    case 'emi':
      return { arn: reference };
    case 'upi':
      return { rrn: reference };
    case 'netbanking':
      return { utr: reference };
  }
  return {};
}
