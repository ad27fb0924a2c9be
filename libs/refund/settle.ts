import { invariant } from './money.ts';
import type { Failure, NotAppliedBecause, Outcome } from './outcome.ts';
import { mayChange, type RefundState } from './state.ts';

export interface SettleFacts {
  readonly state: RefundState;
  readonly providerRefundId: string | null;
  /**
   * The answer is to a call of this refund, and the id is the provider's own: another id in it is a second refund made for this one. Otherwise it may be a
   * neighbour's that a look-up took for this one's, or the very refund that a person gave another name.
   */
  readonly secondIsCertain?: boolean;
  /** The refund was called again since the question behind this outcome was asked. */
  readonly calledSince?: boolean;
  /** The question was asked after the refund had come to this state: the answer is newer than whatever ended it. */
  readonly askedSince?: boolean;
}

/**
 * What an outcome does to a refund as it is stored now. `none`: it adds nothing. `contradiction`: it cannot be true together with what is
 * stored; nothing changes, somebody is told. `external`: the refund has ended without the money or has another provider refund, and it moved all the
 * same. `look`: that may be old news, which a question asked now decides. `name`: it stays with a person, but is known by the provider's name from now on. `failure` comes with `failed`; for `reversed` it says what the provider said.
 */
export type Settlement =
  | {
      readonly kind: 'change';
      readonly to: RefundState;
      readonly failure: Failure | null;
      readonly reviewReason: string | null;
    }
  | { readonly kind: 'none' }
  | { readonly kind: 'look' }
  | { readonly kind: 'name' }
  | {
      readonly kind: 'external';
      readonly providerRefundId: string;
      readonly shown: 'succeeded' | 'pending';
      readonly text: string;
    }
  | { readonly kind: 'contradiction'; readonly text: string };

const NONE: Settlement = { kind: 'none' };

/** Decides one answer against the state stored now, whoever asked and however late it came. */
export function settle(facts: SettleFacts, outcome: Outcome): Settlement {
  const settlement = decide(facts, outcome);
  if (settlement.kind === 'change')
    invariant(mayChange(facts.state, settlement.to), `${facts.state} to ${settlement.to}`);
  return settlement;
}

function decide(facts: SettleFacts, outcome: Outcome): Settlement {
  if (facts.calledSince === true && !namesProviderRefund(outcome)) return NONE;
  const { state } = facts;
  if (state === 'failed' || state === 'reversed') return afterTheEnd({ ...facts, state }, outcome);
  const clash = otherProviderRefund(facts, outcome);
  if (clash !== null) return clash;
  switch (outcome.kind) {
    case 'succeeded':
      return onSucceeded(state);
    case 'pending':
      return onPending({ ...facts, state });
    case 'declined':
      return onDeclined(state, declined(outcome));
    case 'notApplied':
      return onNotApplied(state, outcome.because);
    case 'unknown':
      return onUnknown(state, outcome.phase);
  }
}

/**
 * Nothing changes a refund that has failed or was reversed. Money that moved all the same is kept as a refund
 * of the payment that is not this one; where the very provider refund is named whose failure is stored, only an answer to a later question says so.
 */
function afterTheEnd(
  facts: SettleFacts & { readonly state: 'failed' | 'reversed' },
  outcome: Outcome,
): Settlement {
  if (outcome.kind !== 'succeeded' && outcome.kind !== 'pending')
    return otherProviderRefund(facts, outcome) ?? NONE;
  const { kind: shown, providerRefundId } = outcome;
  const isOldNews = facts.providerRefundId === providerRefundId && facts.askedSince !== true;
  if (isOldNews) return { kind: 'look' };
  const text = `${facts.state}, but provider refund ${providerRefundId} ${movedWord(shown)}`;
  return { kind: 'external', providerRefundId, shown, text };
}

/**
 * An answer that names no provider refund speaks of its own call alone. Once another call is out it would release, or fail, what that call is about
 * to pay: the answer to a refused or unapplied call that waited for the database, while another worker looked up and sent the attempt again.
 */
function namesProviderRefund(outcome: Outcome): boolean {
  switch (outcome.kind) {
    case 'succeeded':
    case 'pending':
      return true;
    case 'declined':
      return outcome.providerRefundId !== null;
    case 'notApplied':
    case 'unknown':
      return false;
  }
}

/**
 * Two provider refunds for one refund of ours are money paid twice: the second is kept as one of the payment that is not this one, and stops the payment.
 * And once a provider refund is known, only a decline that names it is about it: a late refusal of some call (a receipt taken, nothing left to refund)
 * would otherwise fail or reverse money that is on its way.
 */
function otherProviderRefund(facts: SettleFacts, outcome: Outcome): Settlement | null {
  if (outcome.kind === 'notApplied' || outcome.kind === 'unknown') return null;
  const known = facts.providerRefundId;
  if (known === null || known === outcome.providerRefundId) return null;
  const named = outcome.providerRefundId ?? 'none';
  if (outcome.kind !== 'declined' && facts.secondIsCertain === true) {
    const text = `${facts.state} and bound to provider refund ${known}, but ${named} ${movedWord(outcome.kind)} too`;
    return { kind: 'external', providerRefundId: named, shown: outcome.kind, text };
  }
  return contradiction(`bound to provider refund ${known}, but a ${outcome.kind} answer names ${named}`);
}

/** Refusals of the whole attempt under its key: had an earlier call of it moved money, the key would have answered with that. */
const REFUSES_ATTEMPT: ReadonlySet<NotAppliedBecause> = new Set(['keySpent', 'notSettled']);

/** Any other reason speaks of its own call alone; the call before it may have moved money. */
function onNotApplied(state: Lasting, because: NotAppliedBecause): Settlement {
  const isProof = state === 'submitting' || (state === 'unknown' && REFUSES_ATTEMPT.has(because));
  return isProof ? change('requested') : NONE;
}

type Lasting = Exclude<RefundState, 'failed' | 'reversed'>;

/**
 * A refund that waits to be sent has been paid already: somebody vouched wrongly that nothing of it was booked. Sent, it would be paid a second time.
 * A person is asked, and a look-up by the name that is known now may end it before.
 */
const PAID_BEFORE = toReview('ANSWER_AFTER_RETRY');

function onSucceeded(state: Lasting): Settlement {
  switch (state) {
    case 'submitting':
    case 'pending':
    case 'unknown':
    case 'review':
      return change('completed');
    case 'completed':
      return NONE;
    case 'requested':
      return PAID_BEFORE;
  }
}

function onPending({
  state,
  providerRefundId: known,
}: SettleFacts & { readonly state: Lasting }): Settlement {
  switch (state) {
    case 'submitting':
    case 'unknown':
      return change('pending');
    case 'review':
      // A late answer may be the only one that ever tells the name, and by it look-ups find the end without a person.
      return known === null ? { kind: 'name' } : NONE;
    case 'pending':
    case 'completed':
      return NONE;
    case 'requested':
      return PAID_BEFORE;
  }
}

function onDeclined(state: Lasting, failure: Failure): Settlement {
  switch (state) {
    case 'submitting':
    case 'pending':
    case 'unknown':
    case 'review':
      return { kind: 'change', to: 'failed', failure, reviewReason: null };
    case 'completed':
      return { kind: 'change', to: 'reversed', failure, reviewReason: null };
    case 'requested':
      return NONE;
  }
}

function onUnknown(state: Lasting, phase: string): Settlement {
  if (state === 'submitting') return change('unknown');
  const isOpen = state === 'pending' || state === 'requested';
  if (isOpen && phase === 'mismatch') return toReview('ANSWER_MISMATCH');
  return NONE;
}

function change(to: RefundState): Settlement {
  return { kind: 'change', to, failure: null, reviewReason: null };
}

/** For a person to decide, with the reason they are shown. */
export function toReview(reason: string): Settlement & { readonly kind: 'change' } {
  return { kind: 'change', to: 'review', failure: null, reviewReason: reason };
}

function movedWord(shown: 'succeeded' | 'pending'): string {
  return shown === 'pending' ? 'is under way' : 'succeeded';
}

function contradiction(text: string): Settlement {
  return { kind: 'contradiction', text };
}

function declined(outcome: Outcome & { readonly kind: 'declined' }): Failure {
  const cancelled = outcome.cancelled === true;
  return {
    kind: cancelled ? 'cancelled' : 'declined',
    code: cancelled ? 'CANCELLED_AT_PROVIDER' : 'PROVIDER_DECLINED',
    message: cancelled ? 'the refund was cancelled at the provider' : 'the provider refused the refund',
    provider: { code: outcome.code, text: outcome.text },
    actBy: outcome.actBy,
    mayRequestAgain: outcome.mayRequestAgain,
  };
}
