import type { ProbeAnswer, ProviderAccount } from '#libs/provider-kit';
import { callApi, transactionPath, type BraintreeApi } from './api-call.ts';

/** No transaction has this id: Braintree's own have no underscore. */
const NO_TRANSACTION = 'refundry_probe';

/** The smallest read that needs the account's keys: a transaction that does not exist. "Not found" is the answer to keys that are taken. */
export async function probe(
  api: BraintreeApi,
  account: ProviderAccount,
  signal: AbortSignal,
): Promise<ProbeAnswer> {
  const request = { method: 'GET', path: transactionPath(NO_TRANSACTION) } as const;
  const { fact, exchange } = await callApi(api, account, request, signal);
  if (fact.kind !== 'answered') return { kind: 'unavailable', exchange };
  // 426 says that this release's version of the API is not served any more, which every refund of the account would meet as well.
  if ([401, 403, 426].includes(fact.httpStatus)) return { kind: 'refused', exchange };
  return { kind: [200, 404].includes(fact.httpStatus) ? 'accepted' : 'unavailable', exchange };
}
