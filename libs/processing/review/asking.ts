import type { StoredAttempt } from '#libs/provider-kit';
import type { LookUpResult } from '#libs/refund';
import type { CallRow, RefundView } from '#libs/store';
import { lookUpRow } from '../executor/call-log.ts';
import { attemptOfNobody, everyReference, storedAttempt } from '../executor/task.ts';
import { uninterrupted } from '../executor/uninterrupted.ts';
import { withoutOthers } from '../executor/without-others.ts';
import type { NamedRefund } from './named-refund.ts';
import type { ReviewAccount } from './review-account.ts';

interface Shown {
  readonly result: LookUpResult;
  readonly call: CallRow;
}

/** What a person says that was made at the provider, and of which sum where they say one. */
interface Named {
  readonly named: NamedRefund | null;
  readonly amount: string | null;
}

/**
 * Asks the provider for the refund, by the name that a person gave (`said`) or by what is known of it; null where it cannot be asked.
 * `isAnothers`: whether a provider refund is known to belong to another refund, or to none of ours.
 */
export async function askProvider(
  view: RefundView,
  said: Named,
  account: ReviewAccount,
  isAnothers: (providerRefundId: string) => Promise<boolean>,
): Promise<Shown | null> {
  const attempt = soughtAttempt(view, said);
  if (!canBeAsked(attempt, account)) return null;
  const { reader } = account.module;
  const answer = await reader.lookUp(account.account, attempt, uninterrupted);
  const result = await withoutOthers(answer.result, isAnothers);
  return { result, call: { ...lookUpRow(attempt, { ...answer, result }), attemptNo: view.attemptNo } };
}

/** A provider that is asked with a secret knows nothing by the name that stands for it. */
function canBeAsked({ providerRefundId, handle }: StoredAttempt, { module, policy }: ReviewAccount): boolean {
  if (providerRefundId === null) return policy.lookUpByReference;
  return handle !== null || module.nameOfHandle === undefined;
}

function soughtAttempt(view: RefundView, { named, amount }: Named): StoredAttempt {
  const stored = view.attempt === null ? attemptOfNobody(view, amount) : storedAttempt(view);
  // A database that lost rows may know fewer attempts than were sent, and a person's word that nothing was booked is checked against all of them.
  const known = { ...stored, references: everyReference(view) };
  if (view.providerRefundId !== null || named === null) return known;
  // A provider takes a number that it gave itself a moment ago for under way although it does not show it yet. This one a person gave.
  return { ...known, ...named, armedAtMs: 0 };
}
