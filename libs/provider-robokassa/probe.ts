import type { ProbeAnswer, ProviderAccount } from '#libs/provider-kit';
import type { RobokassaApi } from './api-call.ts';
import { readOperationState } from './operation-state.ts';
import { askOperationState } from './payment.ts';
import { resultMeaning } from './status-table.ts';

/** 0 asks RoboKassa for a number when a payment is made, so no payment has it. */
const NO_INVOICE = '0';

/**
 * Asks for the state of an invoice that cannot be: "not found" says that login and Password #2 were taken. It proves nothing of Password #3, which signs
 * refunds: no call takes that without making one.
 */
export async function probe(
  api: RobokassaApi,
  account: ProviderAccount,
  signal: AbortSignal,
): Promise<ProbeAnswer> {
  const { fact, exchange } = await askOperationState(api, account, NO_INVOICE, signal);
  const state = fact.kind === 'answered' && fact.httpStatus === 200 ? readOperationState(fact.body) : null;
  switch (state === null ? null : resultMeaning(state.resultCode)) {
    case 'answered':
    case 'notFound':
    case 'ambiguous':
      return { kind: 'accepted', exchange };
    case 'credentials':
      return { kind: 'refused', exchange };
    case 'trouble':
    case null:
      return { kind: 'unavailable', exchange };
  }
}
