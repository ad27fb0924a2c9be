import { Decimal } from 'decimal.js';
import { reserves, type Outcome, type RefundState, type RetryPolicy } from '#libs/refund';
import type { RefundView, SettleRow } from '#libs/store';

/** What the provider calls its refund, and what it must be asked with where that is another, secret name. */
export function namesOf(outcome: Outcome | null): {
  readonly providerRefundId: string | null;
  readonly handle: string | null;
} {
  return {
    providerRefundId: outcome !== null && 'providerRefundId' in outcome ? outcome.providerRefundId : null,
    handle: outcome !== null && 'handle' in outcome ? (outcome.handle ?? null) : null,
  };
}

/**
 * Whether the refund's attempt has no key: it holds up its lane while its outcome is doubtful, or the payment's next refund could be taken for it. The
 * attempt tells and not the provider, whose merchants may have to go without keys; the provider tells where there is no attempt yet.
 */
export function isWithoutKey({ attempt }: RefundView, { resend }: RetryPolicy): boolean {
  return attempt === null ? resend === 'never' : attempt.key === null;
}

/** What the change adds to the payment's completed sum. */
export function completedBy(to: RefundState, amount: string): string {
  if (to === 'completed') return amount;
  return to === 'reversed' ? `-${amount}` : '0';
}

/** The holder of a lane says when it goes on. Without the lane only three things move it: who was its head left, who comes back, who was in doubt no longer is. */
export function laneDue(holds: boolean, leaves: number, doubt: number, laneMs: number | null): number | null {
  if (holds || leaves === -1) return laneMs;
  return leaves === 1 || doubt === -1 ? 0 : null;
}

/** What is left on the payment once the change is stored, as `RefundCompleted` tells it. */
export function remainingAfter(view: RefundView, left: Decimal | null, to: RefundState): string | null {
  // Where nothing, or another sum, was held for it, `left` may or may not count its money already: only a reading tells.
  const wasHeld = new Decimal(view.held).eq(view.amount ?? 0);
  if (left === null || (to === 'completed' && !wasHeld)) return null;
  const released = reserves(view.state as RefundState) && !reserves(to) && to !== 'completed';
  const back =
    released || to === 'reversed'
      ? new Decimal(to === 'reversed' ? (view.amount ?? 0) : view.held)
      : new Decimal(0);
  return left.plus(back).toFixed();
}

/** The row by which a refund that held nothing holds its amount again, as it was paid: nothing else of the payment may be promised that money. */
export function heldAgain(row: SettleRow, { amount, attempt, asked }: RefundView): SettleRow {
  const sum = amount ?? attempt?.amount ?? asked ?? '0';
  return { ...row, release: `-${sum}`, held: sum, amount: sum };
}
