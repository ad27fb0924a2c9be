import {
  afterLookUp,
  nextReread,
  type AfterLookUp,
  type LookUpFacts,
  type Outcome,
  type RefundState,
} from '#libs/refund';
import type { CallRow, ClaimedLookUp, ExecutorStore, SettleRow } from '#libs/store';
import type { ProcessingAccount } from '../accounts.ts';
import type { Watch } from '../watch.ts';
import type { AccountHealth } from './account-health.ts';
import type { Calls } from './calls.ts';
import { lookUpRow } from './call-log.ts';
import { isWithoutKey } from './row-parts.ts';
import { resendRow, reviewRow, standingOf, unblockRow } from './settlement.ts';
import type { Due, Settler } from './settler.ts';
import { attemptOfNobody, storedAttempt } from './task.ts';
import { uninterrupted } from './uninterrupted.ts';
import { ownedBeside, withoutOthers } from './without-others.ts';

/** One look-up: ask the provider for an attempt, keep what it shows, decide, or say when to look again. */
export class LookingUp {
  constructor(
    private readonly store: ExecutorStore,
    private readonly settler: Settler,
    private readonly health: AccountHealth,
    private readonly watch: Watch,
    private readonly onDue: Due,
  ) {}

  async run(look: ClaimedLookUp, account: ProcessingAccount, slots: Calls): Promise<void> {
    if (look.attempt === null && look.providerRefundId === null) {
      await this.rest(look, account, null);
      return;
    }
    // A person may have bound what was never armed here to the provider refund that it is.
    const attempt = look.attempt === null ? attemptOfNobody(look) : storedAttempt(look);
    if (attempt.providerRefundId === null && !account.policy.lookUpByReference) {
      await this.cannotLook(look, account);
      return;
    }
    const answer = await slots.run(
      'lookUp',
      async () => await account.module.reader.lookUp(account.account, attempt, uninterrupted),
    );
    await this.watch.step('lookUp.answered');
    const result = await withoutOthers(answer.result, ownedBeside(look, this.store, false));
    const call = { ...lookUpRow(attempt, { ...answer, result }), attemptNo: look.attemptNo };
    this.watch.call(account.account.provider, 'lookUp', call.verdict, call.durationMs);
    const refusedAlone =
      result.kind === 'unavailable' &&
      result.because === 'credentials' &&
      (await this.health.refused(look, account, slots));
    await this.act(
      look,
      afterLookUp(result, { ...factsOf(look), refusedAlone }, account.policy),
      call,
      account,
    );
  }

  /** Without an answer the provider gave no name for it, and it knows no name of ours: only a person can find out. */
  private async cannotLook(look: ClaimedLookUp, account: ProcessingAccount): Promise<void> {
    if (look.state !== 'unknown') {
      // Nothing was asked: one more row of the log each time, for as long as nobody decides, would say nothing.
      await this.rest(look, account, null);
      return;
    }
    const call = withoutCall(look, 'cannot be looked up without an answer');
    const context = this.settler.context(account, 'lookUp');
    await this.write(look, reviewRow(standingOf(look, null), 'LOST_ANSWER', call, context), call, account);
  }

  private async act(
    look: ClaimedLookUp,
    next: AfterLookUp,
    call: CallRow,
    account: ProcessingAccount,
  ): Promise<void> {
    const standing = standingOf(look, null);
    const context = this.settler.context(account, 'lookUp');
    switch (next.kind) {
      case 'decide':
        await this.decide(look, next.outcome, call, account);
        return;
      case 'look':
        if (passedVisibility(look, account))
          await this.write(look, unblockRow(standing, next.inMs, call, context), call, account);
        else await this.giveBack(look, next.inMs, call);
        return;
      case 'resend':
        await this.write(look, resendRow(standing, call, context), call, account);
        return;
      case 'review':
        await this.write(look, reviewRow(standing, next.reason, call, context), call, account);
        return;
      case 'end':
        if (next.alarm !== null) this.alarm(look, next.alarm);
        await this.giveBack(look, next.againMs, call);
        return;
    }
  }

  /**
   * What contradicts is shown again by every look-up, so nothing but a person ends it; until then it would hold up its lane.
   * An answer that was not written is kept as a call all the same: it is not handed in a second time.
   */
  private async decide(
    look: ClaimedLookUp,
    outcome: Outcome,
    call: CallRow,
    account: ProcessingAccount,
  ): Promise<void> {
    const standing = standingOf(look, null);
    const answered = await this.settler.answer(standing, outcome, call, account, 'lookUp');
    if (answered === 'written') return;
    const isOpen = look.state === 'unknown' || look.state === 'pending';
    if (answered === 'contradicted' && isOpen) {
      const context = this.settler.context(account, 'lookUp');
      const row = reviewRow(standing, 'ANSWER_CONTRADICTS', null, context);
      await this.write(look, row, null, account);
    } else await this.rest(look, account, null);
  }

  /** What was asked added nothing: an open refund is asked about again, an ended one only while its money may still come back. */
  private async rest(look: ClaimedLookUp, account: ProcessingAccount, call: CallRow | null): Promise<void> {
    const { state, stateAgeMs } = factsOf(look);
    if (state === 'ended') await this.giveBack(look, null, call);
    else if (state === 'completed') await this.giveBack(look, nextReread(stateAgeMs, account.policy), call);
    else await this.giveBack(look, account.policy.pollMaxMs, call);
  }

  private async write(
    look: ClaimedLookUp,
    row: SettleRow,
    call: CallRow | null,
    account: ProcessingAccount,
  ): Promise<void> {
    if (!(await this.settler.write(row, standingOf(look, null), account))) await this.giveBack(look, 0, call);
  }

  private async giveBack(look: ClaimedLookUp, dueMs: number | null, call: CallRow | null): Promise<void> {
    const { paymentNo, ordinal, lookUpToken } = look;
    await this.store.lookAgain({ paymentNo, ordinal, lookUpToken, dueMs, call, evidenceOnly: false });
    if (dueMs !== null) this.onDue.lookUp(dueMs);
  }

  /** Of a refund that has ended: no state tells it, so people are told. */
  private alarm({ refundId, state }: ClaimedLookUp, text: string): void {
    this.watch.contradiction();
    this.watch.log('error', 'a refund that has ended is shown otherwise by its provider', {
      refundId,
      state,
      text,
    });
  }
}

/** An unknown refund whose attempt has a key blocks its lane only while a look-up could still miss it. */
function passedVisibility(look: ClaimedLookUp, { policy }: ProcessingAccount): boolean {
  const age = look.attempt?.calledMsAgo ?? 0;
  return (
    look.state === 'unknown' && look.inLane && !isWithoutKey(look, policy) && age > policy.visibilityDelayMs
  );
}

function askedState(state: RefundState): LookUpFacts['state'] {
  switch (state) {
    case 'pending':
    case 'unknown':
    case 'completed':
      return state;
    case 'failed':
    case 'reversed':
      return 'ended';
    case 'requested':
    case 'submitting':
    case 'review':
      return 'review';
  }
}

function factsOf(look: ClaimedLookUp): LookUpFacts {
  return {
    state: askedState(look.state as RefundState),
    tries: look.tries,
    calls: look.calls - look.uncounted,
    stateAgeMs: Math.max(0, Date.now() - look.changedAtMs),
    ageMs: look.attempt?.calledMsAgo ?? 0,
    sameKeyLeftMs: look.attempt?.sameKeyLeftMs ?? null,
    random: Math.random(),
  };
}

function withoutCall(look: ClaimedLookUp, verdict: string): CallRow {
  return {
    attemptNo: look.attemptNo,
    verb: 'lookUp',
    startedAtMs: Date.now(),
    durationMs: 0,
    httpStatus: null,
    answer: '',
    verdict,
  };
}
