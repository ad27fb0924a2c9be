import type { BookedRefund, PaymentTruth, RefundTruth } from '../simulator.ts';
import { toMajorUnits } from './currencies.ts';
import { isOnItsWay, isUnsuccessful, type BraintreeTransaction } from './transaction.ts';

/**
 * A refund, or the void of a sale: then the id is the sale's own, the status `voided`, and the whole amount has gone back. A void carries
 * no order id, so its reference is the request key it was sent with.
 */
function refundTruth(booking: BraintreeTransaction): RefundTruth {
  const { id, amount, currency, status, orderId, createdAtMs, voided, type } = booking;
  const voidedSale = type === 'sale' ? voided : null;
  const apiRequestKey = voidedSale === null ? booking.apiRequestKey : voidedSale.apiRequestKey;
  return {
    id,
    amount: toMajorUnits(amount, currency),
    currency,
    status,
    reference: voidedSale === null ? orderId : apiRequestKey,
    createdAt: new Date(voidedSale?.atMs ?? createdAtMs).toISOString(),
    notes: {
      action: voidedSale === null ? 'refund' : 'void',
      ...(apiRequestKey === null ? {} : { apiRequestKey }),
    },
  };
}

/** A credit of nothing belongs to no payment: its payment id is empty, so that nobody takes it for a voided sale. */
export function bookedRefund(booking: BraintreeTransaction): BookedRefund {
  return {
    provider: 'braintree',
    paymentId: booking.type === 'sale' ? booking.id : (booking.refundedTransaction?.id ?? ''),
    ...refundTruth(booking),
  };
}

/**
 * `captured` is the amount as soon as it is authorized, because from then on it can be given back, by a void. `refunded` is what settled
 * refunds and a void gave back, `inFlight` what is on its way.
 */
export function paymentTruth(sale: BraintreeTransaction): PaymentTruth {
  const { id, amount, currency, status, refunds, voided } = sale;
  const sumOf = (counts: (refund: BraintreeTransaction) => boolean): number =>
    refunds.filter(counts).reduce((sum, refund) => sum + refund.amount, 0);
  const refunded = voided === null ? sumOf((refund) => refund.status === 'settled') : amount;
  return {
    provider: 'braintree',
    paymentId: id,
    currency,
    status,
    captured: toMajorUnits(isUnsuccessful(status) ? 0 : amount, currency),
    refunded: toMajorUnits(refunded, currency),
    inFlight: toMajorUnits(
      sumOf((refund) => isOnItsWay(refund.status)),
      currency,
    ),
    refunds: [...refunds, ...(voided === null ? [] : [sale])].map(refundTruth),
  };
}
