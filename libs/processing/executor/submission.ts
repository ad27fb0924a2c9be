import { setMaxListeners } from 'node:events';
import { Decimal } from 'decimal.js';
import type { PaymentAnswer, StoredAttempt } from '#libs/provider-kit';
import {
  afterNotApplied,
  arm,
  refusedArm,
  rejection,
  type ArmDecision,
  type Failure,
  type Outcome,
  type PaymentReading,
} from '#libs/refund';
import {
  PARKED,
  type ArmRow,
  type CallRow,
  type ClaimedRefund,
  type ExecutorStore,
  type RefundView,
} from '#libs/store';
import type { ProcessingAccount } from '../accounts.ts';
import type { Watch } from '../watch.ts';
import type { CallSlots } from './call-slots.ts';
import {
  callRow,
  NEW_ATTEMPT,
  ownRow,
  standingOf,
  verdictOf,
  type OwnChange,
  type Standing,
} from './settlement.ts';
import type { Settler } from './settler.ts';
import { storedAttempt, taskOf } from './task.ts';

export interface SubmissionOptions {
  /** Deadline of one provider call. Longer than the lease allows would let another worker take the refund while the call is still out. */
  readonly callTimeoutMs: number;
}

/** A claimed head with the moment its lease ends on our own monotonic clock, counted from before the claim was sent. */
export interface Leased {
  readonly claimed: ClaimedRefund;
  readonly endsAtMs: number;
}

/** An omitted amount is computed again this often when the payment moves under it. */
const COMPUTE_AGAIN_MAX = 5;
/** A refund that waits for a doubtful one is woken when that is decided; this is only the safety net. */
const TURN_RECHECK_MS = 60_000;

/** Calls in flight finish even when the process is asked to stop; their own deadline ends them. */
const never = new AbortController().signal;
setMaxListeners(0, never);

type Armed = { readonly standing: Standing; readonly attempt: StoredAttempt };

/** One claimed refund from the head of its lane to its outcome: read the payment, decide, prepare, arm, call, settle. */
export class Submission {
  constructor(
    private readonly store: ExecutorStore,
    private readonly settler: Settler,
    private readonly watch: Watch,
    private readonly options: SubmissionOptions,
    private readonly isStopping: () => boolean,
  ) {}

  async run(leased: Leased, account: ProcessingAccount, slots: CallSlots): Promise<void> {
    const { claimed } = leased;
    const standing = standingOf(claimed, claimed.token);
    // Armed, it may wait for a call of another refund before its own: both must fit into the lease. Nothing was written yet.
    const isTooLate = performance.now() + this.options.callTimeoutMs * 2 > leased.endsAtMs;
    if (isTooLate || this.isStopping()) {
      await this.giveBack(standing);
      return;
    }
    if (claimed.state === 'submitting' || (claimed.state === 'unknown' && !claimed.resend)) {
      await this.interrupted(standing, account);
      return;
    }
    if (claimed.reviewReason !== null && claimed.reviewReason !== NEW_ATTEMPT) {
      await this.own(standing, { ...STAY, to: 'review', reviewReason: claimed.reviewReason }, account);
      return;
    }
    const armed = claimed.resend
      ? await this.armResend(standing)
      : await this.armFresh(standing, account, slots);
    if (armed === null) return;
    await this.watch.step('executor.armed');
    await this.send(armed, leased, account, slots);
  }

  /** A worker was lost between arming and writing the outcome: whether its bytes left is not known. */
  private async interrupted(standing: Standing, account: ProcessingAccount): Promise<void> {
    const text = 'the worker that armed this attempt never wrote its outcome';
    await this.settler.answer(
      standing,
      { kind: 'unknown', phase: 'interrupted', text, providerRefundId: null },
      null,
      account,
      'lease',
    );
  }

  private async armResend(standing: Standing): Promise<Armed | null> {
    const { view } = standing;
    const attempt = storedAttempt(view);
    const answer = await this.store.arm({
      ...armRowOf(standing, attempt, view.attemptNo, null, null),
      fresh: false,
      resend: true,
    });
    if (answer.kind !== 'armed') {
      await this.giveBack(standing);
      return null;
    }
    const after = { ...view, calls: view.calls + 1, resend: false };
    return { standing: { ...standing, view: after, version: answer.version }, attempt };
  }

  private async armFresh(
    first: Standing,
    account: ProcessingAccount,
    slots: CallSlots,
  ): Promise<Armed | null> {
    let standing = first;
    let reading: PaymentReading | null = null;
    let mustRead = needsReading(first.view, account);
    for (let tries = 0; tries < COMPUTE_AGAIN_MAX; tries += 1) {
      if (mustRead) {
        reading = await this.readPayment(standing, account, slots);
        if (reading === null) return null;
        mustRead = false;
      }
      const decision = arm(armFacts(standing, reading));
      if (decision.kind === 'read') {
        mustRead = true;
        continue;
      }
      if (decision.kind !== 'arm') {
        await this.own(standing, ownChange(decision), account);
        return null;
      }
      const result = await this.armOnce(standing, decision, reading, account);
      if (result.kind === 'armed') return result;
      if (result.kind === 'done') return null;
      standing = result.standing;
      reading = null;
    }
    await this.giveBack(standing);
    return null;
  }

  private async armOnce(
    standing: Standing,
    decision: ArmDecision & { readonly kind: 'arm' },
    reading: PaymentReading | null,
    account: ProcessingAccount,
  ): Promise<
    | ({ readonly kind: 'armed' } & Armed)
    | { readonly kind: 'done' }
    | { readonly kind: 'again'; readonly standing: Standing }
  > {
    const { view } = standing;
    const sum = decision.amount.toFixed();
    const { attempt, attemptNo, fresh, sameKeyForMs } = prepareAttempt(view, sum, reading, account);
    const row = armRowOf(standing, attempt, attemptNo, reading, sameKeyForMs);
    const answer = await this.store.arm({
      ...row,
      fresh,
      expected: fresh ? (decision.expected?.toFixed() ?? null) : null,
    });
    if (answer.kind === 'lost') {
      await this.giveBack(standing);
      return { kind: 'done' };
    }
    const remaining = answer.remaining === null ? null : new Decimal(answer.remaining);
    const moved = { ...standing, version: answer.version, left: remaining };
    if (answer.kind === 'armed') {
      const after: RefundView = {
        ...view,
        state: 'submitting',
        amount: sum,
        held: sum,
        attemptNo,
        calls: view.calls + 1,
        attempt: { ...attempt, armedMsAgo: 0, sameKeyLeftMs: sameKeyForMs, armedAtMs: attempt.armedAtMs },
      };
      return {
        kind: 'armed',
        attempt,
        standing: { ...moved, view: after, left: remaining?.minus(sum) ?? null },
      };
    }
    const asked = view.asked === null ? null : new Decimal(view.asked);
    const expectedRemaining = view.expected === null ? null : new Decimal(view.expected);
    const why = refusedArm({
      asked,
      expectedRemaining,
      remaining: remaining ?? new Decimal(0),
      doubtful: answer.doubtful,
    });
    if (why.kind === 'again') return { kind: 'again', standing: moved };
    const change =
      why.kind === 'reject'
        ? failed(why.failure)
        : { ...STAY, waitingFor: 'turn' as const, laneMs: TURN_RECHECK_MS };
    await this.own(moved, change, account);
    return { kind: 'done' };
  }

  /** Null: the payment could not be read, or says that the refund ends here; what follows is already written. */
  private async readPayment(
    standing: Standing,
    account: ProcessingAccount,
    slots: CallSlots,
  ): Promise<PaymentReading | null> {
    const { view } = standing;
    const answer = await slots.run(
      'submission',
      async () =>
        await account.module.reader.readPayment(account.account, { paymentId: view.paymentId }, never),
    );
    const verdict = answer.kind === 'unavailable' ? `unavailable ${answer.because}` : answer.kind;
    const call = callRow(view.attemptNo, 'payment', answer.exchange, verdict);
    this.watch.call(account.account.provider, 'payment', verdict, call.durationMs);
    await this.settler.keepEvidence(standing, call);
    if (answer.kind === 'read') return answer.reading;
    await this.own(
      standing,
      answer.kind === 'notFound' ? failed(notFound(answer.text)) : unreadable(view, answer, account),
      account,
    );
    return null;
  }

  private async send(
    { standing, attempt }: Armed,
    leased: Leased,
    account: ProcessingAccount,
    slots: CallSlots,
  ): Promise<void> {
    const { outcome, call } = await slots.run(
      'submission',
      async () => await this.call(attempt, leased, account),
    );
    await this.watch.step('executor.answered');
    await this.settler.answer(standing, outcome, call, account, 'answer');
  }

  private async call(
    attempt: StoredAttempt,
    leased: Leased,
    account: ProcessingAccount,
  ): Promise<{ readonly outcome: Outcome; readonly call: CallRow | null }> {
    const { provider } = account.account;
    if (this.isStopping()) return { outcome: notSent('the process was asked to stop'), call: null };
    if (leased.claimed.lookFirst) {
      const { result, exchange } = await account.module.reader.lookUp(account.account, attempt, never);
      const verdict = result.kind === 'found' ? `found ${verdictOf(result.outcome)}` : result.kind;
      const call = callRow(attempt.attemptNo, 'lookUp', exchange, verdict);
      if (result.kind === 'found') return { outcome: result.outcome, call };
      if (result.kind !== 'absent')
        return { outcome: notSent(`looked up first, but the look-up said ${result.kind}`), call };
    }
    // The lease must outlast the call: otherwise another worker could take this refund while our bytes are still on their way.
    if (performance.now() + this.options.callTimeoutMs > leased.endsAtMs)
      return { outcome: notSent('too little of the lease was left to call'), call: null };
    await this.watch.step('executor.sending');
    const { outcome, exchange } = await account.submitter.submit(account.account, attempt, never);
    const call = callRow(attempt.attemptNo, 'create', exchange, verdictOf(outcome));
    this.watch.call(provider, 'create', call.verdict, call.durationMs);
    return { outcome, call };
  }

  private async own(standing: Standing, change: OwnChange, account: ProcessingAccount): Promise<void> {
    const applied = await this.settler.write(
      ownRow(standing, change, this.settler.context(account, 'rule')),
      standing,
      account,
    );
    if (!applied) await this.giveBack(standing);
  }

  private async giveBack({ view, token }: Standing): Promise<void> {
    if (token !== null) await this.store.giveBack([{ paymentNo: view.paymentNo, token, dueMs: 0 }]);
  }
}

const STAY: OwnChange = { to: 'requested', failure: null, reviewReason: null, waitingFor: null, laneMs: 0 };

function failed(failure: Failure): OwnChange {
  return { ...STAY, to: 'failed', failure };
}

function notFound(text: string): Failure {
  return {
    ...rejection({ code: 'PAYMENT_NOT_FOUND', message: 'the provider does not know this payment' }),
    provider: { code: 'NOT_FOUND', text },
  };
}

function notSent(text: string): Outcome {
  return { kind: 'notApplied', because: 'notSent', retryAfterMs: null, code: null, text };
}

function ownChange(decision: Exclude<ArmDecision, { kind: 'arm' | 'read' }>): OwnChange {
  return decision.kind === 'reject'
    ? failed(decision.failure)
    : {
        ...STAY,
        waitingFor: decision.waitingFor,
        laneMs: decision.waitingFor === 'turn' ? PARKED : TURN_RECHECK_MS,
      };
}

/** The payment could not be read, so nothing was sent. Readings are not counted as calls: the pause grows with the time waited. */
function unreadable(
  view: RefundView,
  answer: PaymentAnswer & { readonly kind: 'unavailable' },
  account: ProcessingAccount,
): OwnChange {
  const waitedMs = Math.max(0, Date.now() - view.requestedAtMs);
  const because = answer.because === 'noAnswer' ? 'notSent' : answer.because;
  const outcome = {
    kind: 'notApplied',
    because,
    retryAfterMs: answer.retryAfterMs,
    code: null,
    text: answer.text,
  } as const;
  const calls = Math.floor(Math.log2(1 + waitedMs / account.policy.retryFirstMs));
  const next = afterNotApplied(
    outcome,
    { calls: Math.min(calls, account.policy.callsMax - 1), waitedMs, random: Math.random() },
    account.policy,
  );
  return next.kind === 'review'
    ? { ...STAY, to: 'review', reviewReason: next.reason }
    : { ...STAY, waitingFor: next.waitingFor, laneMs: next.inMs };
}

function needsReading(view: RefundView, account: ProcessingAccount): boolean {
  if (view.attempt !== null && view.reviewReason !== NEW_ATTEMPT) return false;
  if (view.asked === null || view.expected !== null || account.policy.resend === 'never') return true;
  switch (account.verify) {
    case 'always':
      return true;
    case 'never':
      return false;
    case 'first':
      return (
        view.captured === null || view.verifiedMsAgo === null || view.verifiedMsAgo > account.verifyAgeMs
      );
  }
}

function armFacts({ view, left }: Standing, reading: PaymentReading | null): Parameters<typeof arm>[0] {
  const zero = new Decimal(0);
  const stored = view.captured === null ? null : new Decimal(view.captured);
  // After a refused arming only what is left is known anew: it stands for all the sums.
  const sums =
    left === null
      ? {
          captured: stored,
          completed: new Decimal(view.completed),
          reserved: new Decimal(view.reserved),
          external: zero,
        }
      : { captured: left, completed: zero, reserved: zero, external: zero };
  return {
    asked: view.asked === null ? null : new Decimal(view.asked),
    expectedRemaining: view.expected === null ? null : new Decimal(view.expected),
    currency: view.currency,
    paymentCurrency: view.paymentCurrency,
    sums:
      reading === null
        ? sums
        : {
            captured: stored,
            completed: new Decimal(view.completed),
            reserved: new Decimal(view.reserved),
            external: zero,
          },
    reading,
    attempted: view.attempt === null ? null : new Decimal(view.attempt.amount),
  };
}

/** The stored attempt again, or a new one: only where none was made or the provider refused the last one for an option. */
function prepareAttempt(
  view: RefundView,
  sum: string,
  reading: PaymentReading | null,
  account: ProcessingAccount,
): {
  readonly attempt: StoredAttempt;
  readonly attemptNo: number;
  readonly fresh: boolean;
  readonly sameKeyForMs: number | null;
} {
  if (view.attempt !== null && view.reviewReason !== NEW_ATTEMPT)
    return { attempt: storedAttempt(view), attemptNo: view.attemptNo, fresh: false, sameKeyForMs: null };
  const attemptNo = view.attemptNo + 1;
  const previous =
    view.attempt === null ? null : { content: view.attempt.content, because: 'optionUnsupported' as const };
  const prepared = account.submitter.prepare(
    account.account,
    taskOf(view, sum),
    reading,
    attemptNo,
    previous,
  );
  const { action, key, reference, content, sameKeyForMs } = prepared;
  const attempt: StoredAttempt = {
    refundId: view.refundId,
    attemptNo,
    paymentId: view.paymentId,
    action,
    key,
    reference,
    content,
    amount: sum,
    currency: view.currency,
    armedAtMs: Date.now(),
    providerRefundId: null,
    references: [...(view.attempt?.references ?? []), reference],
  };
  return { attempt, attemptNo, fresh: true, sameKeyForMs };
}

function armRowOf(
  { view, version, token }: Standing,
  attempt: StoredAttempt,
  attemptNo: number,
  reading: PaymentReading | null,
  sameKeyForMs: number | null,
): ArmRow {
  return {
    paymentNo: view.paymentNo,
    ordinal: view.ordinal,
    token: token ?? '0',
    attemptNo,
    fresh: true,
    resend: false,
    sum: attempt.amount,
    expected: null,
    captured: reading?.captured.toFixed() ?? null,
    refundedTotal: reading?.refundedTotal.toFixed() ?? null,
    currency: view.currency,
    version,
    action: attempt.action,
    key: attempt.key,
    reference: attempt.reference,
    content: attempt.content,
    sameKeyForMs,
  };
}
