import { Decimal } from 'decimal.js';
import { reserves, type RefundState } from '#libs/refund';
import type { RefundView } from '#libs/store';

/** What the change adds to the payment's completed sum. */
export function completedBy(to: RefundState, amount: string): string {
  if (to === 'completed') return amount;
  return to === 'reversed' ? `-${amount}` : '0';
}

/** What is left on the payment once the change is stored, as `RefundCompleted` tells it; `left` is what was left before. */
export function remainingAfter(view: RefundView, left: Decimal | null, to: RefundState): string | null {
  if (left === null) return null;
  const released = reserves(view.state as RefundState) && !reserves(to) && to !== 'completed';
  const back =
    released || to === 'reversed'
      ? new Decimal(to === 'reversed' ? (view.amount ?? 0) : view.held)
      : new Decimal(0);
  return left.plus(back).toFixed();
}
