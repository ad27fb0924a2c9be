import { eventAmount, linesOf, writeEntry, type BookNames, type Change } from '#libs/contracts';
import { visibleState, type Failure, type References, type RefundState, type WaitingFor } from '#libs/refund';
import type { JournalRow, RefundView } from '#libs/store';

/** What changed, as far as an event tells it. */
export interface VisibleChange {
  readonly to: RefundState;
  readonly failure: Failure | null;
  readonly providerRefundId: string | null;
  readonly references: References;
  readonly completedAtMs: number | null;
  /** What is left on the payment after the change; null when not known. */
  readonly remaining: string | null;
  readonly amount: string | null;
  /** Armed so far; an attempt that is sent again is still the same one. */
  readonly attempts: number;
  /** Null: nothing but its turn, or the state waits for nothing. */
  readonly waitingFor: WaitingFor | null;
  readonly nextActionAtMs: number | null;
  readonly cause: string;
  readonly nowMs: number;
}

/** The journal entry of a change that a caller can see; null for an internal one (`submitting`, what it waits for). */
export function journalEntry(
  view: RefundView,
  change: VisibleChange,
  { statusEvents, books }: { readonly statusEvents: boolean; readonly books: BookNames },
): JournalRow | null {
  const to = visibleState(change.to);
  if (to === visibleState(view.state as RefundState)) return null;
  const amount = eventAmount(change.amount, view.currency);
  const facts = {
    refundId: view.refundId,
    provider: view.provider,
    account: view.account,
    mode: view.mode,
    paymentId: view.paymentId,
    amount,
    currency: view.currency,
    orderId: (JSON.parse(view.task) as { orderId?: string }).orderId ?? null,
    requestEventId: view.ceId,
    freeText: view.freeText,
    freeDigest: view.freeDigest,
  };
  const at = new Date(change.nowMs).toISOString();
  const details: Change = {
    sequence: view.sequence + 1,
    occurredAt: at,
    state: to,
    waitingFor: change.waitingFor,
    attempts: change.attempts,
    providerRefundId: change.providerRefundId,
    failure: change.failure,
    action: view.attempt?.action ?? 'refund',
    references: change.references,
    remaining: eventAmount(change.remaining, view.currency),
    lines: to === 'completed' || to === 'reversed' ? linesOf(facts, to, books) : [],
    ...(to === 'completed'
      ? { completedAt: new Date(change.completedAtMs ?? change.nowMs).toISOString() }
      : {}),
    ...(to === 'reversed' ? { reverses: `${view.refundId}.${String(view.sequence)}` } : {}),
    ...(change.nextActionAtMs === null
      ? {}
      : { nextActionAt: new Date(change.nextActionAtMs).toISOString() }),
  };
  const entry = writeEntry(facts, details);
  return {
    refundId: view.refundId,
    paymentId: view.paymentId,
    occurredAtMs: change.nowMs,
    cause: change.cause,
    traceparent: view.traceparent,
    status: entry.status,
    result: entry.result,
    resultType: entry.resultType,
    digest: entry.digest,
    publish: statusEvents || entry.result !== null,
  };
}
