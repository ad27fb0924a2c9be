import { Decimal } from 'decimal.js';
import { attemptReference, type RefundTask, type StoredAttempt } from '#libs/provider-kit';
import { invariant } from '#libs/refund';
import type { RefundView } from '#libs/store';

/** What intake keeps of a request for the executor, as JSON in the store. Free text is kept apart, so that it can be erased. */
export interface KeptTask {
  readonly orderId?: string;
  readonly options?: Readonly<Record<string, unknown>>;
}

interface FreeText {
  readonly reason?: string;
  readonly metadata?: Readonly<Record<string, string>>;
}

/** The refund as its provider's module needs it, with the amount that was decided. */
export function taskOf(view: RefundView, amount: string, action: 'refund' | 'void'): RefundTask {
  const kept = JSON.parse(view.task) as KeptTask;
  const free = view.freeText === '' ? {} : (JSON.parse(`{${view.freeText}}`) as FreeText);
  return {
    refundId: view.refundId,
    paymentId: view.paymentId,
    amount,
    currency: view.currency,
    orderId: kept.orderId ?? null,
    reason: free.reason ?? null,
    metadata: free.metadata ?? {},
    options: optionsOf(view),
    action,
    paymentHandle: view.paymentHandle,
    alone: isAlone(view),
  };
}

/** What the caller gave as `providerOptions`. */
export function optionsOf(view: RefundView): Readonly<Record<string, unknown>> {
  return (JSON.parse(view.task) as KeptTask).options ?? {};
}

/**
 * Attempts of which a database that lost rows may know nothing. Fewer: one that was paid after more refusals than that, without a key, is not found and
 * paid again. More: a refund that is taken in late and was never sent costs more searches, at a provider that searches for each reference. Refusals that do
 * not count may be many more: see `PreparedAttempt`.
 */
const ATTEMPTS_FORGOTTEN_MAX = 10;

/** References of all attempts that the refund has or may have had: any of them shows that a provider refund is ours. */
export function everyReference({ refundId, attemptNo, attempt }: RefundView): readonly string[] {
  const most = Math.max(attemptNo, ATTEMPTS_FORGOTTEN_MAX);
  const foreseen = Array.from({ length: most }, (_, index) => attemptReference(refundId, index + 1));
  return [...new Set([...(attempt?.references ?? []), ...foreseen])];
}

/** The attempt as stored; there must be one. */
export function storedAttempt(view: RefundView): StoredAttempt {
  const { attempt } = view;
  invariant(attempt !== null, `refund ${view.refundId} in ${view.state} has no attempt`);
  return {
    refundId: view.refundId,
    attemptNo: view.attemptNo,
    paymentId: view.paymentId,
    action: attempt.action,
    key: attempt.key,
    reference: attempt.reference,
    content: attempt.content,
    amount: attempt.amount,
    currency: attempt.currency,
    armedAtMs: attempt.armedAtMs,
    providerRefundId: view.providerRefundId,
    handle: view.handle,
    // Its name is known, so this asks nobody anything more: a refund found after rows were lost may carry the reference of a later attempt.
    references: view.providerRefundId === null ? attempt.references : everyReference(view),
    alone: isAlone(view),
    options: optionsOf(view),
  };
}

/**
 * What is asked for where nothing was ever armed here: what was sent before, if anything, had the reference of a first attempt. `given`: the sum that a person
 * names where the request left it open; 0 stands for one that nobody knows.
 */
export function attemptOfNobody(view: RefundView, given: string | null = null): StoredAttempt {
  const reference = attemptReference(view.refundId, 1);
  return {
    refundId: view.refundId,
    attemptNo: 1,
    paymentId: view.paymentId,
    action: 'refund',
    key: null,
    reference,
    content: '',
    amount: view.amount ?? view.asked ?? given ?? '0',
    currency: view.currency,
    // A provider takes a number that it gave itself a moment ago for under way although it does not show it yet. A person's it did not give a moment ago.
    armedAtMs: view.providerRefundId === null ? Date.now() : 0,
    providerRefundId: view.providerRefundId,
    handle: view.handle,
    references: [reference],
    alone: isAlone(view),
    options: optionsOf(view),
  };
}

/** Whether all money of the payment that moved, moves or may have moved is this refund's. */
export function isAlone({ state, completed, reserved, external, amount, held }: RefundView): boolean {
  const own = state === 'completed' ? (amount ?? '0') : '0';
  const isSum = (sum: string, part: string): boolean => new Decimal(sum).eq(part);
  return isSum(completed, own) && isSum(reserved, held) && isSum(external, '0');
}
