import {
  asObject,
  asText,
  declined,
  differences,
  member,
  oneLine,
  parseJsonObject,
  unknown,
  type Echo,
  type ProviderAccount,
  type ProviderRefund,
  type StoredAttempt,
} from '#libs/provider-kit';
import { parseAmount, type Outcome } from '#libs/refund';
import { credentialsOf, type CompleteAt } from './account.ts';
import { wireAmount } from './amount.ts';
import { refundStatus, type RefundStatus } from './status-table.ts';
import { reachedAtMs, type Transaction } from './transaction.ts';

/** The order id that an attempt sent, or one that is not known any more would have sent: our reference, or the text that the caller chose. */
export function sentOrderId({ content, options, reference }: StoredAttempt): string {
  const transaction = asObject(member(parseJsonObject(content) ?? {}, 'transaction')) ?? {};
  const chosen = options?.['orderId'];
  return asText(member(transaction, 'order_id')) ?? (typeof chosen === 'string' ? chosen : reference);
}

/** What a refund that Braintree shows means for an attempt. `orderIds`: those by which it would be the one that is asked about. */
export function outcomeOfRefund(
  refund: Transaction,
  attempt: StoredAttempt,
  account: ProviderAccount,
  orderIds: readonly string[],
): Outcome {
  const expectedOrderId = orderIds[0] ?? '';
  const isAskedFor = refund.orderId !== null && orderIds.includes(refund.orderId);
  const mismatch = differences([
    ...moneyEchoes(refund, attempt),
    { field: 'type', expected: 'credit', answered: refund.type },
    { field: 'payment', expected: attempt.paymentId, answered: refund.refundedTransactionId },
    {
      field: 'reference',
      expected: expectedOrderId,
      answered: isAskedFor ? expectedOrderId : refund.orderId,
    },
  ]);
  if (mismatch !== null) return unknown('mismatch', mismatch, refund.id);
  const status = refundStatus(refund.status);
  if (status === null)
    return unknown('unlisted', oneLine(`refund status ${refund.status} is not listed`), refund.id);
  return statedOutcome(refund, status, credentialsOf(account).completeAt);
}

function statedOutcome(refund: Transaction, status: RefundStatus, completeAt: CompleteAt): Outcome {
  switch (status) {
    case 'settled':
      return succeeded(refund, completeAt);
    case 'submitted':
      return completeAt === 'settled' ? pending(refund) : succeeded(refund, completeAt);
    case 'accepted':
      return pending(refund);
    case 'cancelled':
      return cancelled(refund);
    case 'declined': {
      const { code, text } = reasonOf(refund);
      return refused(refund, code, text);
    }
  }
}

/**
 * What a transaction means for an attempt to void it. Voided is what was asked for, whoever did it: all of the money has gone back, once.
 * Null: not voided, which only the place where it is seen can read.
 */
export function outcomeOfVoid(payment: Transaction, attempt: StoredAttempt): Outcome | null {
  const mismatch = differences([
    ...moneyEchoes(payment, attempt),
    { field: 'payment', expected: attempt.paymentId, answered: payment.id },
  ]);
  if (mismatch !== null) return unknown('mismatch', mismatch, payment.id);
  if (payment.status !== 'voided') return null;
  return {
    kind: 'succeeded',
    providerRefundId: payment.id,
    references: {},
    completedAtMs: reachedAtMs(payment, 'voided'),
  };
}

function moneyEchoes(transaction: Transaction, attempt: StoredAttempt): readonly Echo[] {
  const expected = wireAmount(attempt.amount, attempt.currency);
  const isSame = transaction.amount?.eq(parseAmount(attempt.amount) ?? Number.NaN) === true;
  return [
    { field: 'amount', expected, answered: isSame ? expected : transaction.amountText },
    { field: 'currency', expected: attempt.currency, answered: transaction.currency },
  ];
}

function succeeded(refund: Transaction, completeAt: CompleteAt): Outcome {
  const completedAtMs = reachedAtMs(refund, completeAt) ?? reachedAtMs(refund, 'settled');
  return { kind: 'succeeded', providerRefundId: refund.id, references: {}, completedAtMs };
}

function pending(refund: Transaction): Outcome {
  return { kind: 'pending', providerRefundId: refund.id, references: {} };
}

/** Somebody voided the refund before it was settled. */
function cancelled(refund: Transaction): Outcome {
  return {
    kind: 'declined',
    cancelled: true,
    code: 'REFUND_VOIDED',
    text: 'the refund was voided at Braintree',
    actBy: 'merchant',
    mayRequestAgain: true,
    providerRefundId: refund.id,
    readingStale: true,
  };
}

function refused(refund: Transaction, code: string, text: string): Outcome {
  const providerRefundId = refund.id;
  return declined(code, text, {
    actBy: 'merchant',
    mayRequestAgain: true,
    providerRefundId,
    readingStale: true,
  });
}

/** The bank's own code and words: of the settlement where that was refused, of the gateway's rules, otherwise of the authorisation. */
function reasonOf({ status, response }: Transaction): { readonly code: string; readonly text: string } {
  const { gatewayRejectionReason, settlementCode, settlementText, code, text } = response;
  if (status === 'gateway_rejected')
    return reason(`GATEWAY_REJECTED_${(gatewayRejectionReason ?? 'unknown').toUpperCase()}`, status, null);
  if (status === 'settlement_declined') return reason(settlementCode, status, settlementText);
  return reason(code, status, text);
}

/** A code goes into events and metrics: only a short word is taken as it is. */
function reason(code: string | null, status: string, text: string | null): { code: string; text: string } {
  const isWord = code !== null && /^[A-Za-z0-9_]{1,60}$/.test(code);
  return {
    code: isWord ? code : status.toUpperCase(),
    text: oneLine(`${status}: ${text ?? code ?? 'no reason'}`),
  };
}

/** The refund as a listing of all accounts' providers shows it. Null when its amount cannot be told. */
export function providerRefundOf(refund: Transaction): ProviderRefund | null {
  const { id, amountText, amount, currency, refundedTransactionId, orderId, createdAtMs, status } = refund;
  if (amount === null || amountText === null || currency === null || refundedTransactionId === null)
    return null;
  return {
    providerRefundId: id,
    paymentId: refundedTransactionId,
    amount: wireAmount(amount.toFixed(), currency),
    currency,
    status: listedStatus(refundStatus(status)),
    reference: orderId,
    refundId: null,
    createdAtMs,
  };
}

function listedStatus(status: RefundStatus | null): ProviderRefund['status'] {
  switch (status) {
    case 'settled':
      return 'succeeded';
    case 'accepted':
    case 'submitted':
      return 'pending';
    case 'cancelled':
    case 'declined':
      return 'failed';
    case null:
      return 'unlisted';
  }
}
