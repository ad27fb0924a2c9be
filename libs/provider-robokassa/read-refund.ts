import {
  unavailable,
  type ProviderAccount,
  type ProviderRefund,
  type ProviderRefundAnswer,
  type RefundDesk,
} from '#libs/provider-kit';
import { credentialsOf } from './account.ts';
import { isLegacySuccess, refundMeaning } from './status-table.ts';
import { legacyInvoiceOf } from './v1/document.ts';

/**
 * The state of a refund that the store knows, in the form of a listing: RoboKassa has none. It tells neither payment nor currency, and the legacy
 * interface no amount either; what is not told is as asked for, or empty.
 */
export async function readRefund(
  desk: RefundDesk,
  account: ProviderAccount,
  asked: { readonly providerRefundId: string; readonly handle: string | null; readonly paymentId: string },
  signal: AbortSignal,
): Promise<ProviderRefundAnswer> {
  const { providerRefundId, handle, paymentId } = asked;
  const isLegacy = legacyInvoiceOf(providerRefundId) !== null;
  if (handle === null && !isLegacy) return unavailable('noAnswer', 'the number of its request is not known');
  const answer = await desk.show(account, { providerRefundId, handle, paymentId: null }, signal);
  if (answer.kind === 'refused') return unavailable('noAnswer', answer.text);
  if (answer.kind !== 'shown') return answer;
  const { amount, status } = answer.refund;
  return {
    kind: 'read',
    refund: {
      providerRefundId,
      paymentId,
      amount: amount ?? '',
      currency: credentialsOf(account).currency,
      status: isLegacy ? legacyStatus(status) : listedStatus(status),
      reference: null,
      refundId: null,
      createdAtMs: null,
    },
  };
}

function listedStatus(label: string): ProviderRefund['status'] {
  const meaning = refundMeaning(label);
  if (meaning === null) return 'unlisted';
  return meaning === 'cancelled' ? 'failed' : meaning;
}

function legacyStatus(state: string): ProviderRefund['status'] {
  return isLegacySuccess(state) ? 'succeeded' : 'unlisted';
}
