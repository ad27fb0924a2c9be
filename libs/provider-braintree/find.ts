import {
  oneLine,
  unavailable,
  type Exchange,
  type ProviderAccount,
  type Unavailable,
} from '#libs/provider-kit';
import { callApi, transactionPath, type BraintreeApi } from './api-call.ts';
import { refusedRead } from './refusal.ts';
import { readTransaction, readXml, type Transaction } from './transaction.ts';

export type Found =
  | { readonly kind: 'transaction'; readonly transaction: Transaction; readonly exchange: Exchange }
  | { readonly kind: 'notFound'; readonly text: string; readonly exchange: Exchange }
  | { readonly kind: 'unavailable'; readonly why: Unavailable; readonly exchange: Exchange };

/** `GET …/transactions/{id}`: a payment or a refund as it is now. */
export async function find(
  api: BraintreeApi,
  account: ProviderAccount,
  transactionId: string,
  signal: AbortSignal,
): Promise<Found> {
  const request = { method: 'GET', path: transactionPath(transactionId) } as const;
  const { fact, exchange } = await callApi(api, account, request, signal);
  const refused = refusedRead(fact);
  if (refused?.kind === 'notFound') return { ...refused, exchange };
  if (refused !== null || fact.kind !== 'answered')
    return { kind: 'unavailable', why: refused ?? unavailable('noAnswer', 'no answer'), exchange };
  const transaction = readTransaction(readXml(fact));
  if (transaction?.id !== transactionId) {
    const text = transaction === null ? 'no transaction in it' : `the answer is about ${transaction.id}`;
    return { kind: 'unavailable', why: unavailable('noAnswer', oneLine(text)), exchange };
  }
  return { kind: 'transaction', transaction, exchange };
}

/** At once: enough that fifty refunds are read in a few round trips, few enough not to be throttled. */
const FINDS_AT_ONCE = 5;

export type FoundAll =
  | { readonly kind: 'all'; readonly transactions: readonly Transaction[] }
  | { readonly kind: 'unavailable'; readonly why: Unavailable; readonly exchange: Exchange };

/** All of them or none: a missing one might be the one that is looked for, or the one that makes the sum too high. */
export async function findAll(
  api: BraintreeApi,
  account: ProviderAccount,
  transactionIds: readonly string[],
  signal: AbortSignal,
): Promise<FoundAll> {
  const transactions: Transaction[] = [];
  for (let at = 0; at < transactionIds.length; at += FINDS_AT_ONCE) {
    const ids = transactionIds.slice(at, at + FINDS_AT_ONCE);
    const answers = await Promise.all(ids.map(async (id) => await find(api, account, id, signal)));
    for (const answer of answers) {
      if (answer.kind === 'unavailable') return answer;
      if (answer.kind === 'notFound') {
        const why = unavailable('noAnswer', 'a refund that the payment names is not there');
        return { kind: 'unavailable', why, exchange: answer.exchange };
      }
      transactions.push(answer.transaction);
    }
  }
  return { kind: 'all', transactions };
}
