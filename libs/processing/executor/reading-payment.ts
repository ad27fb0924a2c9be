import type { PaymentAnswer } from '#libs/provider-kit';
import { afterNotApplied, type LookUpResult } from '#libs/refund';
import type { RefundView } from '#libs/store';
import type { ProcessingAccount } from '../accounts.ts';
import type { Watch } from '../watch.ts';
import type { AccountHealth } from './account-health.ts';
import type { Calls } from './calls.ts';
import { readingRow } from './call-log.ts';
import { keptReason } from './new-attempt.ts';
import { STAY, toPerson, type OwnChange, type Standing } from './settlement.ts';
import type { Settler } from './settler.ts';
import { uninterrupted } from './uninterrupted.ts';

type Unavailable = Extract<LookUpResult, { readonly kind: 'unavailable' }>;

/** Reads a payment at its provider and keeps what was answered. */
export class ReadingPayment {
  constructor(
    private readonly settler: Settler,
    private readonly health: AccountHealth,
    private readonly watch: Watch,
  ) {}

  async read({ view }: Standing, account: ProcessingAccount, slots: Calls): Promise<PaymentAnswer> {
    const { reader } = account.module;
    const answer = await slots.run(
      'submission',
      async () => await reader.readPayment(account.account, { paymentId: view.paymentId }, uninterrupted),
    );
    const call = readingRow(view.attemptNo, view.paymentId, answer);
    this.watch.call(account.account.provider, 'payment', call.verdict, call.durationMs);
    await this.settler.keepEvidence(view, call);
    return answer;
  }

  /** The provider could not be asked, so nothing was sent: the refund waits, or a person is asked. */
  async unavailable(
    standing: Standing,
    answer: Unavailable,
    account: ProcessingAccount,
    slots: Calls,
  ): Promise<void> {
    const { view } = standing;
    const refusedAlone =
      answer.because === 'credentials' && (await this.health.refused(view, account, slots));
    await this.settler.own(standing, waitForAnswer(view, answer, refusedAlone, account), account);
  }
}

/** Readings are not counted as calls: the pause grows with the time waited. */
function waitForAnswer(
  view: RefundView,
  answer: Unavailable,
  refusedAlone: boolean,
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
    { calls, uncounted: calls, waitedMs, random: Math.random(), keyed: true, refusedAlone },
    account.policy,
  );
  return next.kind === 'review'
    ? toPerson(next.reason)
    : {
        ...STAY,
        waitingFor: next.waitingFor,
        laneMs: next.inMs,
        reviewReason: keptReason(view.reviewReason),
      };
}
