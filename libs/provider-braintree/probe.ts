import type { ProbeAnswer, ProviderAccount } from '#libs/provider-kit';
import type { BraintreeApi } from './api-call.ts';
import { searchIds } from './search.ts';

/** No transaction has this id: Braintree's own have no underscore. */
const NO_TRANSACTION = 'refundry_probe';

/**
 * The smallest read that needs the account's keys: a search for nothing. Asking for a transaction that does not exist would be as cheap, but a wrong
 * merchant id is answered just like a wrong transaction.
 */
export async function probe(
  api: BraintreeApi,
  account: ProviderAccount,
  signal: AbortSignal,
): Promise<ProbeAnswer> {
  const answer = await searchIds(api, account, { id: { is: NO_TRANSACTION } }, signal);
  const { exchange } = answer;
  if (answer.kind === 'ids') return { kind: 'accepted', exchange };
  // 426 counts as well: no refund of the account gets through while Braintree does not serve our version of its API any more.
  return { kind: answer.why.because === 'credentials' ? 'refused' : 'unavailable', exchange };
}
