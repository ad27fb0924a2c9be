import { Decimal } from 'decimal.js';
import type { BookNames } from '#libs/contracts';
import {
  afterNotApplied,
  amountLeft,
  backOff,
  isDoubtful,
  isFinal,
  isUncounted,
  nextReread,
  reserves,
  settle,
  toReview,
  type Failure,
  type Outcome,
  type RefundState,
  type RetryPolicy,
  type Settlement,
  type WaitingFor,
} from '#libs/refund';
import { PARKED, type CallRow, type JournalRow, type RefundView, type SettleRow } from '#libs/store';
import { journalEntry } from '../journal-entry.ts';
import { newAttemptReason } from './new-attempt.ts';
import { completedBy, isWithoutKey, laneDue, namesOf, remainingAfter } from './row-parts.ts';

/** A refund as we believe it to be, with the payment's version that makes this true. */
export interface Standing {
  readonly view: RefundView;
  readonly version: number;
  /** Our lease on its lane; null when decided without holding it. */
  readonly token: string | null;
  /** captured − completed − reserved − external, this refund's own reservation included in reserved. */
  readonly left: Decimal | null;
}

export function standingOf(view: RefundView, token: string | null): Standing {
  return { view, version: view.version, token, left: leftOf(view) };
}

function leftOf(view: RefundView): Decimal | null {
  return amountLeft({
    captured: view.captured === null ? null : new Decimal(view.captured),
    completed: new Decimal(view.completed),
    reserved: new Decimal(view.reserved),
    external: new Decimal(view.external),
  });
}

export interface SettleContext {
  /** Of the refund's account, what its changes depend on. */
  readonly account: { readonly policy: RetryPolicy; readonly spacingMs: number };
  readonly statusEvents: boolean;
  readonly books: BookNames;
  readonly nowMs: number;
  readonly random: number;
  readonly cause: string;
}

/** A change that is not an answer of the provider: our own rules, a wait, a person. */
export interface OwnChange {
  readonly to: RefundState;
  readonly failure: Failure | null;
  readonly reviewReason: string | null;
  readonly waitingFor: WaitingFor | null;
  /** When the lane is due again; PARKED = until somebody moves it. */
  readonly laneMs: number;
}

/** Nothing changes: the base of every change of our own. */
export const STAY: OwnChange = {
  to: 'requested',
  failure: null,
  reviewReason: null,
  waitingFor: null,
  laneMs: 0,
};

/** A person is asked, with the reason they are shown. */
export function toPerson(reviewReason: string): OwnChange {
  return { ...STAY, to: 'review', reviewReason };
}

/** The row for a change of our own (rejected before anything was sent, waiting for something). */
export function ownRow(standing: Standing, change: OwnChange, context: SettleContext): SettleRow {
  const lookUpMs = change.to === 'review' ? context.account.policy.pollMaxMs : null;
  return buildRow(standing, { ...NOTHING, ...change, lookUpMs, resend: false }, context, null);
}

/**
 * The row for a provider's answer, or null when nothing is to be written but the call itself (and no lease is to be ended).
 * `stayed` answers with a lease still end it: the lane goes on.
 */
export function answerRow(
  standing: Standing,
  settlement: Settlement,
  outcome: Outcome,
  call: CallRow | null,
  context: SettleContext,
): SettleRow | null {
  if (settlement.kind === 'change') return changeRow(standing, settlement, outcome, call, context);
  if (settlement.kind === 'look') return lookNowRow(standing, null, call, context);
  if (settlement.kind === 'name') return lookNowRow(standing, outcome, call, context);
  if (standing.token === null) return null;
  return stayRow(standing, outcome, call, context);
}

/** A change with all that follows from it. */
export type Written = Omit<OwnChange, 'laneMs'> & {
  readonly laneMs: number | null;
  readonly lookUpMs: number | null;
  readonly resend: boolean;
  readonly outcome: Outcome | null;
  readonly readingStale: boolean;
  /** Calls to be left out of the refund's count. */
  readonly uncounted: number;
  /** Overrides whether the refund is in its lane afterwards. */
  readonly inLane?: boolean;
};

export const NOTHING = {
  failure: null,
  reviewReason: null,
  waitingFor: null,
  outcome: null,
  readingStale: false,
  uncounted: 0,
} as const;

function changeRow(
  standing: Standing,
  settlement: Settlement & { readonly kind: 'change' },
  outcome: Outcome,
  call: CallRow | null,
  context: SettleContext,
): SettleRow {
  const { policy, spacingMs } = context.account;
  const base = { ...NOTHING, ...settlement, outcome, resend: false };
  switch (settlement.to) {
    case 'requested':
      return retryRow(standing, outcome, call, context);
    case 'unknown':
      return buildRow(standing, { ...base, laneMs: PARKED, lookUpMs: policy.firstLookUpMs }, context, call);
    case 'pending':
      return buildRow(standing, { ...base, laneMs: spacingMs, lookUpMs: policy.pollFirstMs }, context, call);
    case 'review':
      return buildRow(standing, { ...base, laneMs: 0, lookUpMs: policy.pollMaxMs }, context, call);
    case 'completed':
    case 'failed':
    case 'reversed':
    case 'submitting': {
      const stale = settlement.to !== 'completed' || isDoubtful(standing.view.state as RefundState);
      const laneMs = settlement.to === 'completed' ? spacingMs : 0;
      const lookUpMs = settlement.to === 'completed' ? nextReread(0, policy) : null;
      return buildRow(standing, { ...base, laneMs, lookUpMs, readingStale: stale }, context, call);
    }
  }
}

/** Stays as it is, known by the name in `outcome` where there is one, and is looked up now. */
function lookNowRow(
  standing: Standing,
  outcome: Outcome | null,
  call: CallRow | null,
  context: SettleContext,
): SettleRow {
  const { state, reviewReason } = standing.view;
  const stays = { ...NOTHING, to: state as RefundState, reviewReason, outcome, resend: false };
  return buildRow(standing, { ...stays, laneMs: 0, lookUpMs: 0 }, context, call);
}

/** Nothing moved: the refund waits for its next call, or a person is asked when it has waited or tried long enough. */
function retryRow(
  standing: Standing,
  outcome: Outcome,
  call: CallRow | null,
  context: SettleContext,
): SettleRow {
  const { view } = standing;
  const uncounted = Number(isUncounted(outcome));
  const written = { ...NOTHING, to: 'requested' as const, outcome, lookUpMs: null, resend: false, uncounted };
  if (outcome.kind !== 'notApplied') return buildRow(standing, { ...written, laneMs: 0 }, context, call);
  const tries = {
    calls: view.calls,
    uncounted: view.uncounted + uncounted,
    waitedMs: context.nowMs - view.requestedAtMs,
    random: context.random,
    keyed: view.attempt !== null && view.attempt.key !== null,
  };
  const next = afterNotApplied(outcome, tries, context.account.policy);
  if (next.kind === 'review')
    // Two steps in one commit would skip `requested`: the head comes back at once and goes to review from there.
    return buildRow(standing, { ...written, reviewReason: next.reason, laneMs: 0 }, context, call);
  const readingStale = outcome.because === 'notSettled';
  return buildRow(
    standing,
    {
      ...written,
      waitingFor: next.waitingFor,
      laneMs: next.inMs,
      readingStale,
      reviewReason: next.attempt === 'new' ? newAttemptReason(outcome.because) : null,
    },
    context,
    call,
  );
}

/** The answer adds nothing, but we hold the lane: it is ended as it was. An unknown refund is looked up again, later each time. */
function stayRow(
  standing: Standing,
  outcome: Outcome,
  call: CallRow | null,
  context: SettleContext,
): SettleRow {
  const { view } = standing;
  const uncounted = Number(isUncounted(outcome));
  const { policy } = context.account;
  const unknown = view.state === 'unknown';
  if (unknown && view.calls - view.uncounted - uncounted >= policy.callsMax)
    return buildRow(
      standing,
      {
        ...NOTHING,
        ...toReview('RETRIES_EXHAUSTED'),
        outcome: null,
        laneMs: 0,
        lookUpMs: policy.pollMaxMs,
        resend: false,
      },
      context,
      call,
    );
  const lookUpMs = unknown
    ? Math.max(
        policy.firstLookUpMs,
        backOff(policy.pollFirstMs, policy.pollMaxMs, view.calls, context.random),
      )
    : null;
  return buildRow(
    standing,
    {
      ...NOTHING,
      to: view.state as RefundState,
      reviewReason: view.reviewReason,
      laneMs: unknown ? PARKED : 0,
      lookUpMs,
      resend: false,
      uncounted,
    },
    context,
    call,
  );
}

/** An unknown refund that the provider does not show: the same attempt goes through the lane once more. */
export function resendRow(standing: Standing, call: CallRow, context: SettleContext): SettleRow {
  return buildRow(
    standing,
    { ...NOTHING, to: 'unknown', laneMs: 0, lookUpMs: null, resend: true, inLane: true },
    context,
    call,
  );
}

/** An unknown refund older than the visibility delay gives its lane free; its reservation guards the payment. */
export function unblockRow(
  standing: Standing,
  lookUpMs: number,
  call: CallRow,
  context: SettleContext,
): SettleRow {
  return buildRow(
    standing,
    { ...NOTHING, to: 'unknown', laneMs: 0, lookUpMs, resend: false, inLane: false },
    context,
    call,
  );
}

/** For a person, with the reason they are shown. */
export function reviewRow(
  standing: Standing,
  reason: string,
  call: CallRow | null,
  context: SettleContext,
): SettleRow {
  const { pollMaxMs } = context.account.policy;
  return buildRow(
    standing,
    { ...NOTHING, ...toReview(reason), outcome: null, laneMs: 0, lookUpMs: pollMaxMs, resend: false },
    context,
    call,
  );
}

function staysInLane(to: RefundState, view: RefundView, context: SettleContext): boolean {
  switch (to) {
    case 'requested':
    case 'submitting':
    case 'unknown':
      return true;
    case 'review':
      return isWithoutKey(view, context.account.policy);
    case 'pending':
    case 'completed':
    case 'failed':
    case 'reversed':
      return false;
  }
}

/** The row of a change: sums, lane, reservation and journal entry as they follow from where the refund stands. */
export function buildRow(
  standing: Standing,
  written: Written,
  context: SettleContext,
  call: CallRow | null,
): SettleRow {
  const { view, token } = standing;
  const from = view.state as RefundState;
  const { to, outcome } = written;
  const amount = view.amount;
  const inLane = written.inLane ?? (to === from ? view.inLane : staysInLane(to, view, context));
  const leaves = Number(view.inLane) - Number(inLane);
  const doubt = Number(isDoubtful(to)) - Number(isDoubtful(from));
  // A head in review waits for a person: due, it would be claimed again and again.
  const laneMs = to === 'review' && inLane ? PARKED : written.laneMs;
  const { providerRefundId, handle } = namesOf(outcome);
  return {
    paymentNo: view.paymentNo,
    ordinal: view.ordinal,
    accountNo: view.accountNo,
    token,
    version: standing.version,
    to,
    release: reserves(to) ? '0' : view.held,
    complete: to === from ? '0' : completedBy(to, amount ?? '0'),
    doubt,
    leaves,
    laneMs: laneDue(token !== null || written.resend, leaves, doubt, laneMs),
    held: reserves(to) ? view.held : '0',
    amount,
    bind: view.providerRefundId === null && outcome?.kind !== 'unknown' ? providerRefundId : null,
    handle,
    merchantNo: view.merchantNo,
    resend: written.resend,
    waitingFor: written.waitingFor,
    reviewReason: written.reviewReason,
    uncounted: written.uncounted,
    lookUpMs: written.lookUpMs,
    readingStale: written.readingStale,
    entry: entryOf(standing, written, context, providerRefundId),
    call,
  };
}

function entryOf(
  standing: Standing,
  written: Written,
  context: SettleContext,
  providerRefundId: string | null,
): JournalRow | null {
  const { view } = standing;
  const { to, outcome, failure, waitingFor, lookUpMs } = written;
  const change = {
    to,
    failure,
    providerRefundId: providerRefundId ?? view.providerRefundId,
    references: outcome !== null && 'references' in outcome ? outcome.references : {},
    completedAtMs: outcome?.kind === 'succeeded' ? outcome.completedAtMs : null,
    remaining: remainingAfter(view, standing.left, to),
    amount: view.amount ?? view.asked,
    attempts: view.attemptNo,
    waitingFor,
    // That a refund which has ended is looked at again is no action a caller waits for.
    nextActionAtMs:
      lookUpMs === null || to === 'completed' || to === 'failed' ? null : context.nowMs + lookUpMs,
    cause: context.cause,
    nowMs: context.nowMs,
  };
  return journalEntry(view, change, context);
}

/** Decides an outcome for a refund as it stands; `asked` is how it stood when the question behind the outcome was asked. */
export function settlementOf(standing: Standing, asked: Standing, outcome: Outcome): Settlement {
  const { state, providerRefundId, calls } = standing.view;
  const calledSince = calls !== asked.view.calls;
  const askedSince = isFinal(asked.view.state as RefundState);
  return settle({ state: state as RefundState, providerRefundId, calledSince, askedSince }, outcome);
}
