import {
  ListingUnavailable,
  unavailable,
  type ProviderAccount,
  type ProviderRefund,
} from '#libs/provider-kit';
import type { BraintreeApi } from './api-call.ts';
import { find, findAll } from './find.ts';
import { providerRefundOf } from './outcome.ts';
import { REFUNDS, searchIds, searchPage, type Criteria } from './search.ts';
import { paymentStatus } from './status-table.ts';
import { reachedAtMs, type Transaction } from './transaction.ts';

/** Transactions of one page. One has up to about 10 KiB and an answer above 256 KiB is not read; Braintree's own 50 would not fit. */
const PAGE_SIZE = 20;

/** When refunds were made; a missing end is open. */
export interface Window {
  readonly fromMs?: number;
  readonly toMs?: number;
}

/**
 * Every refund of a payment or a window, newest first, each once. A payment's void is listed with the payment; a window shows none, because most of
 * the voids in it are orders that were never meant to be refunded.
 * @throws ListingUnavailable when an answer cannot be had, or a window holds more ids than one answer (about 12,000).
 */
export async function* listRefunds(
  api: BraintreeApi,
  account: ProviderAccount,
  window: Window & { readonly paymentId?: string },
  signal: AbortSignal,
): AsyncGenerator<ProviderRefund> {
  const { paymentId } = window;
  const batches =
    paymentId === undefined
      ? found(api, account, { created_at: createdIn(window) }, signal)
      : ofPayment(api, account, paymentId, signal);
  for await (const batch of batches) {
    for (const transaction of batch) {
      const refund =
        transaction.type === 'credit' ? providerRefundOf(transaction) : providerVoidOf(transaction);
      if (refund === null) throw cannotTell(`the amount of ${transaction.id} cannot be told`);
      if (isInside(refund.createdAtMs, window)) yield refund;
    }
  }
}

async function* ofPayment(
  api: BraintreeApi,
  account: ProviderAccount,
  paymentId: string,
  signal: AbortSignal,
): AsyncGenerator<readonly Transaction[]> {
  const answer = await find(api, account, paymentId, signal);
  if (answer.kind === 'notFound') return;
  if (answer.kind === 'unavailable') throw new ListingUnavailable(answer.why);
  yield* refundsOf(api, account, answer.transaction, signal);
}

/**
 * What gave the money of a payment back, newest first: its void is the payment itself.
 * @throws ListingUnavailable when one of them cannot be had.
 */
export async function* refundsOf(
  api: BraintreeApi,
  account: ProviderAccount,
  payment: Transaction,
  signal: AbortSignal,
): AsyncGenerator<readonly Transaction[]> {
  if (paymentStatus(payment.status) === 'voided') yield [payment];
  const newestFirst = payment.refundIds.toReversed();
  for (let at = 0; at < newestFirst.length; at += PAGE_SIZE) {
    const refunds = await findAll(api, account, newestFirst.slice(at, at + PAGE_SIZE), signal);
    if (refunds.kind === 'unavailable') throw new ListingUnavailable(refunds.why);
    yield refunds.transactions;
  }
}

/**
 * Refunds that the search finds, newest first.
 * @throws ListingUnavailable when an answer cannot be had, or there are more ids than one answer holds (about 12,000).
 */
export async function* found(
  api: BraintreeApi,
  account: ProviderAccount,
  narrower: Criteria,
  signal: AbortSignal,
): AsyncGenerator<readonly Transaction[]> {
  const criteria = { ...REFUNDS, ...narrower };
  const answer = await searchIds(api, account, criteria, signal);
  if (answer.kind === 'unavailable') throw new ListingUnavailable(answer.why, answer.isTooLong);
  const ids = [...new Set(answer.ids)];
  for (let at = 0; at < ids.length; at += PAGE_SIZE) {
    const page = await searchPage(api, account, criteria, ids.slice(at, at + PAGE_SIZE), signal);
    if (page.kind === 'unavailable') throw new ListingUnavailable(page.why);
    yield page.transactions;
  }
}

/** The search's criterion for a window. */
export function createdIn({ fromMs, toMs }: Window): Criteria {
  return {
    ...(fromMs === undefined ? {} : { min: wholeSeconds(Math.floor(fromMs / 1000)) }),
    // A fixed end, so that what is made while we read belongs to the next window.
    max: wholeSeconds(Math.ceil((toMs ?? Date.now()) / 1000)),
  };
}

/** A void as a refund of all of the payment: it is known by the payment's own id and carries no reference. */
function providerVoidOf(payment: Transaction): ProviderRefund | null {
  const { id, currency } = payment;
  const refund = providerRefundOf({ ...payment, refundedTransactionId: id, orderId: null });
  if (refund === null || currency === null) return null;
  return { ...refund, status: 'succeeded', createdAtMs: reachedAtMs(payment, 'voided') };
}

/** Times are told in whole seconds, so the search is asked for a little more than the window. */
export function isInside(
  createdAtMs: number | null,
  { fromMs = -Infinity, toMs = Infinity }: Window,
): boolean {
  return createdAtMs === null || (createdAtMs >= Math.floor(fromMs / 1000) * 1000 && createdAtMs <= toMs);
}

function wholeSeconds(seconds: number): string {
  return new Date(seconds * 1000).toISOString().replace('.000Z', 'Z');
}

function cannotTell(text: string): ListingUnavailable {
  return new ListingUnavailable(unavailable('noAnswer', text));
}
