import { Decimal } from 'decimal.js';
import type { StoredAttempt } from '#libs/provider-kit';
import {
  arm,
  refusedArm,
  rejection,
  type ArmDecision,
  type Failure,
  type PaymentReading,
  type WaitingFor,
} from '#libs/refund';
import type { ExecutorStore, RefundView } from '#libs/store';
import type { ProcessingAccount } from '../accounts.ts';
import type { Calls } from './calls.ts';
import type { ReadingPayment } from './reading-payment.ts';
import { keptReason, newAttemptBecause, newAttemptReason } from './new-attempt.ts';
import { STAY, toPerson, type OwnChange, type Standing } from './settlement.ts';
import type { Settler } from './settler.ts';
import { armRowOf, prepareAttempt } from './preparation.ts';
import { storedAttempt } from './task.ts';

/** An omitted amount is computed again this often when the payment moves under it. */
const COMPUTE_AGAIN_MAX = 5;
/** A refund that waits for a doubtful one is woken when that is decided; this is only the safety net. */
const TURN_RECHECK_MS = 60_000;

/** An attempt that is durable and whose amount is reserved: it may be sent. */
export interface Armed {
  readonly standing: Standing;
  readonly attempt: StoredAttempt;
}

/** It ended or waits, and that is written. */
const DONE = { kind: 'done' } as const;
type Ended = ({ readonly kind: 'armed' } & Armed) | typeof DONE;
type Reserved =
  | Ended
  | {
      readonly kind: 'refused';
      readonly action: 'refund' | 'void';
      readonly standing: Standing;
      readonly doubtful: number;
    }
  | { readonly kind: 'rejected'; readonly standing: Standing; readonly failure: Failure };
interface Again {
  readonly kind: 'again';
  readonly standing: Standing;
}
/** What became of a refund that was to be armed. */
export type Fresh =
  | Ended
  | { readonly kind: 'rejected'; readonly standing: Standing; readonly failure: Failure };

/** From a claimed refund to a durable attempt: read the payment where needed, decide, prepare, reserve. */
export class Arming {
  constructor(
    private readonly store: ExecutorStore,
    private readonly settler: Settler,
    private readonly reading: ReadingPayment,
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

  /** `rejected` is not written yet: only what the provider shows can tell whether the money that is missing is this refund's own. */
  async fresh(first: Standing, account: ProcessingAccount, slots: Calls): Promise<Fresh> {
    let standing = first;
    let reading: PaymentReading | null = null;
    let mustRead = needsReading(first.view, account);
    let isRead = false;
    let refusal: Failure | null = null;
    for (let tries = 0; tries < COMPUTE_AGAIN_MAX; tries += 1) {
      if (mustRead) {
        reading = await this.readPayment(standing, account, slots);
        if (reading === null) return DONE;
        mustRead = false;
        isRead = true;
      }
      const decision = arm(armFacts(standing, reading));
      if (decision.kind === 'read') {
        mustRead = true;
        continue;
      }
      if (decision.kind === 'reject')
        return { kind: 'rejected', standing, failure: refusal ?? decision.failure };
      if (decision.kind === 'wait') return await this.wait(standing, decision.waitingFor, account);
      const result = await this.armOnce(standing, decision, reading, account);
      if (result.kind === 'rejected' && !isRead && account.verify !== 'never') {
        // Sums from an hour ago may count what has been given back or bound since: the payment is read before they reject.
        mustRead = true;
        refusal = result.failure;
      } else if (result.kind !== 'again') return result;
      standing = result.standing;
      reading = null;
    }
    await this.settler.giveBack(standing);
    return DONE;
  }

  /**
   * A refund that was found at the provider before it was sent: reserved and recorded as the attempt that it is, without a call.
   * `reading` without that refund. Null: the payment's sums have no room for it, or the lease is lost; a person is asked or it is claimed anew.
   */
  async found(
    standing: Standing,
    paid: { readonly amount: Decimal; readonly action: 'refund' | 'void' },
    reading: PaymentReading,
    account: ProcessingAccount,
  ): Promise<Armed | null> {
    const decision = { kind: 'arm', ...paid, expected: null } as const;
    const result = await this.reserve(standing, decision, reading, account);
    if (result.kind === 'armed') return result;
    if (result.kind !== 'done')
      await this.settler.own(result.standing, toPerson('FOUND_BEFORE_SENDING'), account);
    return null;
  }

  private async armOnce(
    standing: Standing,
    decision: ArmDecision & { readonly kind: 'arm' },
    reading: PaymentReading | null,
    account: ProcessingAccount,
  ): Promise<Fresh | Again> {
    const result = await this.reserve(standing, decision, reading, account);
    if (result.kind !== 'refused') return result;
    return await this.refused(result, account);
  }

  private async reserve(
    standing: Standing,
    decision: ArmDecision & { readonly kind: 'arm' },
    reading: PaymentReading | null,
    account: ProcessingAccount,
  ): Promise<Reserved> {
    const { view } = standing;
    const sum = decision.amount.toFixed();
    const prepared = prepareAttempt(view, { sum, action: decision.action }, reading, account);
    if ('refused' in prepared) return { kind: 'rejected', standing, failure: rejection(prepared.refused) };
    const { attempt, attemptNo, fresh, sameKeyForMs } = prepared;
    const row = armRowOf(standing, attempt, attemptNo, reading, sameKeyForMs);
    const answer = await this.store.arm({
      ...row,
      fresh,
      expected: fresh ? (decision.expected?.toFixed() ?? null) : null,
    });
    if (answer.kind === 'lost') {
      await this.settler.giveBack(standing);
      return DONE;
    }
    const remaining = answer.remaining === null ? null : new Decimal(answer.remaining);
    const moved = { ...standing, version: answer.version, left: remaining };
    if (answer.kind === 'refused')
      return { kind: 'refused', action: attempt.action, standing: moved, doubtful: answer.doubtful };
    const after: RefundView = {
      ...view,
      state: 'submitting',
      amount: sum,
      held: sum,
      attemptNo,
      calls: view.calls + 1,
      attempt: { ...attempt, calledMsAgo: 0, sameKeyLeftMs: sameKeyForMs, fenced: false },
    };
    return {
      kind: 'armed',
      attempt,
      standing: { ...moved, view: after, left: remaining?.minus(sum) ?? null },
    };
  }

  private async refused(
    { standing, action, doubtful }: Reserved & { readonly kind: 'refused' },
    account: ProcessingAccount,
  ): Promise<Fresh | Again> {
    const { view, left } = standing;
    const why = refusedArm({
      asked: view.asked === null ? null : new Decimal(view.asked),
      expectedRemaining: view.expected === null ? null : new Decimal(view.expected),
      attempted: view.attempt === null ? null : new Decimal(view.attempt.amount),
      remaining: left ?? new Decimal(0),
      doubtful,
      action,
    });
    switch (why.kind) {
      case 'again':
        return { kind: 'again', standing };
      case 'reject':
        return { kind: 'rejected', standing, failure: why.failure };
      case 'wait':
        return await this.wait(standing, why.waitingFor, account, action === 'void');
    }
  }

  /**
   * `isVoid`: what was refused is a void, as others came into its lane. Armed again byte for byte it would be refused as long as they wait behind it; so it
   * counts as refused by the provider, of which nothing was applied: the payment is read, and the next attempt made as it stands then.
   */
  private async wait(
    standing: Standing,
    waitingFor: WaitingFor,
    account: ProcessingAccount,
    isVoid = false,
  ): Promise<typeof DONE> {
    const { policy } = account;
    const isTooLong = Date.now() - standing.view.requestedAtMs >= policy.waitingMaxMs;
    const laneMs = waitingFor === 'settlement' ? policy.pollFirstMs : TURN_RECHECK_MS;
    const kept = keptReason(standing.view.reviewReason);
    const reviewReason = kept ?? (isVoid ? newAttemptReason('notSettled') : null);
    const waits = { ...STAY, waitingFor, laneMs, reviewReason, readingStale: isVoid };
    const change = isTooLong ? toPerson('WAITED_TOO_LONG') : waits;
    await this.settler.own(standing, change, account);
    return DONE;
  }

  /** Null: the payment could not be read, or says that the refund ends here; what follows is already written. */
  private async readPayment(
    standing: Standing,
    account: ProcessingAccount,
    slots: Calls,
  ): Promise<PaymentReading | null> {
    const answer = await this.reading.read(standing, account, slots);
    if (answer.kind === 'read') return answer.reading;
    if (answer.kind === 'notFound') await this.settler.own(standing, failed(notFound(answer.text)), account);
    else await this.reading.unavailable(standing, answer, account, slots);
    return null;
  }
}

export function failed(failure: Failure): OwnChange {
  return { ...STAY, to: 'failed', failure };
}

function notFound(text: string): Failure {
  return {
    ...rejection({ code: 'PAYMENT_NOT_FOUND', message: 'the provider does not know this payment' }),
    provider: { code: 'NOT_FOUND', text },
  };
}

function needsReading(view: RefundView, account: ProcessingAccount): boolean {
  if (view.attempt !== null && newAttemptBecause(view.reviewReason) === null) return false;
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
    alone: view.waiting === 1 && new Decimal(view.reserved).isZero() && new Decimal(view.completed).isZero(),
  };
}
