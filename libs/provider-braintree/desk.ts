import {
  ListingUnavailable,
  unavailable,
  type DeskAnswer,
  type DeskListing,
  type DeskQuery,
  type DeskRefund,
  type OptionFault,
  type ProviderAccount,
  type RefundDesk,
} from '#libs/provider-kit';
import { wireAmount } from './amount.ts';
import type { BraintreeApi } from './api-call.ts';
import { entityOf } from './entity.ts';
import { find } from './find.ts';
import { createdIn, found, isInside, refundsOf } from './list.ts';
import type { Criteria } from './search.ts';
import { paymentStatus } from './status-table.ts';
import { reachedAtMs, TRANSACTION_ID, type Transaction } from './transaction.ts';
import { textOf } from './xml.ts';

/** Refunds of a page, where nothing else is asked for. */
const COUNT_DEFAULT = 20;

/** One refund by its transaction id; those of a payment, and those that the search finds by order id or time. A void is shown as the payment that it took back. */
export function createDesk(api: BraintreeApi): RefundDesk {
  return {
    filters: ['paymentId', 'reference', 'fromMs', 'toMs', 'count', 'skip'],
    // The search answers with the ids of all that it finds, and of all refunds ever made they would be too many for one answer.
    needsOneOf: ['paymentId', 'reference', 'fromMs'],
    countMax: 100,
    checkRefundId,
    list: async (account, query, signal) => await list(api, account, query, signal),
    show: async (account, { providerRefundId, paymentId }, signal) => {
      const answer = await find(api, account, providerRefundId, signal);
      if (answer.kind === 'notFound') return { kind: 'notFound', text: answer.text };
      if (answer.kind === 'unavailable') return answer.why;
      return shown(answer.transaction, paymentId);
    },
  };
}

function checkRefundId(providerRefundId: string): readonly OptionFault[] {
  if (TRANSACTION_ID.test(providerRefundId)) return [];
  const message = 'a Braintree refund is a transaction, whose id is 1 to 64 letters, digits, _ or -';
  return [{ code: 'REFUND_ID_INVALID', field: 'providerRefundId', message }];
}

function shown(transaction: Transaction, paymentId: string | null): DeskAnswer {
  const refund = deskRefundOf(transaction);
  if (refund === null) {
    return { kind: 'notFound', text: `it is a payment, ${transaction.status}, and nothing was voided` };
  }
  if (paymentId !== null && refund.paymentId !== paymentId) {
    return { kind: 'notFound', text: `it gives back ${refund.paymentId ?? 'no payment'}` };
  }
  return { kind: 'shown', refund };
}

async function list(
  api: BraintreeApi,
  account: ProviderAccount,
  query: DeskQuery,
  signal: AbortSignal,
): Promise<DeskListing> {
  const { paymentId, count = COUNT_DEFAULT, skip = 0 } = query;
  let batches: AsyncIterable<readonly Transaction[]>;
  if (paymentId === undefined) {
    batches = found(api, account, criteriaOf(query), signal);
  } else {
    const payment = await find(api, account, paymentId, signal);
    if (payment.kind === 'notFound') return { kind: 'notFound', text: payment.text };
    if (payment.kind === 'unavailable') return payment.why;
    batches = refundsOf(api, account, payment.transaction, signal);
  }
  try {
    const refunds = await take(batches, query, skip + count + 1);
    return {
      kind: 'listed',
      refunds: refunds.slice(skip, skip + count),
      mayHaveMore: refunds.length > skip + count,
    };
  } catch (error) {
    if (error instanceof ListingUnavailable) return error.why;
    throw error;
  }
}

function criteriaOf({ reference, ...window }: DeskQuery): Criteria {
  const isTimed = window.fromMs !== undefined || window.toMs !== undefined;
  return {
    ...(reference === undefined ? {} : { order_id: { is: reference } }),
    ...(isTimed ? { created_at: createdIn(window) } : {}),
  };
}

/** The first ones that the query wants. The search's own times are whole seconds, and a payment's refunds are not searched at all: both are narrowed here. */
async function take(
  batches: AsyncIterable<readonly Transaction[]>,
  query: DeskQuery,
  most: number,
): Promise<readonly DeskRefund[]> {
  const taken: DeskRefund[] = [];
  for await (const batch of batches) {
    for (const transaction of batch) {
      const refund = deskRefundOf(transaction);
      if (refund === null)
        throw new ListingUnavailable(unavailable('noAnswer', 'the answer shows more than refunds'));
      const isWanted = query.reference === undefined || transaction.orderId === query.reference;
      if (isWanted && isInside(refund.createdAtMs, query)) taken.push(refund);
    }
    if (taken.length >= most) break;
  }
  return taken;
}

/** Null for a payment that was not voided: it gave nothing back. */
function deskRefundOf(transaction: Transaction): DeskRefund | null {
  const { id, amount, currency, status, refundedTransactionId } = transaction;
  const isVoid = transaction.type !== 'credit' && paymentStatus(status) === 'voided';
  if (transaction.type !== 'credit' && !isVoid) return null;
  return {
    providerRefundId: id,
    paymentId: isVoid ? id : refundedTransactionId,
    amount: amount === null || currency === null ? null : wireAmount(amount.toFixed(), currency),
    currency,
    status,
    createdAtMs: isVoid ? reachedAtMs(transaction, 'voided') : transaction.createdAtMs,
    references: referencesOf(transaction),
    refundId: null,
    entity: entityOf(transaction.element),
  };
}

const REFERENCES = ['order-id', 'settlement-batch-id', 'acquirer-reference-number'] as const;

function referencesOf({ element }: Transaction): Readonly<Record<string, string>> {
  return Object.fromEntries(
    REFERENCES.flatMap((name) => {
      const text = textOf(element, name);
      return text === null ? [] : [[name.replaceAll('-', '_'), text]];
    }),
  );
}
