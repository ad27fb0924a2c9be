import type { LookUpResult } from '#libs/refund';
import type { ExecutorStore, RefundView } from '#libs/store';

/** The ordinal under which a provider refund is kept that is none of ours. */
const RECORDED_ELSEWHERE = 0;

/**
 * What a look-up showed, with what is stored: provider refunds that are known to be another refund's, or nobody's of ours, cannot be the one that was
 * asked for, and where all that may be it are such, nothing is in doubt any more.
 */
export async function withoutOthers(
  shown: LookUpResult,
  isAnothers: (providerRefundId: string) => Promise<boolean>,
): Promise<LookUpResult> {
  if (shown.kind !== 'ambiguous' || shown.perhaps === undefined) return shown;
  const { providerRefundIds, otherwise } = shown.perhaps;
  for (const providerRefundId of providerRefundIds) if (!(await isAnothers(providerRefundId))) return shown;
  return await withoutOthers(otherwise, isAnothers);
}

/** What was shown, where nothing that is only perhaps the refund can be it. */
export function nothingPerhaps(shown: LookUpResult): LookUpResult {
  return shown.kind === 'ambiguous' && shown.perhaps !== undefined
    ? nothingPerhaps(shown.perhaps.otherwise)
    : shown;
}

/**
 * Whether a provider refund belongs to another refund than this one, or is recorded as none of ours. `rowsLost`: rows of this one may have been lost; then
 * what it was paid by may have been recorded as made elsewhere since, for want of them, and only another refund's is not its own.
 */
export function ownedBeside(
  { merchantNo, paymentNo, ordinal }: RefundView,
  store: Pick<ExecutorStore, 'ownerOf'>,
  rowsLost: boolean,
): (providerRefundId: string) => Promise<boolean> {
  return async (providerRefundId) => {
    const owner = await store.ownerOf(merchantNo, providerRefundId);
    if (owner === null || (owner.paymentNo === paymentNo && owner.ordinal === ordinal)) return false;
    return owner.ordinal !== RECORDED_ELSEWHERE || !rowsLost;
  };
}
