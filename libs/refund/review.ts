import type { Decimal } from 'decimal.js';
import type { ActBy, Failure, LookUpResult, Outcome } from './outcome.ts';
import type { RefundState } from './state.ts';
import { keyStillHolds, REFUSED_ALONE, type RetryPolicy } from './what-next.ts';

/**
 * What a person decides about a refund in review. `amount`: what was given back, needed where the request left it open and nothing was ever armed; otherwise
 * null. `absent`: they have proof that the provider has booked nothing of it.
 */
export type ReviewDecision =
  | { readonly as: 'completed'; readonly amount: Decimal | null }
  | { readonly as: 'failed'; readonly actBy: ActBy; readonly mayRequestAgain: boolean }
  | { readonly as: 'retry'; readonly absent: boolean };

export interface ReviewFacts {
  readonly state: RefundState;
  readonly reason: string | null;
  /** The provider refund it is bound to. */
  readonly providerRefundId: string | null;
  /** Of its attempts or of the request; null: it is not known yet. */
  readonly amount: Decimal | null;
  /** The provider refund that the person names. */
  readonly named: string | null;
  /** Its amount is held back: a call of it may have moved money. */
  readonly holds: boolean;
  /** Null: nothing of it was ever armed here. */
  readonly attempt: {
    readonly action: 'refund' | 'void';
    readonly keyed: boolean;
    readonly sameKeyLeftMs: number | null;
    /** Since the last moment at which a call of it can have been on its way, on the database's clock; below 0 while one may be. */
    readonly endedMsAgo: number;
  } | null;
}

export type ReviewRefusal =
  | 'REVIEW_NOT_OPEN'
  | 'REVIEW_NAME_MISSING'
  | 'REVIEW_NAMED_OTHERWISE'
  | 'REVIEW_AMOUNT_MISSING'
  | 'REVIEW_AMOUNT_DIFFERS'
  | 'REVIEW_TOO_EARLY'
  | 'REVIEW_ABSENCE_UNCONFIRMED'
  | 'REVIEW_RETRY_IMPOSSIBLE';

/**
 * What follows from a decision. `resend`: the same bytes under the same key, money may have moved: it stays reserved and unknown until the answer decides.
 * `same`: nothing was sent, or surely moved nothing: it goes its usual way. `new`: the last attempt is proved to have moved nothing and is replaced.
 */
export type ReviewStep =
  | { readonly kind: 'refused'; readonly code: ReviewRefusal; readonly text: string; readonly inMs?: number }
  | { readonly kind: 'completed'; readonly amount: Decimal }
  | { readonly kind: 'failed'; readonly failure: Failure }
  | { readonly kind: 'retry'; readonly attempt: 'resend' | 'same' | 'new' };

/** Reasons after which surely nothing has moved, where nothing is held for the refund. */
export const NOTHING_MOVED: readonly string[] = ['RETRIES_EXHAUSTED', 'WAITED_TOO_LONG', REFUSED_ALONE];

/** Decides whether a person's decision may be taken, before the provider is asked about it. */
export function stepOfReview(
  facts: ReviewFacts,
  decision: ReviewDecision,
  policy: Pick<RetryPolicy, 'visibilityDelayMs'>,
): ReviewStep {
  if (facts.state !== 'review')
    return refused('REVIEW_NOT_OPEN', `it is ${facts.state}: nobody has to decide it`);
  switch (decision.as) {
    case 'completed':
      return completed(facts, decision.amount);
    case 'failed':
      return tooEarly(facts, policy) ?? { kind: 'failed', failure: decided(decision) };
    case 'retry':
      return retry(facts, decision.absent, policy);
  }
}

function completed(facts: ReviewFacts, given: Decimal | null): ReviewStep {
  const { providerRefundId, named, attempt } = facts;
  const amount = facts.amount ?? given;
  if (providerRefundId !== null && named !== null && named !== providerRefundId)
    return refused('REVIEW_NAMED_OTHERWISE', `it is bound to provider refund ${providerRefundId}`);
  // A void changes the payment itself: the provider makes nothing that could be named.
  if (providerRefundId === null && named === null && attempt?.action !== 'void')
    return refused('REVIEW_NAME_MISSING', 'the refund at the provider that gave the money back is not named');
  if (amount === null)
    return refused('REVIEW_AMOUNT_MISSING', 'the request left its amount open: say what was given back');
  if (given !== null && !given.eq(amount))
    return refused('REVIEW_AMOUNT_DIFFERS', `it is a refund of ${amount.toFixed()}, and of nothing else`);
  return { kind: 'completed', amount };
}

/**
 * With its key the same attempt may go again, whatever became of it. Anything else is a second refund if the first one moved money: then a person has to
 * vouch that it did not, and nobody can before it must be visible.
 */
function retry(
  facts: ReviewFacts,
  absent: boolean,
  policy: Pick<RetryPolicy, 'visibilityDelayMs'>,
): ReviewStep {
  const { attempt, providerRefundId, holds } = facts;
  if (providerRefundId !== null)
    return refused(
      'REVIEW_RETRY_IMPOSSIBLE',
      `provider refund ${providerRefundId} was made for it: its end decides`,
    );
  const replaced = { kind: 'retry', attempt: attempt === null || attempt.keyed ? 'same' : 'new' } as const;
  if (!mayHaveMoved(facts)) return replaced;
  if (holds && attempt?.keyed === true && keyStillHolds(attempt.sameKeyLeftMs))
    return { kind: 'retry', attempt: 'resend' };
  if (!absent) return refused('REVIEW_ABSENCE_UNCONFIRMED', unconfirmed(facts));
  return (
    tooEarly(facts, policy) ?? (attempt === null ? replaced : ({ kind: 'retry', attempt: 'new' } as const))
  );
}

function mayHaveMoved({ holds, reason }: ReviewFacts): boolean {
  return holds || reason === null || !NOTHING_MOVED.includes(reason);
}

function unconfirmed({ attempt }: ReviewFacts): string {
  if (attempt === null) return 'it may have been carried out before: another call could pay a second time';
  return attempt.keyed
    ? 'the provider may have forgotten its key: another call could pay a second time'
    : 'it was sent without a key: another call could pay a second time';
}

/** What the provider does not show yet may still have been booked. */
function tooEarly(
  facts: ReviewFacts,
  { visibilityDelayMs }: Pick<RetryPolicy, 'visibilityDelayMs'>,
): ReviewStep | null {
  const { attempt } = facts;
  if (attempt === null || !mayHaveMoved(facts) || attempt.endedMsAgo >= visibilityDelayMs) return null;
  const inMs = visibilityDelayMs - attempt.endedMsAgo;
  const text = 'its last call may be on its way or not be visible yet, so nobody can know that nothing moved';
  return { kind: 'refused', code: 'REVIEW_TOO_EARLY', text, inMs };
}

function decided({ actBy, mayRequestAgain }: ReviewDecision & { readonly as: 'failed' }): Failure {
  const message = 'a person found that no money moved and ended the refund';
  return { kind: 'decided', code: 'DECIDED_BY_PERSON', message, actBy, mayRequestAgain };
}

/**
 * How a decision stands beside what the provider showed when it was asked just before. `underWay`: it is neither this nor that yet, but has a name from
 * now on, by which its end is found. `contradicts`: taken only where it `mayBeForced`; `unanswered` likewise.
 */
export type ReviewCheck =
  | { readonly kind: 'agrees'; readonly outcome: Succeeded | null }
  | { readonly kind: 'underWay'; readonly outcome: Outcome & { readonly kind: 'pending' } }
  | {
      readonly kind: 'contradicts' | 'unanswered';
      readonly text: string;
      readonly mayBeForced: boolean;
    };

type Succeeded = Outcome & { readonly kind: 'succeeded' };

const AGREES: ReviewCheck = { kind: 'agrees', outcome: null };

/** Compares a decision with a look-up. `isNew`: the person names a provider refund that is not bound to the refund yet. */
export function checkOfReview(
  decision: ReviewDecision['as'],
  shown: LookUpResult,
  isNew: boolean,
): ReviewCheck {
  switch (shown.kind) {
    case 'found':
      return decision === 'completed'
        ? completedBeside(shown.outcome, isNew)
        : nothingMovedBeside(decision, shown.outcome);
    case 'absent':
      return decision === 'completed' ? contradicts('the provider does not show it', true) : AGREES;
    case 'ambiguous':
      return contradicts(shown.text, true);
    case 'unavailable':
      return { kind: 'unanswered', text: shown.text, mayBeForced: true };
  }
}

function completedBeside(outcome: Outcome, isNew: boolean): ReviewCheck {
  switch (outcome.kind) {
    case 'succeeded':
      return { kind: 'agrees', outcome };
    case 'pending':
      return isNew ? { kind: 'underWay', outcome } : contradicts('the provider shows it under way', true);
    case 'declined':
      return contradicts(`the provider shows it as failed: ${outcome.code} ${outcome.text}`, true);
    case 'notApplied':
    case 'unknown':
      return contradicts(outcome.text, true);
  }
}

/** A person may know better than the provider's interface that nothing will move any more, but neither against money that has moved nor to send more. */
function nothingMovedBeside(decision: 'failed' | 'retry', outcome: Outcome): ReviewCheck {
  const mayBeForced = decision === 'failed';
  switch (outcome.kind) {
    case 'succeeded':
      return contradicts(`the provider shows that ${outcome.providerRefundId} gave the money back`, false);
    case 'pending':
      return contradicts(`the provider shows ${outcome.providerRefundId} under way`, mayBeForced);
    case 'declined':
      return decision === 'failed'
        ? AGREES
        : contradicts(`the provider shows it as failed: ${outcome.code} ${outcome.text}`, false);
    case 'notApplied':
      return AGREES;
    case 'unknown':
      return contradicts(outcome.text, mayBeForced);
  }
}

function contradicts(text: string, mayBeForced: boolean): ReviewCheck {
  return { kind: 'contradicts', text, mayBeForced };
}

function refused(code: ReviewRefusal, text: string): ReviewStep {
  return { kind: 'refused', code, text };
}
