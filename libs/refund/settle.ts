import { invariant } from './money.ts';
import type { Failure, Outcome } from './outcome.ts';
import { mayChange, type RefundState } from './state.ts';

export interface SettleFacts {
  readonly state: RefundState;
  readonly providerRefundId: string | null;
  /** The refund was called again since the question behind this outcome was asked. */
  readonly calledSince?: boolean;
}

/**
 * What an outcome does to a refund as it is stored now. `none`: it adds nothing. `contradiction`: it cannot be true together with what is
 * stored; nothing changes, somebody is told. `failure` comes with `failed`; for `reversed` it says what the provider said.
 */
export type Settlement =
  | {
      readonly kind: 'change';
      readonly to: RefundState;
      readonly failure: Failure | null;
      readonly reviewReason: string | null;
    }
  | { readonly kind: 'none' }
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
  const clash = otherProviderRefund(facts, outcome);
  if (clash !== null) return clash;
  switch (outcome.kind) {
    case 'succeeded':
      return onSucceeded(facts, outcome.providerRefundId);
    case 'pending':
      return onPending(facts, outcome.providerRefundId);
    case 'declined':
      return onDeclined(facts.state, declined(outcome));
    case 'notApplied':
      return facts.state === 'submitting' ? change('requested') : NONE;
    case 'unknown':
      return onUnknown(facts.state, outcome.phase);
  }
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
 * Two provider refunds for one refund of ours would be money paid twice. And once a provider refund is known, only a decline that names it is about
 * it: a late refusal of some call (a receipt taken, nothing left to refund) would otherwise fail or reverse money that is on its way.
 */
function otherProviderRefund(facts: SettleFacts, outcome: Outcome): Settlement | null {
  if (outcome.kind === 'notApplied' || outcome.kind === 'unknown') return null;
  const known = facts.providerRefundId;
  if (known === null || known === outcome.providerRefundId) return null;
  const named = outcome.providerRefundId ?? 'none';
  return contradiction(`bound to provider refund ${known}, but a ${outcome.kind} answer names ${named}`);
}

function onSucceeded(facts: SettleFacts, providerRefundId: string): Settlement {
  switch (facts.state) {
    case 'submitting':
    case 'pending':
    case 'unknown':
    case 'review':
      return change('completed');
    case 'completed':
      return NONE;
    case 'requested':
    case 'failed':
    case 'reversed':
      return contradiction(`${facts.state}, but provider refund ${providerRefundId} succeeded`);
  }
}

function onPending({ state, providerRefundId: known }: SettleFacts, providerRefundId: string): Settlement {
  switch (state) {
    case 'submitting':
    case 'unknown':
      return change('pending');
    case 'pending':
    case 'review':
    case 'completed':
      return NONE;
    case 'failed':
    case 'reversed':
      // An answer from before the very same provider refund was declined, heard late.
      if (known === providerRefundId) return NONE;
      return contradiction(`${state}, but provider refund ${providerRefundId} is under way`);
    case 'requested':
      return contradiction(`${state}, but provider refund ${providerRefundId} is under way`);
  }
}

function onDeclined(state: RefundState, failure: Failure): Settlement {
  switch (state) {
    case 'submitting':
    case 'pending':
    case 'unknown':
    case 'review':
      return { kind: 'change', to: 'failed', failure, reviewReason: null };
    case 'completed':
      return { kind: 'change', to: 'reversed', failure, reviewReason: null };
    case 'requested':
    case 'failed':
    case 'reversed':
      return NONE;
  }
}

function onUnknown(state: RefundState, phase: string): Settlement {
  if (state === 'submitting') return change('unknown');
  if (state === 'pending' && phase === 'mismatch') return toReview('ANSWER_MISMATCH');
  return NONE;
}

function change(to: RefundState): Settlement {
  return { kind: 'change', to, failure: null, reviewReason: null };
}

/** For a person to decide, with the reason they are shown. */
export function toReview(reason: string): Settlement & { readonly kind: 'change' } {
  return { kind: 'change', to: 'review', failure: null, reviewReason: reason };
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
