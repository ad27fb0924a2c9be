import type { Exchange, StoredAttempt } from '#libs/provider-kit';
import { keyStillHolds, REFUSED_ALONE, type Outcome } from '#libs/refund';
import type { ClaimedRefund, ExecutorStore } from '#libs/store';
import type { ProcessingAccount } from '../accounts.ts';
import type { Watch } from '../watch.ts';
import type { AccountHealth } from './account-health.ts';
import { failed, type Armed, type Arming } from './arming.ts';
import type { Calls } from './calls.ts';
import { callRow, verdictOf } from './call-log.ts';
import { keptReason, newAttemptBecause } from './new-attempt.ts';
import { STAY, standingOf, toPerson, type Standing } from './settlement.ts';
import type { LookingFirst } from './looking-first.ts';
import type { Settler } from './settler.ts';
import { uninterrupted } from './uninterrupted.ts';

export interface SubmissionOptions {
  /** Deadline of one provider call. Longer than the lease allows would let another worker take the refund while the call is still out. */
  readonly callTimeoutMs: number;
  /** An attempt without a key is sent only if its fence was written within this time. Longer: a process that stood still might send late. Shorter: a slow database keeps it from sending. */
  readonly sendWithinMs: number;
}

/** A claimed head with the moment its lease ends on our own monotonic clock, counted from before the claim was sent (`claimedAtMs`). */
export interface Leased {
  readonly claimed: ClaimedRefund;
  readonly endsAtMs: number;
  readonly claimedAtMs: number;
}

/** One claimed refund from the head of its lane to its outcome: read the payment, decide, prepare, arm, call, settle. */
export class Submission {
  constructor(
    private readonly store: ExecutorStore,
    private readonly arming: Arming,
    private readonly lookingFirst: LookingFirst,
    private readonly settler: Settler,
    private readonly health: AccountHealth,
    private readonly watch: Watch,
    private readonly options: SubmissionOptions,
    private readonly isStopping: () => boolean,
  ) {}

  async run(leased: Leased, account: ProcessingAccount, slots: Calls): Promise<void> {
    const { claimed } = leased;
    const standing = standingOf(claimed, claimed.token);
    // Armed, it may wait for a call of another refund before its own: both must fit into the lease. Nothing was written yet.
    const isTooLate = performance.now() + this.options.callTimeoutMs * 2 > leased.endsAtMs;
    const hasStopped = this.health.hasStoppedSince(account, leased.claimedAtMs);
    if (isTooLate || hasStopped || this.isStopping()) {
      await this.settler.giveBack(standing);
      return;
    }
    if (claimed.state === 'submitting' && isUnfenced(claimed)) {
      const outcome = notSent('the worker that armed this attempt ended before its fence');
      await this.settler.answer(standing, outcome, null, account, 'lease');
      return;
    }
    if (claimed.state === 'submitting' || (claimed.state === 'unknown' && !claimed.resend)) {
      await this.stillUnknown(
        standing,
        'the worker that armed this attempt never wrote its outcome',
        account,
      );
      return;
    }
    if (claimed.resend && !mayResend(leased)) {
      await this.stillUnknown(standing, 'the key ran out before the resend had its turn', account);
      return;
    }
    if (claimed.reviewReason !== null && newAttemptBecause(claimed.reviewReason) === null) {
      await this.settler.own(standing, toPerson(claimed.reviewReason), account);
      return;
    }
    const armed = claimed.resend
      ? await this.arming.resend(standing)
      : await this.arm(standing, account, slots);
    if (armed === null) return;
    await this.watch.step('executor.armed');
    await this.send(armed, leased, account, slots);
  }

  /**
   * Before a refund is rejected for what the payment shows, the provider is asked for it: after a restore it may have been paid already, and then
   * it is its own money that is missing. A provider may count that money, and take another call for it, before it shows the refund: where rows may
   * have been lost, nothing is decided before whatever was sent until the loss was noticed must be visible.
   */
  private async arm(standing: Standing, account: ProcessingAccount, slots: Calls): Promise<Armed | null> {
    const isAbsent = async (now: Standing): Promise<boolean> =>
      await this.lookingFirst.isAbsent(now, account, slots);
    const { lookFirst } = standing.view;
    const { lookUpByReference } = account.policy;
    if (lookFirst && !lookUpByReference) {
      await this.settler.own(standing, toPerson('LOOK_UP_IMPOSSIBLE'), account);
      return null;
    }
    if (lookFirst && !(await isAbsent(standing))) return null;
    if (lookFirst && invisibleMs(standing, account) > 0) {
      await this.lookAgain(standing, account);
      return null;
    }
    const result = await this.arming.fresh(standing, account, slots);
    switch (result.kind) {
      case 'armed':
        return result;
      case 'done':
        return null;
      case 'rejected':
        if (lookFirst || !lookUpByReference || (await isAbsent(result.standing)))
          await this.settler.own(result.standing, failed(result.failure), account);
        return null;
    }
  }

  private async lookAgain(standing: Standing, account: ProcessingAccount): Promise<void> {
    const reviewReason = keptReason(standing.view.reviewReason);
    const laneMs = Math.max(0, invisibleMs(standing, account));
    const change = { ...STAY, waitingFor: 'retry', laneMs, reviewReason } as const;
    await this.settler.own(standing, change, account);
  }

  /** Whether the attempt's bytes had an effect is not known and cannot be helped by sending: it is looked up. */
  private async stillUnknown(standing: Standing, text: string, account: ProcessingAccount): Promise<void> {
    await this.settler.answer(
      standing,
      { kind: 'unknown', phase: 'interrupted', text, providerRefundId: null },
      null,
      account,
      'lease',
    );
  }

  private async send(
    { standing, attempt }: Armed,
    leased: Leased,
    account: ProcessingAccount,
    slots: Calls,
  ): Promise<void> {
    const { outcome, exchange } = await slots.run(
      'submission',
      async () => await this.call(standing, attempt, leased, account),
    );
    const call =
      exchange === null ? null : callRow(attempt.attemptNo, 'create', exchange, verdictOf(outcome));
    await this.watch.step('executor.answered');
    await this.settler.answer(standing, outcome, call, account, 'answer');
    const isRefusedAlone = await this.health.heard(standing.view, outcome, account, slots);
    if (isRefusedAlone) await this.settler.leaveToPerson(standing.view, REFUSED_ALONE, account);
  }

  private async call(
    standing: Standing,
    attempt: StoredAttempt,
    leased: Leased,
    account: ProcessingAccount,
  ): Promise<{ readonly outcome: Outcome; readonly exchange: Exchange | null }> {
    const { provider } = account.account;
    if (this.isStopping()) return { outcome: notSent('the process was asked to stop'), exchange: null };
    // The lease must outlast the call: otherwise another worker could take this refund while our bytes are still on their way.
    if (performance.now() + this.options.callTimeoutMs > leased.endsAtMs)
      return { outcome: notSent('too little of the lease was left to call'), exchange: null };
    if (attempt.key === null && !(await this.fence(standing, attempt, leased)))
      return { outcome: notSent('the fence was not had in time'), exchange: null };
    await this.watch.step('executor.sending');
    const { outcome, exchange } = await account.submitter.submit(account.account, attempt, uninterrupted);
    this.watch.call(provider, 'create', verdictOf(outcome), Math.round(exchange.durationMs));
    return { outcome, exchange };
  }

  /**
   * Without a key nothing tells a second arrival from the first, so the last thing before the bytes is a fence: compared with the lease, once for an
   * attempt. A fence that took longer than `sendWithinMs` came from a process that stood still: it may have lost its lease since, and does not send.
   */
  private async fence(
    { view, token, version }: Standing,
    { attemptNo }: StoredAttempt,
    leased: Leased,
  ): Promise<boolean> {
    const { paymentNo, ordinal } = view;
    const askedAtMs = performance.now();
    const fenced = await this.store.fence({ paymentNo, ordinal, attemptNo, token: token ?? '0', version });
    await this.watch.step('executor.fenced');
    const nowMs = performance.now();
    const outlasted = nowMs + this.options.callTimeoutMs > leased.endsAtMs;
    return fenced && !outlasted && nowMs - askedAtMs <= this.options.sendWithinMs;
  }
}

/** Surely not sent: its fence comes immediately before the bytes, and whoever held the lease then cannot write it any more. */
function isUnfenced({ attempt }: ClaimedRefund): boolean {
  return attempt !== null && attempt.key === null && !attempt.fenced;
}

/** A resend is sent at the latest when its lease ends; the provider must still know the key then. */
function mayResend({ claimed, endsAtMs }: Leased): boolean {
  return keyStillHolds(claimed.attempt?.sameKeyLeftMs ?? null, endsAtMs - performance.now());
}

/** For how long what was sent before the refund was taken in, or marked to be looked up first, may still be invisible. */
function invisibleMs({ view }: Standing, { policy }: ProcessingAccount): number {
  return policy.visibilityDelayMs - (Date.now() - view.changedAtMs);
}

function notSent(text: string): Outcome {
  return { kind: 'notApplied', because: 'notSent', retryAfterMs: null, code: null, text };
}
