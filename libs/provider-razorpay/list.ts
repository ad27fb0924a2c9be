import {
  ListingUnavailable,
  asList,
  asObject,
  asText,
  member,
  parseJsonObject,
  transportUnavailable,
  unavailable,
  type Exchange,
  type JsonObject,
  type ProviderAccount,
  type ProviderRefund,
  type Unavailable,
} from '#libs/provider-kit';
import { credentialsOf } from './account.ts';
import { callApi, type RazorpayApi } from './api-call.ts';
import { providerRefundOf, readRefund, type RefundEntity } from './refund-entity.ts';
import { refusedRead } from './refusal.ts';

/** The most that one page may have. */
const PAGE_SIZE = 100;

/** 100,000 refunds in one listing. A longer one is cut into windows by whoever asks; without a limit a server that ignores `skip` would keep us for ever. */
const PAGES_MAX = 1000;

export type Collection =
  | { readonly kind: 'items'; readonly items: readonly JsonObject[]; readonly exchange: Exchange }
  | { readonly kind: 'notFound'; readonly text: string; readonly exchange: Exchange }
  | { readonly kind: 'unavailable'; readonly why: Unavailable; readonly exchange: Exchange };

/** `GET …/refunds` with the paging as it is asked for. The items are objects; what is in them is still to be read. */
export async function readCollection(
  api: RazorpayApi,
  account: ProviderAccount,
  at: { readonly path: string; readonly query: Readonly<Record<string, string>> },
  signal: AbortSignal,
): Promise<Collection> {
  const query = new URLSearchParams(at.query).toString();
  const request = { method: 'GET', path: query === '' ? at.path : `${at.path}?${query}` } as const;
  const { fact, exchange } = await callApi(api, account, request, signal);
  const lost = transportUnavailable(fact);
  if (lost !== null || fact.kind !== 'answered') {
    return { kind: 'unavailable', why: lost ?? unavailable('noAnswer', 'no answer'), exchange };
  }
  if (fact.httpStatus !== 200) {
    const refused = refusedRead(fact, credentialsOf(account).secrets());
    return refused.kind === 'notFound'
      ? { ...refused, exchange }
      : { kind: 'unavailable', why: refused, exchange };
  }
  const items = readItems(fact.body);
  if (items === null) {
    return { kind: 'unavailable', why: unavailable('noAnswer', 'the listing cannot be read'), exchange };
  }
  return { kind: 'items', items, exchange };
}

export type RefundPage =
  | {
      readonly kind: 'page';
      readonly refunds: readonly RefundEntity[];
      readonly isLast: boolean;
      readonly exchange: Exchange;
    }
  | { readonly kind: 'notFound'; readonly exchange: Exchange }
  | { readonly kind: 'unavailable'; readonly why: Unavailable; readonly exchange: Exchange };

/** One page of `GET …/refunds`, newest first. An item that cannot be read makes the page unavailable: it might be the one that is looked for. */
export async function readPage(
  api: RazorpayApi,
  account: ProviderAccount,
  at: { readonly path: string; readonly query?: Readonly<Record<string, string>>; readonly pageNo: number },
  signal: AbortSignal,
): Promise<RefundPage> {
  const query = { ...at.query, count: String(PAGE_SIZE), skip: String(at.pageNo * PAGE_SIZE) };
  const answer = await readCollection(api, account, { path: at.path, query }, signal);
  const { exchange } = answer;
  if (answer.kind === 'notFound') return { kind: 'notFound', exchange };
  if (answer.kind === 'unavailable') return answer;
  const refunds = answer.items.map(readRefund).filter((refund) => refund !== null);
  if (refunds.length !== answer.items.length) {
    return { kind: 'unavailable', why: unavailable('noAnswer', 'the listing cannot be read'), exchange };
  }
  return { kind: 'page', refunds, isLast: refunds.length < PAGE_SIZE, exchange };
}

function readItems(body: string): readonly JsonObject[] | null {
  const collection = parseJsonObject(body);
  if (collection === null || asText(member(collection, 'entity')) !== 'collection') return null;
  const items = asList(member(collection, 'items'));
  const objects = items?.map(asObject).filter((item) => item !== null) ?? null;
  return objects?.length === items?.length ? objects : null;
}

/**
 * Every refund of a payment or a window, newest first, each once.
 * @throws ListingUnavailable when a page cannot be had.
 */
export async function* listRefunds(
  api: RazorpayApi,
  account: ProviderAccount,
  window: { readonly paymentId?: string; readonly fromMs?: number; readonly toMs?: number },
  signal: AbortSignal,
): AsyncGenerator<ProviderRefund> {
  const path = window.paymentId === undefined ? '/refunds' : refundsOf(window.paymentId);
  const query: Record<string, string> = {};
  if (window.fromMs !== undefined) query['from'] = String(Math.floor(window.fromMs / 1000));
  // A fixed end: refunds made while we read would push others over to a page that was already read.
  query['to'] = String(Math.ceil((window.toMs ?? Date.now()) / 1000));
  let before = new Set<string>();
  for (let pageNo = 0; pageNo < PAGES_MAX; pageNo += 1) {
    const page = await readPage(api, account, { path, query, pageNo }, signal);
    if (page.kind === 'notFound') return;
    if (page.kind === 'unavailable') throw new ListingUnavailable(page.why);
    for (const entity of page.refunds) {
      if (before.has(entity.id)) continue;
      const refund = providerRefundOf(entity);
      if (refund === null)
        throw new ListingUnavailable(unavailable('noAnswer', `the amount of ${entity.id} cannot be told`));
      yield refund;
    }
    if (page.isLast) return;
    before = new Set(page.refunds.map(({ id }) => id));
  }
  const text = `more than ${String(PAGES_MAX)} pages: ask for a smaller window`;
  throw new ListingUnavailable(unavailable('noAnswer', text), true);
}

export function refundsOf(paymentId: string): string {
  return `/payments/${encodeURIComponent(paymentId)}/refunds`;
}
