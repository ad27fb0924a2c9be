import { Decimal } from 'decimal.js';
import type { BookNames } from '#libs/contracts';
import {
  checkOfReview,
  stepOfReview,
  type LookUpResult,
  type Outcome,
  type RefundState,
  type ReviewCheck,
  type ReviewDecision,
  type ReviewFacts,
  type ReviewStep,
} from '#libs/refund';
import {
  classifyFault,
  type CallRow,
  type DecisionRow,
  type Owner,
  type RefundView,
  type ReviewStore,
  type ReviewView,
  type SettleRow,
} from '#libs/store';
import { heldAgain } from '../executor/row-parts.ts';
import { answerRow, standingOf, type SettleContext } from '../executor/settlement.ts';
import { askProvider } from './asking.ts';
import { decidedRow, type TakenStep } from './decided-row.ts';
import { nameOf, type GivenName, type NamedRefund } from './named-refund.ts';
import { faultOf, type Person } from './person.ts';
import type { CallLimits, ReviewAccount } from './review-account.ts';

/** A person's decision about one refund. `force`: also where the provider shows otherwise, or shows nothing. */
export interface Resolution {
  readonly decision: ReviewDecision;
  readonly name: GivenName;
  readonly person: Person;
  readonly force: boolean;
}

/**
 * `refused`: nothing was changed, `code` and `text` say why; `inMs`: when it can be asked again, `mayBeForced`: whether `force` would have had it taken.
 * `named`: the provider has not finished, so its end decides; the refund is known by its name there from now on.
 */
export type Resolved =
  | {
      readonly kind: 'refused';
      readonly code: string;
      readonly text: string;
      readonly inMs?: number;
      readonly mayBeForced?: boolean;
    }
  | { readonly kind: 'named'; readonly providerRefundId: string }
  | {
      readonly kind: 'decided';
      readonly to: RefundState;
      readonly attempt: 'resend' | 'same' | 'new' | null;
      readonly providerRefundId: string | null;
    };

type Refused = Resolved & { readonly kind: 'refused' };

export interface ReviewOptions extends CallLimits {
  readonly statusEvents: boolean;
  readonly books: BookNames;
}

/** A lost comparison is decided again this often; each loss means that somebody else moved the payment. */
const DECISIONS_MAX = 20;

/** What is settled about a resolution before it is written. */
interface Taken {
  readonly resolution: Resolution;
  readonly named: NamedRefund | null;
  readonly check: ReviewCheck;
  readonly account: ReviewAccount;
  /** The named refund was recorded as made elsewhere, and is this one. */
  readonly takesOver: boolean;
}

/** `elsewhere`: it is recorded as made elsewhere at the same payment. */
type Ownership = Refused | { readonly kind: 'free' | 'elsewhere' };

/** People's decisions about refunds in review: checked, compared with what the provider shows, and written against the refund as it stands then. */
export class Reviews {
  constructor(
    private readonly store: ReviewStore,
    private readonly options: ReviewOptions,
  ) {}

  /** `account` is the one that the refund is pinned to. */
  async resolve(refundId: string, resolution: Resolution, account: ReviewAccount): Promise<Resolved> {
    const fault = faultOf(resolution.person);
    if (fault !== null) return refused(fault.code, fault.text);
    const given = nameOf(resolution.name, account.module);
    if (given.kind === 'invalid') return refused(given.code, given.text);
    const first = await this.store.read(refundId);
    if (first === null) return refused('REFUND_NOT_FOUND', `there is no refund ${refundId}`);
    if (account.account.merchant !== first.merchant)
      return refused('ACCOUNT_IDENTITY_CHANGED', "the account's credentials are another merchant's by now");
    const fraction = tooPrecise(resolution.decision, first.view, account);
    if (fraction !== null) return fraction;
    const named = given.refund;
    const step = stepOfReview(this.factsOf(first, named), resolution.decision, account.policy);
    if (step.kind === 'refused') return step;
    const owned = await this.ownership(first.view, named);
    if (owned.kind === 'refused') return owned;
    const shown = await askProvider(
      first.view,
      { named, amount: sumOf(step) },
      account,
      async (id) => await this.isAnothers(first.view, id),
    );
    const isNew = named !== null && first.view.providerRefundId === null;
    const check: ReviewCheck =
      shown === null || isToldByResend(step, shown.result)
        ? { kind: 'agrees', outcome: null }
        : checkOfReview(resolution.decision.as, shown.result, isNew);
    const objection = objectionOf(check, resolution.force);
    if (objection !== null) {
      if (shown !== null) await this.store.keepCall(first.view, shown.call);
      return objection;
    }
    const takesOver = owned.kind === 'elsewhere';
    return await this.write(first, { resolution, named, check, account, takesOver }, shown?.call ?? null);
  }

  private async write(first: ReviewView, asked: Taken, call: CallRow | null): Promise<Resolved> {
    const { resolution, named, check, account } = asked;
    let review = first;
    let taken = asked;
    for (let tries = 0; tries < DECISIONS_MAX; tries += 1) {
      const step = stepOfReview(this.factsOf(review, named), resolution.decision, account.policy);
      if (step.kind === 'refused') return await this.giveUp(review.view, call, step);
      const row = this.rowOf(review.view, step, taken, call);
      const lookFirst =
        step.kind === 'retry' && step.attempt !== 'resend' && account.policy.lookUpByReference;
      if (await this.decide(row, decisionRow(taken, row, call, lookFirst)))
        return check.kind === 'underWay'
          ? { kind: 'named', providerRefundId: check.outcome.providerRefundId }
          : decided(row, step, review.view);
      const owned = await this.ownership(review.view, named);
      if (owned.kind === 'refused') return await this.giveUp(review.view, call, owned);
      taken = { ...asked, takesOver: owned.kind === 'elsewhere' };
      const now = await this.store.read(review.view.refundId);
      if (now === null || hasMoved(review.view, now.view))
        return await this.giveUp(review.view, call, moved(now?.view.state ?? 'gone'));
      review = now;
    }
    return await this.giveUp(review.view, call, moved('busy: its payment changes all the time'));
  }

  private rowOf(
    view: RefundView,
    step: TakenStep,
    { named, check, account, takesOver }: Taken,
    call: CallRow | null,
  ): SettleRow {
    const stands = standingOf(view, null);
    // What is left counts the same money twice until it is read again: it is not told.
    const standing = takesOver ? { ...stands, left: null } : stands;
    const context: SettleContext = {
      account,
      statusEvents: this.options.statusEvents,
      books: this.options.books,
      nowMs: Date.now(),
      random: 0,
      cause: 'person',
    };
    if (check.kind !== 'underWay') {
      const beside = { outcome: outcomeOf(step, check, named), forced: isForced(check) };
      return decidedRow(standing, step, beside, call, context);
    }
    const outcome = { ...check.outcome, ...secretOf(named) };
    const row = answerRow(standing, { kind: 'name' }, outcome, call, context);
    if (row === null || step.kind !== 'completed') throw new Error('a name is always written');
    const amount = step.amount.toFixed();
    return new Decimal(view.held).isZero() ? heldAgain(row, { ...view, amount }) : row;
  }

  /** False: somebody moved the payment meanwhile, or holds its row. */
  private async decide(row: SettleRow, decision: DecisionRow): Promise<boolean> {
    try {
      return await this.store.decide(row, decision);
    } catch (error) {
      if (!['contention', 'locked'].includes(classifyFault(error))) throw error;
      return false;
    }
  }

  private async giveUp(view: RefundView, call: CallRow | null, why: Refused): Promise<Refused> {
    if (call !== null) await this.store.keepCall(view, call);
    return why;
  }

  private async ownership(view: RefundView, named: NamedRefund | null): Promise<Ownership> {
    if (named === null) return { kind: 'free' };
    const { providerRefundId } = named;
    const owner = await this.ownerBeside(view, providerRefundId);
    if (owner === null) return { kind: 'free' };
    const { refundId, paymentNo } = owner;
    if (refundId === null && paymentNo === view.paymentNo) return { kind: 'elsewhere' };
    const who = refundId ?? 'another payment, as money given back elsewhere';
    return refused('REVIEW_NAME_TAKEN', `provider refund ${providerRefundId} belongs to ${who}`);
  }

  /** Who else owns a provider refund: another refund, or, with null for its id, none of ours. */
  private async ownerBeside(
    { merchantNo, refundId }: RefundView,
    providerRefundId: string,
  ): Promise<Owner | null> {
    const owner = await this.store.ownerOf(merchantNo, providerRefundId);
    return owner?.refundId === refundId ? null : owner;
  }

  /**
   * Of a refund that holds its amount, what is recorded as made elsewhere was recorded before its call, since nothing is while one is in doubt. Of any
   * other the rows of a call may have been lost, and what it made may have been recorded since for want of them.
   */
  private async isAnothers(view: RefundView, providerRefundId: string): Promise<boolean> {
    const owner = await this.ownerBeside(view, providerRefundId);
    return owner !== null && (owner.refundId !== null || !new Decimal(view.held).isZero());
  }

  private factsOf({ view, fencedMsAgo }: ReviewView, named: NamedRefund | null): ReviewFacts {
    const { attempt } = view;
    const amount = view.amount ?? view.asked;
    return {
      state: view.state as RefundState,
      reason: view.reviewReason,
      providerRefundId: view.providerRefundId,
      amount: amount === null ? null : new Decimal(amount),
      named: named?.providerRefundId ?? null,
      holds: !new Decimal(view.held).isZero(),
      attempt:
        attempt === null
          ? null
          : {
              action: attempt.action,
              keyed: attempt.key !== null,
              sameKeyLeftMs: attempt.sameKeyLeftMs,
              endedMsAgo: this.endedMsAgo(attempt.key, attempt.calledMsAgo, fencedMsAgo),
            },
    };
  }

  /** With a key bytes may leave as long as the lease lasts; without one only within a moment of the fence. */
  private endedMsAgo(key: string | null, calledMsAgo: number, fencedMsAgo: number | null): number {
    const { leaseMs, sendWithinMs, callTimeoutMs } = this.options;
    if (key !== null) return calledMsAgo - leaseMs;
    return fencedMsAgo === null ? Number.POSITIVE_INFINITY : fencedMsAgo - sendWithinMs - callTimeoutMs;
  }
}

function tooPrecise(
  decision: ReviewDecision,
  { currency }: RefundView,
  { module }: ReviewAccount,
): Refused | null {
  const amount = decision.as === 'completed' ? decision.amount : null;
  const decimals = module.currencyDecimals(currency);
  return amount === null || decimals === null || amount.decimalPlaces() <= decimals
    ? null
    : refused('AMOUNT_TOO_PRECISE', `amounts in ${currency} have ${String(decimals)} decimals`);
}

/** Of which sum a person says that it was given back. */
function sumOf(step: TakenStep): string | null {
  return step.kind === 'completed' ? step.amount.toFixed() : null;
}

/** Under its key the same attempt is answered with its own refund: what may be another's is no objection to asking so. */
function isToldByResend(step: ReviewStep, shown: LookUpResult): boolean {
  const isResend = step.kind === 'retry' && step.attempt === 'resend';
  return isResend && shown.kind === 'ambiguous' && shown.perhaps !== undefined;
}

function objectionOf(check: ReviewCheck, force: boolean): Refused | null {
  switch (check.kind) {
    case 'agrees':
    case 'underWay':
      return null;
    case 'contradicts':
    case 'unanswered': {
      if (force && check.mayBeForced) return null;
      const code = check.kind === 'contradicts' ? 'REVIEW_CONTRADICTED' : 'REVIEW_UNANSWERED';
      return { ...refused(code, check.text), mayBeForced: check.mayBeForced };
    }
  }
}

function isForced({ kind }: ReviewCheck): boolean {
  return kind === 'contradicts' || kind === 'unanswered';
}

/** What the provider said, or what the person says for it. */
function outcomeOf(step: TakenStep, check: ReviewCheck, named: NamedRefund | null): Outcome | null {
  if (step.kind !== 'completed') return null;
  if (check.kind === 'agrees' && check.outcome !== null) return { ...check.outcome, ...secretOf(named) };
  if (named === null) return null;
  const { providerRefundId } = named;
  return { kind: 'succeeded', providerRefundId, references: {}, completedAtMs: null, ...secretOf(named) };
}

function secretOf(named: NamedRefund | null): { readonly handle?: string } {
  return named?.handle == null ? {} : { handle: named.handle };
}

function decisionRow(
  { resolution, check, ...taken }: Taken,
  { bind }: SettleRow,
  call: CallRow | null,
  lookFirst: boolean,
): DecisionRow {
  // A decision that binds nothing names a provider refund only to have it asked about.
  const takesOver = taken.takesOver && bind !== null;
  const { decision, person } = resolution;
  const forced = isForced(check);
  const as = check.kind === 'underWay' ? 'named' : decision.as;
  return { as, ...person, shown: call?.verdict ?? 'not asked', forced, lookFirst, takesOver };
}

function decided(row: SettleRow, step: TakenStep, { providerRefundId }: RefundView): Resolved {
  const attempt = step.kind === 'retry' ? step.attempt : null;
  return {
    kind: 'decided',
    to: row.to as RefundState,
    attempt,
    providerRefundId: row.bind ?? providerRefundId,
  };
}

/** Whether the refund itself is another than the person has looked at; that others of its payment went on does not matter. */
function hasMoved(before: RefundView, now: RefundView): boolean {
  return (
    before.state !== now.state ||
    before.sequence !== now.sequence ||
    before.calls !== now.calls ||
    before.providerRefundId !== now.providerRefundId
  );
}

function moved(state: string): Refused {
  return refused('REVIEW_MOVED', `somebody or something else decided meanwhile: it is ${state} now`);
}

function refused(code: string, text: string): Refused {
  return { kind: 'refused', code, text };
}
