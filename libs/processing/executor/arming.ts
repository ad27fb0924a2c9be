import { Decimal } from 'decimal.js';
import type { PaymentAnswer, StoredAttempt } from '#libs/provider-kit';
import {
  afterNotApplied,
  arm,
  refusedArm,
  rejection,
  type ArmDecision,
  type Failure,
  type PaymentReading,
} from '#libs/refund';
import { PARKED, type ArmRow, type ExecutorStore, type RefundView } from '#libs/store';
import type { ProcessingAccount } from '../accounts.ts';
import type { Watch } from '../watch.ts';
import type { CallSlots } from './call-slots.ts';
import { callRow, NEW_ATTEMPT, STAY, type OwnChange, type Standing } from './settlement.ts';
import type { Settler } from './settler.ts';
import { storedAttempt, taskOf } from './task.ts';
import { uninterrupted } from './uninterrupted.ts';

/** An omitted amount is computed again this often when the payment moves under it. */
const COMPUTE_AGAIN_MAX = 5;
/** A refund that waits for a doubtful one is woken when that is decided; this is only the safety net. */
const TURN_RECHECK_MS = 60_000;

/** An attempt that is durable and whose amount is reserved: it may be sent. */
export interface Armed {
  readonly standing: Standing;
  readonly attempt: StoredAttempt;
}

type ArmResult =
  | ({ readonly kind: 'armed' } & Armed)
  | { readonly kind: 'done' }
  | { readonly kind: 'again'; readonly standing: Standing };

/** From a claimed refund to a durable attempt: read the payment where needed, decide, prepare, reserve. Null: it ended or waits; that is written. */
export class Arming {
  constructor(
    private readonly store: ExecutorStore,
    private readonly settler: Settler,
    private readonly watch: Watch,
  ) {}

  async resend(standing: Standing): Promise<Armed | null> {
    const { view } = standing;
    const attempt = storedAttempt(view);
    const answer = await this.store.arm({
      ...armRowOf(standing, attempt, view.attemptNo, null, null),
      fresh: false,
      resend: true,
    });
    if (answer.kind !== 'armed') {
      await this.settler.giveBack(standing);
      return null;
    }
    const after = { ...view, calls: view.calls + 1, resend: false };
    return { standing: { ...standing, view: after, version: answer.version }, attempt };
  }

  async fresh(first: Standing, account: ProcessingAccount, slots: CallSlots): Promise<Armed | null> {
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
        await this.settler.own(standing, ownChange(decision), account);
        return null;
      }
      const result = await this.armOnce(standing, decision, reading, account);
      if (result.kind === 'armed') return result;
      if (result.kind === 'done') return null;
      standing = result.standing;
      reading = null;
    }
    await this.settler.giveBack(standing);
    return null;
  }

  private async armOnce(
    standing: Standing,
    decision: ArmDecision & { readonly kind: 'arm' },
    reading: PaymentReading | null,
    account: ProcessingAccount,
  ): Promise<ArmResult> {
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
      await this.settler.giveBack(standing);
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
    return await this.refused(moved, answer.doubtful, account);
  }

  private async refused(
    standing: Standing,
    doubtful: number,
    account: ProcessingAccount,
  ): Promise<ArmResult> {
    const { view, left } = standing;
    const why = refusedArm({
      asked: view.asked === null ? null : new Decimal(view.asked),
      expectedRemaining: view.expected === null ? null : new Decimal(view.expected),
      attempted: view.attempt === null ? null : new Decimal(view.attempt.amount),
      remaining: left ?? new Decimal(0),
      doubtful,
    });
    if (why.kind === 'again') return { kind: 'again', standing };
    const change =
      why.kind === 'reject'
        ? failed(why.failure)
        : { ...STAY, waitingFor: 'turn' as const, laneMs: TURN_RECHECK_MS };
    await this.settler.own(standing, change, account);
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
        await account.module.reader.readPayment(
          account.account,
          { paymentId: view.paymentId },
          uninterrupted,
        ),
    );
    const verdict = answer.kind === 'unavailable' ? `unavailable ${answer.because}` : answer.kind;
    const call = callRow(view.attemptNo, 'payment', answer.exchange, verdict);
    this.watch.call(account.account.provider, 'payment', verdict, call.durationMs);
    await this.settler.keepEvidence(standing, call);
    if (answer.kind === 'read') return answer.reading;
    await this.settler.own(
      standing,
      answer.kind === 'notFound' ? failed(notFound(answer.text)) : unreadable(view, answer, account),
      account,
    );
    return null;
  }
}

function failed(failure: Failure): OwnChange {
  return { ...STAY, to: 'failed', failure };
}

function notFound(text: string): Failure {
  return {
    ...rejection({ code: 'PAYMENT_NOT_FOUND', message: 'the provider does not know this payment' }),
    provider: { code: 'NOT_FOUND', text },
  };
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
