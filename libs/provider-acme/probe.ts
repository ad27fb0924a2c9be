import {
  asList,
  member,
  parseJsonObject,
  transportUnavailable,
  type ProbeAnswer,
  type ProviderAccount,
} from '#libs/provider-kit';
import { callApi, type AcmeApi } from './api-call.ts';

/** A look-up of what nobody has: the smallest read that needs the account's keys. Only a list proves them: a gateway's page may have status 200 as well. */
export async function probe(
  api: AcmeApi,
  account: ProviderAccount,
  signal: AbortSignal,
): Promise<ProbeAnswer> {
  const request = { method: 'GET', path: '/refunds?reference=probe' } as const;
  const { fact, exchange } = await callApi(api, account, request, signal);
  if (transportUnavailable(fact)?.because === 'credentials') return { kind: 'refused', exchange };
  const isList =
    fact.kind === 'answered' &&
    fact.httpStatus === 200 &&
    asList(member(parseJsonObject(fact.body) ?? {}, 'data')) !== null;
  return { kind: isList ? 'accepted' : 'unavailable', exchange };
}
