import type { Decimal } from 'decimal.js';
import {
  oneLine,
  unavailable,
  type PaymentAnswer,
  type PaymentRef,
  type ProviderAccount,
} from '#libs/provider-kit';
import { ZERO, type PaymentReading } from '#libs/refund';
import type { BraintreeApi } from './api-call.ts';
import { find, findAll } from './find.ts';
import { isInEscrow, paymentStatus, refundStatus } from './status-table.ts';
import type { Transaction } from './transaction.ts';

/**
 * Refunds of one payment that are read. Braintree tells no sum, so each refund costs a call: 50 are ten round trips, within the deadline of a
 * lease. A payment with more is read by nobody but a person.
 */
export const REFUNDS_MAX = 50;

/** `GET …/transactions/{id}`, and then each refund that it names. */
export async function readPayment(
  api: BraintreeApi,
  account: ProviderAccount,
  { paymentId }: PaymentRef,
  signal: AbortSignal,
): Promise<PaymentAnswer> {
  const answer = await find(api, account, paymentId, signal);
  if (answer.kind === 'notFound') return answer;
  const { exchange } = answer;
  if (answer.kind === 'unavailable') return { ...answer.why, exchange };
  const { transaction: payment } = answer;
  if (payment.refundIds.length > REFUNDS_MAX) {
    const text = `more than ${String(REFUNDS_MAX)} refunds on one payment`;
    return { ...unavailable('noAnswer', text), exchange };
  }
  const refunds = await findAll(api, account, payment.refundIds, signal);
  if (refunds.kind === 'unavailable') return { ...refunds.why, exchange: refunds.exchange };
  const reading = readingOf(payment, refunds.transactions);
  return typeof reading === 'string'
    ? { ...unavailable('noAnswer', oneLine(reading)), exchange }
    : { kind: 'read', reading, exchange };
}

/** What the refunds of a payment took or may still take; null when that cannot be told of one of them. */
export function refundedTotal(payment: Transaction, refunds: readonly Transaction[]): Decimal | null {
  let total = ZERO;
  for (const refund of refunds) {
    const status = refundStatus(refund.status);
    const isOfPayment = refund.refundedTransactionId === payment.id && refund.currency === payment.currency;
    if (status === null || refund.amount === null || !isOfPayment) return null;
    if (status !== 'declined' && status !== 'cancelled') total = total.plus(refund.amount);
  }
  return total;
}

/** The reading, or why the answers give none. */
export function readingOf(payment: Transaction, refunds: readonly Transaction[]): PaymentReading | string {
  const { currency, amount, status } = payment;
  if (currency === null || amount === null) return 'the amount cannot be read';
  if (payment.type === 'credit') return never(currency, ZERO, ZERO, 'PAYMENT_NOT_REFUNDABLE');
  const meaning = paymentStatus(status);
  if (payment.type !== 'sale' || meaning === null)
    return `payment of type ${payment.type} with status ${status} is not listed`;
  const refunded = refundedTotal(payment, refunds);
  if (refunded === null) return 'a refund of this payment cannot be read';
  switch (meaning) {
    case 'captured':
      return captured(payment, { currency, amount, refunded });
    case 'voided':
      // All of it went back, whoever voided it: where it was us, that is our own completed refund.
      return never(currency, amount, amount, 'PAYMENT_VOIDED');
    case 'notCaptured':
      return never(currency, ZERO, ZERO, 'PAYMENT_NOT_CAPTURED');
    case 'voidable':
      return unsettled(currency, amount, refunded, true);
    case 'voidableAtPayPal':
      return unsettled(currency, amount, refunded, payment.instrumentType === 'paypal_account');
    case 'unsettled':
      return unsettled(currency, amount, refunded, false);
  }
}

function captured(
  payment: Transaction,
  sums: { readonly currency: string; readonly amount: Decimal; readonly refunded: Decimal },
): PaymentReading {
  const { currency, amount, refunded } = sums;
  if (refunded.gte(amount)) return never(currency, amount, refunded, 'ALREADY_REFUNDED');
  return {
    captured: amount,
    refundedTotal: refunded,
    currency,
    refundable: 'now',
    because: null,
    ...(isInEscrow(payment.escrowStatus) ? { fullOnly: true as const } : {}),
  };
}

function unsettled(
  currency: string,
  amount: Decimal,
  refunded: Decimal,
  isVoidable: boolean,
): PaymentReading {
  return {
    captured: amount,
    refundedTotal: refunded,
    currency,
    refundable: 'later',
    because: 'PAYMENT_NOT_SETTLED',
    // A void takes all of it back, refunds that were made before included.
    ...(isVoidable && refunded.isZero() ? { voidable: true as const } : {}),
  };
}

function never(currency: string, amount: Decimal, refunded: Decimal, because: string): PaymentReading {
  return { captured: amount, refundedTotal: refunded, currency, refundable: 'never', because };
}
