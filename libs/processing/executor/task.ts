import { Decimal } from 'decimal.js';
import type { RefundTask, StoredAttempt } from '#libs/provider-kit';
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
    options: kept.options ?? {},
    action,
    paymentHandle: view.paymentHandle,
    alone: isAlone(view),
  };
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
    references: attempt.references,
    alone: isAlone(view),
  };
}

/** Whether all money of the payment that moved, moves or may have moved is this refund's. */
export function isAlone({ state, completed, reserved, external, amount, held }: RefundView): boolean {
  const own = state === 'completed' ? (amount ?? '0') : '0';
  const isSum = (sum: string, part: string): boolean => new Decimal(sum).eq(part);
  return isSum(completed, own) && isSum(reserved, held) && isSum(external, '0');
}
