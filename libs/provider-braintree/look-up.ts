import {
  declined,
  oneLine,
  unavailable,
  type Exchange,
  type ProviderAccount,
  type StoredAttempt,
} from '#libs/provider-kit';
import { parseAmount, type LookUpResult } from '#libs/refund';
import type { BraintreeApi } from './api-call.ts';
import { find, findAll, type Found } from './find.ts';
import { outcomeOfRefund, outcomeOfVoid, sentOrderId } from './outcome.ts';
import { refundedTotal, REFUNDS_MAX } from './payment.ts';
import { REFUNDS, searchIds } from './search.ts';
import { paymentStatus } from './status-table.ts';
import type { Transaction } from './transaction.ts';

interface LookUp {
  readonly result: LookUpResult;
  readonly exchange: Exchange;
}

/**
 * A void changes the payment itself; where it did not, a refund may have followed it of which the books have lost all they knew. A refund is asked for by
 * Braintree's id where it is known, otherwise by any of our references.
 */
export async function lookUp(
  api: BraintreeApi,
  account: ProviderAccount,
  attempt: StoredAttempt,
  signal: AbortSignal,
): Promise<LookUp> {
  const { action, paymentId, providerRefundId } = attempt;
  if (providerRefundId !== null && providerRefundId !== paymentId)
    return ofRefund(await find(api, account, providerRefundId, signal), attempt, account);
  if (action === 'void') {
    const voided = ofVoid(await find(api, account, paymentId, signal), attempt);
    if (voided.result.kind !== 'absent') return voided;
  }
  return await byReference(api, account, attempt, signal);
}

/** Not voided is absent: the same void again is answered with what the payment is by then. */
function ofVoid(answer: Found, attempt: StoredAttempt): LookUp {
  const { exchange } = answer;
  switch (answer.kind) {
    case 'unavailable':
      return { result: answer.why, exchange };
    case 'notFound':
      return { result: { kind: 'absent', asOfMs: exchange.startedAtMs }, exchange };
    case 'transaction': {
      const outcome = outcomeOfVoid(answer.transaction, attempt);
      if (outcome !== null) return { result: { kind: 'found', outcome }, exchange };
      const known = paymentStatus(answer.transaction.status) !== null;
      return known
        ? { result: { kind: 'absent', asOfMs: exchange.startedAtMs }, exchange }
        : { result: unavailable('noAnswer', 'the status of the payment is not listed'), exchange };
    }
  }
}

function ofRefund(answer: Found, attempt: StoredAttempt, account: ProviderAccount): LookUp {
  const { exchange } = answer;
  switch (answer.kind) {
    case 'unavailable':
      return { result: answer.why, exchange };
    case 'notFound':
      // It told us this id once. Nothing that follows from its absence now is safe to do without a person.
      return {
        result: ambiguous(`refund ${attempt.providerRefundId ?? ''} is not there any more`),
        exchange,
      };
    case 'transaction':
      return { result: found(answer.transaction, attempt, account), exchange };
  }
}

/** Among the refunds that the payment names, then in the search; what neither shows is absent as of the moment the payment was asked for. */
async function byReference(
  api: BraintreeApi,
  account: ProviderAccount,
  attempt: StoredAttempt,
  signal: AbortSignal,
): Promise<LookUp> {
  const answer = await find(api, account, attempt.paymentId, signal);
  const { exchange } = answer;
  if (answer.kind === 'unavailable') return { result: answer.why, exchange };
  const absent: LookUpResult = { kind: 'absent', asOfMs: exchange.startedAtMs };
  // A payment that does not exist has no refunds.
  if (answer.kind === 'notFound') return { result: absent, exchange };
  const { transaction: payment } = answer;
  if (payment.refundIds.length > REFUNDS_MAX)
    return { result: ambiguous('more refunds than are searched'), exchange };
  const named = await findAll(api, account, payment.refundIds, signal);
  if (named.kind === 'unavailable') return { result: named.why, exchange: named.exchange };
  const seen = byOurReference(named.transactions, attempt, account);
  if (seen !== null) return { result: seen, exchange };
  const more = await searched(api, account, attempt, signal);
  if (more.kind === 'unavailable') return { result: more.why, exchange: more.exchange };
  const hidden = byOurReference(more.transactions, attempt, account);
  if (hidden !== null) return { result: hidden, exchange };
  const otherwise =
    impossible(payment, named.transactions, attempt) ?? maybeVoided(payment, absent) ?? absent;
  const all = [...named.transactions, ...more.transactions];
  return { result: maybeByOrderId(all, attempt, otherwise) ?? otherwise, exchange };
}

/** Every order id that a refund of ours has. One that the caller chose is one of them, though it proves nothing. */
function orderIdsOf(attempt: StoredAttempt): readonly string[] {
  const { reference, references } = attempt;
  return [...new Set([reference, sentOrderId(attempt), ...references.toReversed()])];
}

/**
 * Order ids that are searched for, the newest first: each costs a call within the lease of the refund. More, and one with very many attempts of an earlier
 * release, which had a reference each, loses its lease before it is answered, every time anew. Fewer, and a refund that the payment does not name yet may
 * not be found; the older attempts were refused so long ago that it names whatever they made.
 */
const ORDER_IDS_SEARCHED_MAX = 12;

/**
 * Refunds with one of our order ids, shown by the search where the payment does not name them yet. They are read one by one: what a search shows of
 * them may be older than what it found them by.
 */
async function searched(
  api: BraintreeApi,
  account: ProviderAccount,
  attempt: StoredAttempt,
  signal: AbortSignal,
) {
  const ids = new Set<string>();
  for (const orderId of orderIdsOf(attempt).slice(0, ORDER_IDS_SEARCHED_MAX)) {
    const answer = await searchIds(api, account, { ...REFUNDS, order_id: { is: orderId } }, signal);
    if (answer.kind === 'unavailable') return answer;
    for (const id of answer.ids.slice(0, REFUNDS_MAX)) ids.add(id);
  }
  return await findAll(api, account, [...ids], signal);
}

/** By a reference of ours it is ours whatever else it shows. Null: none is. */
function byOurReference(
  refunds: readonly Transaction[],
  attempt: StoredAttempt,
  account: ProviderAccount,
): LookUpResult | null {
  const ours = [attempt.reference, ...attempt.references];
  const [first, second] = refunds.filter(({ orderId }) => orderId !== null && ours.includes(orderId));
  if (second !== undefined) return ambiguous('more than one refund could be this one');
  return first === undefined ? null : found(first, attempt, account);
}

/**
 * The caller's own order id is no name: a refund that somebody makes in the Control Panel inherits it from the payment, and two refunds of one order may
 * both carry it. So what has it, with the right payment and amount, is perhaps this one, and is never taken for it.
 */
function maybeByOrderId(
  refunds: readonly Transaction[],
  attempt: StoredAttempt,
  otherwise: LookUpResult,
): LookUpResult | null {
  const sent = sentOrderId(attempt);
  const amount = parseAmount(attempt.amount);
  // Zero stands for a sum that nobody knows: left open by the request, and never decided.
  const isSum = (refund: Transaction) =>
    amount === null || amount.isZero() || refund.amount?.eq(amount) === true;
  const alike = refunds.filter(
    (refund) =>
      refund.orderId === sent && refund.refundedTransactionId === attempt.paymentId && isSum(refund),
  );
  const providerRefundIds = [...new Set(alike.map(({ id }) => id))];
  return providerRefundIds.length === 0
    ? null
    : perhaps(
        `perhaps this one, by nothing but the caller's own order id: ${providerRefundIds.join(', ')}`,
        providerRefundIds,
        otherwise,
      );
}

function found(refund: Transaction, attempt: StoredAttempt, account: ProviderAccount): LookUpResult {
  return { kind: 'found', outcome: outcomeOfRefund(refund, attempt, account, orderIdsOf(attempt)) };
}

/**
 * Proof that the attempt was not carried out: the refunds that the payment names, none of which is ours, leave less than it asks for. So it cannot be
 * hidden among them, and the same attempt again would be refused again. Null: not proved.
 */
function impossible(
  payment: Transaction,
  refunds: readonly Transaction[],
  attempt: StoredAttempt,
): LookUpResult | null {
  const [asked, total] = [parseAmount(attempt.amount), refundedTotal(payment, refunds)];
  if (asked === null || total === null || payment.amount === null || payment.currency !== attempt.currency)
    return null;
  const left = payment.amount.minus(total);
  if (paymentStatus(payment.status) !== 'captured' || left.gte(asked)) return null;
  const isEmpty = left.lte(0);
  const outcome = declined(
    isEmpty ? 'ALREADY_REFUNDED' : 'AMOUNT_TOO_HIGH',
    `of this payment ${left.toFixed()} is left, and none of its refunds is this one`,
    { actBy: 'merchant', mayRequestAgain: !isEmpty, readingStale: true },
  );
  return { kind: 'found', outcome };
}

/** A payment that was voided over the API may have been voided by an attempt of ours that the books have lost; one that a person voided was not. */
function maybeVoided(payment: Transaction, otherwise: LookUpResult): LookUpResult | null {
  if (paymentStatus(payment.status) !== 'voided' || payment.history.at(-1)?.source === 'control_panel')
    return null;
  return perhaps('the payment was voided over the API, perhaps by this refund', [payment.id], otherwise);
}

function perhaps(text: string, providerRefundIds: readonly string[], otherwise: LookUpResult): LookUpResult {
  return { kind: 'ambiguous', text: oneLine(text), perhaps: { providerRefundIds, otherwise } };
}

function ambiguous(text: string): LookUpResult {
  return { kind: 'ambiguous', text };
}
