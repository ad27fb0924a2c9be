import type { ProbeAnswer, ProviderAccount } from '#libs/provider-kit';
import { callApi, type RazorpayApi } from './api-call.ts';

/** `GET /v1/refunds?count=1`: the smallest read that needs the account's keys. */
export async function probe(
  api: RazorpayApi,
  account: ProviderAccount,
  signal: AbortSignal,
): Promise<ProbeAnswer> {
  const request = { method: 'GET', path: '/refunds?count=1' } as const;
  const { fact, exchange } = await callApi(api, account, request, signal);
  if (fact.kind !== 'answered') return { kind: 'unavailable', exchange };
  if (fact.httpStatus === 401 || fact.httpStatus === 403) return { kind: 'refused', exchange };
  return { kind: fact.httpStatus === 200 ? 'accepted' : 'unavailable', exchange };
}
