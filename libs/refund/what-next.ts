import type { LookUpResult, NotAppliedBecause, Outcome } from './outcome.ts';
import type { WaitingFor } from './state.ts';

/** The numbers a decision needs; libs/processing fills them from the provider's capabilities and the account's configuration. Milliseconds. */
export interface RetryPolicy {
  readonly resend: 'sameKey' | 'never';
  /** Whether a look-up can find an attempt that never got an answer. */
  readonly lookUpByReference: boolean;
  readonly visibilityDelayMs: number;
  readonly firstLookUpMs: number;
  readonly pollFirstMs: number;
  readonly pollMaxMs: number;
  /** A pending or unknown refund older than this goes to review. */
  readonly overdueMs: number;
  /** See `nextReread`. */
  readonly rereadFirstMs: number;
  readonly rereadForMs: number;
  readonly retryFirstMs: number;
  readonly retryMaxMs: number;
  /** Calls of one refund that may end without effect before a person is asked. */
  readonly callsMax: number;
  /** How long a refund may stay in `requested` before a person is asked. */
  readonly waitingMaxMs: number;
}

export type AfterNotApplied =
  | {
      readonly kind: 'again';
      readonly inMs: number;
      readonly waitingFor: WaitingFor;
      /** `new`: the same bytes would be refused again, or may not be sent again. */
      readonly attempt: 'same' | 'new';
    }
  | { readonly kind: 'review'; readonly reason: string };

export interface TriesSoFar {
  readonly calls: number;
  /** Of these, calls that it is not given up for, this one included: see `isUncounted`. */
  readonly uncounted: number;
  readonly waitedMs: number;
  /** 0 ≤ random < 1: spreads retries of many refunds. */
  readonly random: number;
  /** Whether the attempt has an idempotency key. One without is fenced, once: whatever comes next is another attempt. */
  readonly keyed: boolean;
  /** See `afterProbe`. */
  readonly refusedAlone?: boolean;
}

/** The provider refuses the account for this refund and takes it for others. */
export const REFUSED_ALONE = 'CREDENTIALS_REFUSED_ALONE';

/** The call moved nothing: when to call again, and with which attempt. */
export function afterNotApplied(
  outcome: Outcome & { readonly kind: 'notApplied' },
  tries: TriesSoFar,
  policy: RetryPolicy,
): AfterNotApplied {
  if (tries.refusedAlone === true) return { kind: 'review', reason: REFUSED_ALONE };
  if (tries.calls - tries.uncounted >= policy.callsMax)
    return { kind: 'review', reason: 'RETRIES_EXHAUSTED' };
  if (tries.waitedMs >= policy.waitingMaxMs) return { kind: 'review', reason: 'WAITED_TOO_LONG' };
  const inMs = Math.max(
    outcome.retryAfterMs ?? 0,
    backOff(policy.retryFirstMs, longestPauseMs(outcome, policy), tries.calls, tries.random),
  );
  const attempt = tries.keyed && !NEEDS_NEW_ATTEMPT.has(outcome.because) ? 'same' : 'new';
  const soon = AT_ONCE.has(outcome.because) ? 0 : inMs;
  return { kind: 'again', inMs: soon, waitingFor: waitingFor(outcome), attempt };
}

/** A settlement takes days, and each call before its end makes one more attempt: at the end it is asked about as rarely as a refund that is pending. */
function longestPauseMs(
  { because }: Outcome & { readonly kind: 'notApplied' },
  { retryMaxMs, pollFirstMs }: RetryPolicy,
): number {
  return because === 'notSettled' ? Math.max(retryMaxMs, pollFirstMs) : retryMaxMs;
}

/** The provider refused these bytes, so they would be refused again, or it keeps their key with the refusal. */
const NEEDS_NEW_ATTEMPT: ReadonlySet<NotAppliedBecause> = new Set([
  'optionUnsupported',
  'keyRefused',
  'keySpent',
  'notSettled',
]);

/** The next attempt differs in what was refused: nothing has to pass first. */
const AT_ONCE: ReadonlySet<NotAppliedBecause> = new Set(['optionUnsupported', 'keyRefused']);

function waitingFor(outcome: Outcome & { readonly kind: 'notApplied' }): WaitingFor {
  switch (outcome.because) {
    case 'notSent':
    case 'busy':
    case 'optionUnsupported':
    case 'keyRefused':
    case 'keySpent':
      return 'retry';
    case 'rateLimited':
      return 'rateLimit';
    case 'notSettled':
      return 'settlement';
    case 'balance':
      return 'balance';
    case 'credentials':
      return 'account';
  }
}

export interface LookUpFacts {
  /** `ended`: failed or reversed. */
  readonly state: 'pending' | 'unknown' | 'review' | 'completed' | 'ended';
  readonly tries: number;
  /** Calls of the refund so far, those that it is not given up for left out. */
  readonly calls: number;
  /** Since the state was reached: how long a completed refund has been completed. */
  readonly stateAgeMs: number;
  /** Since the attempt's last call, on the database's clock. */
  readonly ageMs: number;
  /** What is left of the key's life; null without a key. */
  readonly sameKeyLeftMs: number | null;
  readonly random: number;
  /** See `afterProbe`. */
  readonly refusedAlone?: boolean;
}

/**
 * After a look-up. `decide`: the outcome says it. `look`: nothing new, look again. `resend`: the same attempt, byte for byte, once more:
 * the key makes it the same refund. Absence alone never makes a new attempt. `end`: it has ended and shows nothing else: looked at again in `againMs`, or
 * never (null); `alarm` is what somebody should know.
 */
export type AfterLookUp =
  | { readonly kind: 'decide'; readonly outcome: Outcome }
  | { readonly kind: 'look'; readonly inMs: number }
  | { readonly kind: 'resend' }
  | { readonly kind: 'review'; readonly reason: string }
  | { readonly kind: 'end'; readonly againMs: number | null; readonly alarm: string | null };

/** A resend must have this much of the key's life left, or it could arrive after the provider has forgotten the key. */
const KEY_MARGIN_MS = 60_000;

/**
 * Whether the provider still knows the key when the same attempt is sent at most `sentWithinMs` from now. Asked when a resend is decided and again
 * when it is its turn: it may have waited in its lane, behind a stopped account for days, and a forgotten key would pay a second time.
 */
export function keyStillHolds(sameKeyLeftMs: number | null, sentWithinMs = 0): boolean {
  return sameKeyLeftMs !== null && sameKeyLeftMs > sentWithinMs + KEY_MARGIN_MS;
}

export function afterLookUp(result: LookUpResult, facts: LookUpFacts, policy: RetryPolicy): AfterLookUp {
  if (facts.state === 'completed' || facts.state === 'ended') return afterTheEnd(result, facts, policy);
  switch (result.kind) {
    case 'found':
      return found(result.outcome, facts, policy);
    case 'ambiguous':
      return ambiguous(result, facts, policy);
    case 'unavailable':
      if (facts.refusedAlone === true && facts.state !== 'review')
        return { kind: 'review', reason: REFUSED_ALONE };
      return (
        overdue(facts, policy) ?? {
          kind: 'look',
          inMs: Math.max(result.retryAfterMs ?? 0, delayOf(facts, policy)),
        }
      );
    case 'absent':
      return facts.state === 'unknown'
        ? absent(facts, policy)
        : (overdue(facts, policy) ?? again(facts, policy));
  }
}

/**
 * A completed refund is read again because its money may come back; a failed or reversed one is looked at when something hints that its money moved
 * after all. Neither may go to review any more, so what cannot be read as either is told. A provider that does not answer is asked again.
 */
function afterTheEnd(result: LookUpResult, facts: LookUpFacts, policy: RetryPolicy): AfterLookUp {
  const againMs = facts.state === 'completed' ? nextReread(facts.stateAgeMs, policy) : null;
  switch (result.kind) {
    case 'found':
      return foundAfterTheEnd(result.outcome, facts, againMs);
    case 'ambiguous':
      return { kind: 'end', againMs, alarm: result.text };
    case 'absent':
      return {
        kind: 'end',
        againMs,
        alarm: facts.state === 'completed' ? 'the provider does not show it any more' : null,
      };
    case 'unavailable':
      return { kind: 'look', inMs: Math.max(result.retryAfterMs ?? 0, delayOf(facts, policy)) };
  }
}

function foundAfterTheEnd(outcome: Outcome, facts: LookUpFacts, againMs: number | null): AfterLookUp {
  switch (outcome.kind) {
    case 'succeeded':
    case 'declined':
      return { kind: 'decide', outcome };
    case 'pending':
      return facts.state === 'ended' ? { kind: 'decide', outcome } : { kind: 'end', againMs, alarm: null };
    case 'notApplied':
      return { kind: 'end', againMs, alarm: null };
    case 'unknown':
      return { kind: 'end', againMs, alarm: outcome.text };
  }
}

/**
 * When a refund that has been completed for this long is read again: first after `rereadFirstMs`, then after twice the pause each time, a last time
 * when it has been completed for `rereadForMs`. Null: its money is not expected back any more.
 */
export function nextReread(completedForMs: number, policy: RetryPolicy): number | null {
  const leftMs = policy.rereadForMs - completedForMs;
  return leftMs <= 0 ? null : Math.min(policy.rereadFirstMs + completedForMs, leftMs);
}

function found(outcome: Outcome, facts: LookUpFacts, policy: RetryPolicy): AfterLookUp {
  const final = outcome.kind === 'succeeded' || outcome.kind === 'declined';
  const news = final || (outcome.kind === 'pending' && facts.state === 'unknown');
  const mismatch = outcome.kind === 'unknown' && outcome.phase === 'mismatch';
  if (news || (mismatch && facts.state === 'pending')) return { kind: 'decide', outcome };
  // One wrong echo may pass; a refund that is still shown wrong when everything must be visible is for a person.
  if (mismatch && facts.state === 'unknown' && facts.ageMs >= policy.visibilityDelayMs)
    return { kind: 'review', reason: 'ANSWER_MISMATCH' };
  return overdue(facts, policy) ?? again(facts, policy);
}

/**
 * Calls after which a key is not believed any more to tell. Fewer: two answers that are lost in a row cost a person their time. More: a refund that the
 * provider refuses without saying whether it was made, as one that is more than what is left, holds up its lane for so many hours longer.
 */
const KEY_ASKED_MAX = 3;

/** Whether one that may be somebody else's is this one, the same attempt tells: under its key it is answered with its own refund, old or new. */
function ambiguous(
  { perhaps }: LookUpResult & { readonly kind: 'ambiguous' },
  facts: LookUpFacts,
  policy: RetryPolicy,
): AfterLookUp {
  if (facts.state === 'review') return again(facts, policy);
  const isKnown = policy.resend === 'sameKey' && keyStillHolds(facts.sameKeyLeftMs);
  const keyTells = isKnown && facts.calls < KEY_ASKED_MAX;
  return perhaps !== undefined && facts.state === 'unknown' && keyTells
    ? absent(facts, policy)
    : { kind: 'review', reason: 'AMBIGUOUS_LOOK_UP' };
}

function absent(facts: LookUpFacts, policy: RetryPolicy): AfterLookUp {
  const late = overdue(facts, policy);
  if (late !== null) return late;
  if (policy.resend === 'sameKey' && keyStillHolds(facts.sameKeyLeftMs)) return { kind: 'resend' };
  if (facts.ageMs < policy.visibilityDelayMs) return again(facts, policy);
  return { kind: 'review', reason: facts.sameKeyLeftMs === null ? 'NOT_FOUND_WITHOUT_KEY' : 'KEY_EXPIRED' };
}

function overdue(facts: LookUpFacts, policy: RetryPolicy): AfterLookUp | null {
  if (facts.state === 'review' || facts.ageMs < policy.overdueMs) return null;
  return { kind: 'review', reason: facts.state === 'pending' ? 'PENDING_OVERDUE' : 'UNKNOWN_OVERDUE' };
}

function again(facts: LookUpFacts, policy: RetryPolicy): AfterLookUp {
  return { kind: 'look', inMs: delayOf(facts, policy) };
}

function delayOf(facts: LookUpFacts, policy: RetryPolicy): number {
  return backOff(policy.pollFirstMs, policy.pollMaxMs, facts.tries, facts.random);
}

/** Doubles from `firstMs` to `maxMs`, spread over the upper half so that many waiters do not come back together. */
export function backOff(firstMs: number, maxMs: number, tries: number, random: number): number {
  const full = Math.min(maxMs, firstMs * 2 ** Math.min(tries, 30));
  return Math.round(full * (0.5 + random / 2));
}
