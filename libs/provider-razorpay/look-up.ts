import {
  asText,
  declined,
  member,
  oneLine,
  parseJsonObject,
  toMinorUnits,
  transportUnavailable,
  unavailable,
  type Exchange,
  type ProviderAccount,
  type StoredAttempt,
} from '#libs/provider-kit';
import type { LookUpResult } from '#libs/refund';
import { credentialsOf } from './account.ts';
import { callApi, type RazorpayApi } from './api-call.ts';
import { exponentOf } from './currency.ts';
import { readPage, refundsOf } from './list.ts';
import { readPayment } from './payment.ts';
import { belongsTo, minorAmount, outcomeOfRefund, readRefund, type RefundEntity } from './refund-entity.ts';
import { refusedRead } from './refusal.ts';
import { refundStatus } from './status-table.ts';

interface LookUp {
  readonly result: LookUpResult;
  readonly exchange: Exchange;
}

/** Refunds of one payment that are searched: 2,000. A payment with more is answered by a person, never by "absent". */
const PAGES_MAX = 20;

/** By Razorpay's id where it is known, otherwise among the payment's refunds by any of our references. */
export async function lookUp(
  api: RazorpayApi,
  account: ProviderAccount,
  attempt: StoredAttempt,
  signal: AbortSignal,
): Promise<LookUp> {
  return attempt.providerRefundId === null
    ? await byReference(api, account, attempt, signal)
    : await byId(api, account, attempt, attempt.providerRefundId, signal);
}

async function byId(
  api: RazorpayApi,
  account: ProviderAccount,
  attempt: StoredAttempt,
  providerRefundId: string,
  signal: AbortSignal,
): Promise<LookUp> {
  const request = { method: 'GET', path: `/refunds/${encodeURIComponent(providerRefundId)}` } as const;
  const { fact, exchange } = await callApi(api, account, request, signal);
  const lost = transportUnavailable(fact);
  if (lost !== null || fact.kind !== 'answered') {
    return { result: lost ?? unavailable('noAnswer', 'no answer'), exchange };
  }
  if (fact.httpStatus !== 200) {
    const refused = refusedRead(fact, credentialsOf(account).secrets());
    // It told us this id once. Nothing that follows from its absence now is safe to do without a person.
    return refused.kind === 'notFound'
      ? { result: ambiguous(`refund ${providerRefundId} is not there any more`), exchange }
      : { result: refused, exchange };
  }
  const entity = readRefund(parseJsonObject(fact.body) ?? undefined);
  if (entity === null || entity.id !== providerRefundId) {
    return {
      result: unavailable('noAnswer', 'the answer is not about the refund that was asked for'),
      exchange,
    };
  }
  return { result: found(entity, attempt), exchange };
}

async function byReference(
  api: RazorpayApi,
  account: ProviderAccount,
  attempt: StoredAttempt,
  signal: AbortSignal,
): Promise<LookUp> {
  const seen = new Map<string, RefundEntity>();
  const path = refundsOf(attempt.paymentId);
  let page = await readPage(api, account, { path, pageNo: 0 }, signal);
  // The first page holds the newest refunds, so the answer is as old as the moment that page was asked for.
  const asOfMs = page.exchange.startedAtMs;
  for (let pageNo = 1; ; pageNo += 1) {
    const { exchange } = page;
    if (page.kind === 'unavailable') return { result: page.why, exchange };
    // A payment that does not exist has no refunds.
    if (page.kind === 'notFound') return { result: { kind: 'absent', asOfMs }, exchange };
    for (const refund of page.refunds) seen.set(refund.id, refund);
    if (page.isLast) break;
    if (pageNo === PAGES_MAX) return { result: ambiguous('more refunds than are searched'), exchange };
    page = await readPage(api, account, { path, pageNo }, signal);
  }
  const refunds = [...seen.values()];
  const [first, second] = refunds.filter((refund) => belongsTo(refund, attempt));
  const { exchange } = page;
  if (second !== undefined)
    return { result: ambiguous('more than one refund carries our reference'), exchange };
  if (first !== undefined) return { result: found(first, attempt), exchange };
  const taken = receiptTaken(refunds, attempt);
  if (taken !== null) return { result: taken, exchange };
  return (
    (await nothingLeft(api, account, attempt, refunds, signal)) ?? {
      result: { kind: 'absent', asOfMs },
      exchange,
    }
  );
}

function found(entity: RefundEntity, attempt: StoredAttempt): LookUpResult {
  return { kind: 'found', outcome: outcomeOfRefund(entity, attempt, belongsTo(entity, attempt)) };
}

function ambiguous(text: string): LookUpResult {
  return { kind: 'ambiguous', text };
}

/**
 * The caller chose a receipt that another refund of this payment has: Razorpay refuses ours for ever. Only a refund that shows whose it is, or is
 * of another amount, proves that; one without notes of ours could be this very refund with its notes edited away.
 */
function receiptTaken(refunds: readonly RefundEntity[], attempt: StoredAttempt): LookUpResult | null {
  const receipt = asText(member(parseJsonObject(attempt.content) ?? {}, 'receipt'));
  const holder = refunds.find((refund) => receipt !== null && refund.receipt === receipt);
  if (holder === undefined) return null;
  const isOther = holder.notedRefundId !== null || holder.amount !== minorAmount(attempt);
  if (!isOther) return ambiguous(`${holder.id} has the receipt that this refund asks for`);
  const text = oneLine(`receipt ${receipt ?? ''} belongs to refund ${holder.id}`);
  return {
    kind: 'found',
    outcome: declined('DUPLICATE_RECEIPT', text, { actBy: 'merchant', mayRequestAgain: true }),
  };
}

/**
 * Proof that the attempt was not and cannot be carried out: the payment is refunded in full, and the refunds listed, none of which is ours, add up
 * to all of it. So nothing of it can still be invisible to the listing. Null: not proved, which leaves `absent`.
 */
async function nothingLeft(
  api: RazorpayApi,
  account: ProviderAccount,
  attempt: StoredAttempt,
  refunds: readonly RefundEntity[],
  signal: AbortSignal,
): Promise<LookUp | null> {
  const counted = refunds.filter(({ status }) => refundStatus(status) !== 'failed');
  const isPlain = counted.every(
    ({ status, currency }) => refundStatus(status) !== null && currency === attempt.currency,
  );
  if (counted.length === 0 || !isPlain) return null;
  const total = counted.reduce((sum, { amount }) => sum + (amount ?? Number.NaN), 0);
  const answer = await readPayment(api, account, { paymentId: attempt.paymentId }, signal);
  if (answer.kind !== 'read' || answer.reading.because !== 'ALREADY_REFUNDED') return null;
  const { refundedTotal, currency } = answer.reading;
  const exponent = exponentOf(currency);
  if (currency !== attempt.currency || exponent === null) return null;
  if (refundedTotal === null || toMinorUnits(refundedTotal.toFixed(exponent), exponent) !== total)
    return null;
  const outcome = declined('ALREADY_REFUNDED', 'other refunds took everything that this payment had', {
    actBy: 'merchant',
    mayRequestAgain: false,
    readingStale: true,
  });
  return { result: { kind: 'found', outcome }, exchange: answer.exchange };
}
