import { Decimal } from 'decimal.js';
import type { LookUpResult, Outcome, PaymentReading } from '#libs/refund';
import type { ExecutorStore, RefundView } from '#libs/store';
import type { ProcessingAccount } from '../accounts.ts';
import type { Watch } from '../watch.ts';
import type { Arming } from './arming.ts';
import type { Calls } from './calls.ts';
import type { ReadingPayment } from './reading-payment.ts';
import { lookUpRow } from './call-log.ts';
import { PROVED_ABSENT } from './new-attempt.ts';
import { foreseenAttempt } from './preparation.ts';
import { toPerson, type Standing } from './settlement.ts';
import type { Settler } from './settler.ts';
import { uninterrupted } from './uninterrupted.ts';
import { nothingPerhaps, ownedBeside, withoutOthers } from './without-others.ts';

/**
 * A refund taken in late is looked up before the payment is read and before anything is decided about its amount: after rows were lost it may have
 * been paid already, and the payment's total then counts it. Read first, it would be rejected as exceeding what is left, or be counted as a refund
 * made elsewhere beside itself.
 */
export class LookingFirst {
  constructor(
    private readonly store: ExecutorStore,
    private readonly arming: Arming,
    private readonly reading: ReadingPayment,
    private readonly settler: Settler,
    private readonly watch: Watch,
  ) {}

  /** True: the provider has nothing of this refund, it goes its usual way. False: what follows is already written. */
  async isAbsent(standing: Standing, account: ProcessingAccount, slots: Calls): Promise<boolean> {
    const { view } = standing;
    const { reader } = account.module;
    const attempt = foreseenAttempt(view, view.asked ?? '0', account);
    const answer = await slots.run(
      'lookUp',
      async () => await reader.lookUp(account.account, attempt, uninterrupted),
    );
    const result = await this.shownOf(view, answer.result);
    const call = { ...lookUpRow(attempt, { ...answer, result }), attemptNo: view.attemptNo };
    this.watch.call(account.account.provider, 'lookUp', call.verdict, call.durationMs);
    await this.settler.keepEvidence(view, call);
    switch (result.kind) {
      case 'absent':
        return true;
      case 'unavailable':
        await this.reading.unavailable(standing, result, account, slots);
        return false;
      case 'ambiguous':
        await this.settler.own(standing, toPerson('AMBIGUOUS_LOOK_UP'), account);
        return false;
      case 'found':
        return await this.found(standing, result.outcome, account, slots);
    }
  }

  /** Where no rows were lost and nothing was ever sent, what is only perhaps this refund is somebody else's. */
  private async shownOf(view: RefundView, shown: LookUpResult): Promise<LookUpResult> {
    if (!view.lookFirst && view.attempt === null) return nothingPerhaps(shown);
    // A person who had it sent again was shown what is recorded as made elsewhere, and has judged it.
    const rowsLost = view.lookFirst && view.reviewReason !== PROVED_ABSENT;
    return await withoutOthers(shown, ownedBeside(view, this.store, rowsLost));
  }

  private async found(
    standing: Standing,
    outcome: Outcome,
    account: ProcessingAccount,
    slots: Calls,
  ): Promise<boolean> {
    // Without a provider refund of ours it says why a call would be refused: the call, or our own rules, will say so too.
    if (outcome.kind === 'notApplied') return true;
    if (outcome.kind === 'declined' && outcome.providerRefundId === null) return true;
    const { asked, attempt } = standing.view;
    const amount = attempt?.amount ?? asked;
    // Shown with other facts than asked for, or of a sum that nobody knows any more.
    if (outcome.kind === 'unknown' || amount === null)
      await this.settler.own(standing, toPerson('FOUND_BEFORE_SENDING'), account);
    else await this.bind(standing, outcome, new Decimal(amount), account, slots);
    return false;
  }

  private async bind(
    standing: Standing,
    outcome: Outcome,
    amount: Decimal,
    account: ProcessingAccount,
    slots: Calls,
  ): Promise<void> {
    const answer = await this.reading.read(standing, account, slots);
    if (answer.kind !== 'read') {
      const again = {
        kind: 'unavailable',
        because: 'noAnswer',
        retryAfterMs: null,
        text: answer.text,
      } as const;
      await this.reading.unavailable(standing, again, account, slots);
      return;
    }
    const isCounted = outcome.kind !== 'declined';
    const reading = isCounted ? withoutRefund(answer.reading, amount) : answer.reading;
    // What a void changes is the payment itself. One that was refused may be the last attempt that the books know, and the refund after it the one that was paid.
    const isPayment = 'providerRefundId' in outcome && outcome.providerRefundId === standing.view.paymentId;
    const sum = { amount, action: isPayment ? 'void' : 'refund' } as const;
    const armed = await this.arming.found(standing, sum, reading, account);
    if (armed !== null) await this.settler.answer(armed.standing, outcome, null, account, 'lookUp');
  }
}

/** The provider's total counts the refund that was found; what remains of it is others'. */
function withoutRefund(reading: PaymentReading, amount: Decimal): PaymentReading {
  const { refundedTotal } = reading;
  return refundedTotal === null
    ? reading
    : { ...reading, refundedTotal: Decimal.max(0, refundedTotal.minus(amount)) };
}
