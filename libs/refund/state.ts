import { invariant } from './money.ts';

/** Every state and where it may go. The only place; the database, the diagram in docs/ and the tests are derived from it. */
export const TRANSITIONS = {
  requested: ['submitting', 'failed', 'review'],
  submitting: ['completed', 'pending', 'failed', 'unknown', 'requested'],
  pending: ['completed', 'failed', 'review'],
  unknown: ['completed', 'pending', 'failed', 'requested', 'review'],
  review: ['completed', 'failed', 'requested', 'unknown'],
  completed: ['reversed'],
  failed: [],
  reversed: [],
} as const satisfies Readonly<Record<string, readonly string[]>>;

export type RefundState = keyof typeof TRANSITIONS;

/** What a refund in `requested` waits for. Internal: stored and shown, never numbered. */
export type WaitingFor = 'turn' | 'retry' | 'settlement' | 'balance' | 'rateLimit' | 'account';

export function mayChange(from: RefundState, to: RefundState): boolean {
  return (TRANSITIONS[from] as readonly RefundState[]).includes(to);
}

/** Throws when our own code proposes a change that the table does not have. Facts from outside are asked with `mayChange` instead. */
export function assertChange(from: RefundState, to: RefundState): void {
  invariant(mayChange(from, to), `no transition from ${from} to ${to}`);
}

/** The state as a caller sees it: `submitting` is internal and reads as `requested`. */
export type VisibleState = Exclude<RefundState, 'submitting'>;

export function visibleState(state: RefundState): VisibleState {
  return state === 'submitting' ? 'requested' : state;
}

/** Whether the payment holds this refund's amount back. */
export function reserves(state: RefundState): boolean {
  return state === 'submitting' || state === 'pending' || state === 'unknown' || state === 'review';
}

/** Whether it is open if money left: a refund that does not fit beside such a one waits instead of being rejected. */
export function isDoubtful(state: RefundState): boolean {
  return state === 'unknown' || state === 'review';
}

export function isFinal(state: RefundState): boolean {
  return TRANSITIONS[state].length === 0;
}
