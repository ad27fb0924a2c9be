import { unavailable, type Exchange, type ProviderAccount, type Unavailable } from '#libs/provider-kit';
import { callApi, type BraintreeApi } from './api-call.ts';
import { refusedRead } from './refusal.ts';
import { readTransaction, readXml, TRANSACTION_ID, type Transaction } from './transaction.ts';
import { child, itemsOf, type XmlElement } from './xml.ts';

/** Fields of Braintree's search, by its own names. */
export type Criteria = Readonly<Record<string, unknown>>;

/** Refunds and nothing else: `refund` alone would also find the payments that were refunded, `type` alone also credits of nothing. */
export const REFUNDS: Criteria = { type: ['credit'], refund: true };

interface Failed {
  readonly kind: 'unavailable';
  readonly why: Unavailable;
  /** The answer is more than what is read of one: narrower criteria have a smaller one. */
  readonly isTooLong?: true;
  readonly exchange: Exchange;
}

export type FoundIds =
  | { readonly kind: 'ids'; readonly ids: readonly string[]; readonly exchange: Exchange }
  | Failed;

/** `POST …/advanced_search_ids`: the ids of everything that the criteria find, newest first. */
export async function searchIds(
  api: BraintreeApi,
  account: ProviderAccount,
  criteria: Criteria,
  signal: AbortSignal,
): Promise<FoundIds> {
  const answer = await search(api, account, 'advanced_search_ids', criteria, signal);
  if (answer.kind === 'unavailable') return answer;
  const { root, exchange } = answer;
  const isSearch = root.name === 'search-results' && child(root, 'ids') !== null;
  const ids = itemsOf(root, 'ids').map((item) => item.text);
  if (!isSearch || !ids.every((id) => TRANSACTION_ID.test(id))) return unreadable(exchange);
  return { kind: 'ids', ids, exchange };
}

export type FoundPage =
  | { readonly kind: 'page'; readonly transactions: readonly Transaction[]; readonly exchange: Exchange }
  | Failed;

/** `POST …/advanced_search`: the transactions of some of those ids. A page without one of them, or with one that cannot be read, is no page. */
export async function searchPage(
  api: BraintreeApi,
  account: ProviderAccount,
  criteria: Criteria,
  ids: readonly string[],
  signal: AbortSignal,
): Promise<FoundPage> {
  const answer = await search(api, account, 'advanced_search', { ...criteria, ids }, signal);
  if (answer.kind === 'unavailable') return answer;
  const { root, exchange } = answer;
  const byId = new Map<string, Transaction>();
  for (const element of root.children) {
    const transaction = readTransaction(element);
    if (transaction !== null) byId.set(transaction.id, transaction);
  }
  const transactions = ids.map((id) => byId.get(id)).filter((each) => each !== undefined);
  if (transactions.length < ids.length) return unreadable(exchange);
  return { kind: 'page', transactions, exchange };
}

async function search(
  api: BraintreeApi,
  account: ProviderAccount,
  name: string,
  criteria: Criteria,
  signal: AbortSignal,
): Promise<{ readonly kind: 'root'; readonly root: XmlElement; readonly exchange: Exchange } | Failed> {
  const body = JSON.stringify({ search: criteria });
  const request = { method: 'POST', path: `/transactions/${name}`, body } as const;
  const { fact, exchange } = await callApi(api, account, request, signal);
  if (fact.kind === 'unreadable' && fact.why === 'tooLarge')
    return {
      kind: 'unavailable',
      why: unavailable('noAnswer', 'too much is found'),
      isTooLong: true,
      exchange,
    };
  const refused = refusedRead(fact);
  if (refused?.kind === 'notFound') return unreadable(exchange);
  if (refused !== null) return { kind: 'unavailable', why: refused, exchange };
  const root = fact.kind === 'answered' ? readXml(fact) : null;
  return root === null ? unreadable(exchange) : { kind: 'root', root, exchange };
}

function unreadable(exchange: Exchange): Failed {
  return { kind: 'unavailable', why: unavailable('noAnswer', 'the search cannot be read'), exchange };
}
