import {
  asList,
  member,
  parseJsonObject,
  transportUnavailable,
  unavailable,
  type Exchange,
  type HttpFact,
  type Json,
  type ProviderAccount,
  type StoredAttempt,
  type Unavailable,
} from '#libs/provider-kit';
import { invariant, type LookUpResult } from '#libs/refund';
import { credentialsOf } from './account.ts';
import { callApi, type AcmeApi } from './api-call.ts';
import { outcomeOfRefund, readRefund, type RefundEntity } from './refund-entity.ts';
import { refusedRead } from './refusal.ts';

interface LookUp {
  readonly result: LookUpResult;
  readonly exchange: Exchange;
}

/** By the vendor's id where it is known, otherwise by each reference of the refund's attempts. */
export async function lookUp(
  api: AcmeApi,
  account: ProviderAccount,
  attempt: StoredAttempt,
  signal: AbortSignal,
): Promise<LookUp> {
  return attempt.providerRefundId === null
    ? await byReferences(api, account, attempt, signal)
    : await byId(api, account, attempt, attempt.providerRefundId, signal);
}

async function byId(
  api: AcmeApi,
  account: ProviderAccount,
  attempt: StoredAttempt,
  providerRefundId: string,
  signal: AbortSignal,
): Promise<LookUp> {
  const request = { method: 'GET', path: `/refunds/${encodeURIComponent(providerRefundId)}` } as const;
  const { fact, exchange } = await callApi(api, account, request, signal);
  const refused = refusalOf(fact, account);
  // It told us this id once. Nothing that follows from its absence now is safe to do without a person.
  if (refused?.kind === 'notFound') {
    return { result: ambiguous(`refund ${providerRefundId} is not there any more`), exchange };
  }
  if (refused !== null) return { result: refused, exchange };
  const entity = fact.kind === 'answered' ? readRefund(parseJsonObject(fact.body) ?? undefined) : null;
  return entity?.id === providerRefundId
    ? { result: found(entity, attempt), exchange }
    : { result: unavailable('noAnswer', 'the answer is not about the refund asked for'), exchange };
}

async function byReferences(
  api: AcmeApi,
  account: ProviderAccount,
  attempt: StoredAttempt,
  signal: AbortSignal,
): Promise<LookUp> {
  const seen: RefundEntity[] = [];
  // A refund made while we ask could be missing from the first answer, so that is how old the whole answer is.
  let first: Exchange | null = null;
  let last: Exchange | null = null;
  for (const reference of attempt.references) {
    const path = `/refunds?${new URLSearchParams({ reference }).toString()}`;
    const { fact, exchange } = await callApi(api, account, { method: 'GET', path }, signal);
    const refused = refusalOf(fact, account);
    if (refused !== null) {
      const result = refused.kind === 'notFound' ? unavailable('noAnswer', refused.text) : refused;
      return { result, exchange };
    }
    const refunds = fact.kind === 'answered' ? readList(fact.body) : null;
    if (refunds === null) return { result: unavailable('noAnswer', 'the list cannot be read'), exchange };
    seen.push(...refunds);
    first ??= exchange;
    last = exchange;
  }
  invariant(first !== null && last !== null, 'an attempt has a reference');
  const [one, another] = seen;
  if (another !== undefined) {
    return { result: ambiguous('more than one refund carries our reference'), exchange: last };
  }
  const result: LookUpResult =
    one === undefined ? { kind: 'absent', asOfMs: first.startedAtMs } : found(one, attempt);
  return { result, exchange: last };
}

/** Null for an answer that can be read. */
function refusalOf(
  fact: HttpFact,
  account: ProviderAccount,
): { readonly kind: 'notFound'; readonly text: string } | Unavailable | null {
  const lost = transportUnavailable(fact);
  if (lost !== null || fact.kind !== 'answered') return lost;
  return fact.httpStatus === 200 ? null : refusedRead(fact, credentialsOf(account).secrets());
}

/** Null when any of it cannot be read: it might be the one that is looked for. */
function readList(body: string): readonly RefundEntity[] | null {
  const items: readonly Json[] | null = asList(member(parseJsonObject(body) ?? {}, 'data'));
  const refunds = items?.map(readRefund).filter((refund) => refund !== null) ?? null;
  return refunds?.length === items?.length ? refunds : null;
}

function found(entity: RefundEntity, attempt: StoredAttempt): LookUpResult {
  return { kind: 'found', outcome: outcomeOfRefund(entity, attempt, attempt.references) };
}

function ambiguous(text: string): LookUpResult {
  return { kind: 'ambiguous', text };
}
