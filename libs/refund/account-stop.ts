import type { Outcome } from './outcome.ts';
import { backOff, type RetryPolicy } from './what-next.ts';

/** Why an account stopped by itself. */
export type StopCause = 'credentials' | 'balance';

/** How an account stands in the database, on its clock. */
export interface AccountStanding {
  readonly stop: AccountStop | null;
  /** The refund that was last refused for the balance while the account ran. */
  readonly doubt: { readonly refundId: string; readonly ageMs: number } | null;
}

export interface AccountStop {
  /** `hand`: a person stopped it, and nothing but a person or the time they gave lets it go on. */
  readonly because: StopCause | 'hand';
  /** Until it may be tried whether it works again. */
  readonly leftMs: number;
  /** How often it was tried. */
  readonly turns: number;
}

/** What is to be written about an account. `run`: it goes on, and nothing is doubted. */
export type AccountChange =
  | { readonly kind: 'stop'; readonly because: StopCause; readonly turns: number; readonly pauseMs: number }
  | { readonly kind: 'doubt'; readonly refundId: string }
  | { readonly kind: 'run' };

/** What the answer to a call that could move money tells of its account, beside what it tells of its refund. */
export function accountNews(outcome: Outcome): StopCause | 'works' | null {
  switch (outcome.kind) {
    case 'succeeded':
    case 'pending':
      return 'works';
    case 'notApplied':
      return isForTheAccount(outcome) ? outcome.because : null;
    // A refusal may come before anybody looks at the balance, and an unknown one says nothing at all.
    case 'declined':
    case 'unknown':
      return null;
  }
}

/** The call moved nothing for a reason that is its account's and not its refund's. */
function isForTheAccount(
  outcome: Outcome,
): outcome is Outcome & { readonly kind: 'notApplied'; readonly because: StopCause } {
  return (
    outcome.kind === 'notApplied' && (outcome.because === 'credentials' || outcome.because === 'balance')
  );
}

/**
 * The call is not one of those that a refund is given up for: it moved nothing, and that is its account's fault, or of all its refunds together, or its
 * payment's, which settles in its own time. How long it waits for that is limited, and not how often it asks.
 */
export function isUncounted(outcome: Outcome): boolean {
  if (isForTheAccount(outcome)) return true;
  return (
    outcome.kind === 'notApplied' && (outcome.because === 'rateLimited' || outcome.because === 'notSettled')
  );
}

/** Whether a refusal of the credentials is news, to be confirmed by a harmless read. */
export function isToBeProbed({ stop }: AccountStanding): boolean {
  return stop === null || stop.because === 'balance';
}

/**
 * A refund's credentials were refused and the account was asked with a harmless read. Refused too: the account stops. Taken: something about this refund
 * `alone` is refused, and no other one waits for it. Not answered: neither is known, and the refund is tried again.
 */
export function afterProbe(
  standing: AccountStanding,
  probe: 'accepted' | 'refused' | 'unavailable',
  policy: RetryPolicy,
  random: number,
): { readonly change: AccountChange | null; readonly alone: boolean } {
  if (!isToBeProbed(standing)) return { change: null, alone: false };
  const change = probe === 'refused' ? stop('credentials', 0, policy, random) : null;
  return { change, alone: probe === 'accepted' };
}

/** One refund may ask for more than there is, so it only raises a doubt; the balance is too low for all when another one is refused meanwhile. */
export function afterBalanceRefused(
  { stop: stopped, doubt }: AccountStanding,
  refundId: string,
  policy: RetryPolicy,
  random: number,
): AccountChange | null {
  if (stopped !== null) return null;
  const isConfirmed = doubt !== null && doubt.refundId !== refundId && doubt.ageMs <= doubtForMs(policy);
  return isConfirmed ? stop('balance', 0, policy, random) : { kind: 'doubt', refundId };
}

/** A refund that waits for the balance is refused again within the longest pause between repeats; older doubt is of one that waits no more. */
function doubtForMs(policy: RetryPolicy): number {
  return policy.retryMaxMs * 2;
}

/** A refund went through. Only the one that was let through to try lets a stopped account go on: others may have been sent before the stop. */
export function afterWork({ stop: stopped, doubt }: AccountStanding, isTrial: boolean): AccountChange | null {
  if (stopped === null) return doubt === null ? null : { kind: 'run' };
  return isTrial && stopped.because === 'balance' ? { kind: 'run' } : null;
}

/** The next turn to try whether an account that stopped by itself works again; whoever writes this change has the turn. Null: it is nobody's turn. */
export function nextTurn(
  { stop: stopped }: AccountStanding,
  policy: RetryPolicy,
  random: number,
): (AccountChange & { readonly kind: 'stop' }) | null {
  if (stopped === null || stopped.because === 'hand' || stopped.leftMs > 0) return null;
  return stop(stopped.because, stopped.turns + 1, policy, random);
}

function stop(
  because: StopCause,
  turns: number,
  policy: RetryPolicy,
  random: number,
): AccountChange & { readonly kind: 'stop' } {
  const pauseMs = backOff(policy.retryFirstMs, policy.retryMaxMs, turns, random);
  return { kind: 'stop', because, turns, pauseMs };
}
