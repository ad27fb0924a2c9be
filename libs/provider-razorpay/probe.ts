import type { ProbeAnswer, ProviderAccount } from '#libs/provider-kit';
import type { RazorpayApi } from './api-call.ts';
import { readCollection } from './list.ts';

/** `GET /v1/refunds?count=1`: the smallest read that needs the account's keys. Only a list proves them: a gateway's page may have status 200 as well. */
export async function probe(
  api: RazorpayApi,
  account: ProviderAccount,
  signal: AbortSignal,
): Promise<ProbeAnswer> {
  const answer = await readCollection(api, account, { path: '/refunds', query: { count: '1' } }, signal);
  const { exchange } = answer;
  if (answer.kind === 'items') return { kind: 'accepted', exchange };
  const refused = answer.kind === 'unavailable' && answer.why.because === 'credentials';
  return { kind: refused ? 'refused' : 'unavailable', exchange };
}
