import type { Outcome, Settlement } from '#libs/refund';
import type { CallRow, ExecutorStore, RefundView, SettleRow } from '#libs/store';
import type { ProcessingAccount } from '../accounts.ts';
import type { Watch } from '../watch.ts';
import {
  answerRow,
  ownRow,
  reviewRow,
  settlementOf,
  standingOf,
  type OwnChange,
  type SettleContext,
  type Standing,
} from './settlement.ts';

/** A lost comparison is read and decided again this often; each loss means that somebody else moved the payment. */
const DECISIONS_MAX = 20;

/** `nothing`: it added nothing. `contradicted`: it cannot be true together with what is stored, and somebody was told. The call is kept either way. */
export type Answered = 'written' | 'nothing' | 'contradicted';

/** Called when something is known to come due, milliseconds from now. */
export interface Due {
  lane(inMs: number): void;
  lookUp(inMs: number): void;
}

/**
 * Writes decisions so that no answer is dropped: an outcome is decided against the state as it is stored, and when that has moved on it is read
 * and decided again. Says when lanes and look-ups come due, so that nobody has to poll for them.
 */
export class Settler {
  constructor(
    private readonly store: ExecutorStore,
    private readonly watch: Watch,
    private readonly events: Pick<SettleContext, 'statusEvents' | 'books'>,
    private readonly onDue: Due,
    private readonly onPublish: () => void,
  ) {}

  context(account: ProcessingAccount, cause: string): SettleContext {
    return { account, ...this.events, nowMs: Date.now(), random: Math.random(), cause };
  }

  /** Decides and writes an answer, whoever holds the lane by now. */
  async answer(
    first: Standing,
    outcome: Outcome,
    call: CallRow | null,
    account: ProcessingAccount,
    cause: string,
  ): Promise<Answered> {
    const heard = { isOwnCall: cause === 'answer', asksByNumber: account.module.nameOfHandle !== undefined };
    let standing = first;
    let evidence = call;
    let decided = heard.isOwnCall ? await this.believed(first.view, outcome) : outcome;
    let unchanged: Answered = 'nothing';
    for (let decision = 0; decision < DECISIONS_MAX; decision += 1) {
      const settlement = settlementOf(standing, first, decided, heard);
      if (settlement.kind === 'contradiction') {
        this.contradiction(standing, settlement.text);
        unchanged = 'contradicted';
      }
      if (settlement.kind === 'external') return await this.external(standing, settlement, evidence, cause);
      const row = answerRow(standing, settlement, decided, evidence, this.context(account, cause));
      if (row === null) {
        if (evidence !== null) await this.keepEvidence(standing.view, evidence);
        return unchanged;
      }
      if (await this.writeOrKeep(row, standing, account)) return 'written';
      // The store keeps the call of a lost row as late evidence: it is handed in once.
      evidence = null;
      this.watch.late();
      const text = await this.ownedByAnother(row);
      if (text !== null) {
        this.contradiction(standing, text);
        unchanged = 'contradicted';
        decided = { kind: 'unknown', phase: 'mismatch', text, providerRefundId: null };
      }
      standing = await this.readAgain(standing);
    }
    this.watch.log(
      'error',
      'an answer could not be written; its call is kept and the refund is looked up again',
      {
        refundId: first.view.refundId,
      },
    );
    return unchanged;
  }

  /**
   * Without a key, a refusal for the amount may be the trace of an attempt of which a person said wrongly that nothing was booked: it took what this one
   * asks for. Failed, the refund would be published as not paid; so its outcome is open, and a person is asked.
   */
  private async believed(view: RefundView, outcome: Outcome): Promise<Outcome> {
    if (outcome.kind !== 'declined' || !outcome.readingStale || outcome.providerRefundId !== null)
      return outcome;
    if (view.attempt?.key !== null || !(await this.store.mayHavePaidBefore(view))) return outcome;
    const text = `refused after an attempt that may have been paid: ${outcome.code} ${outcome.text}`;
    return { kind: 'unknown', phase: 'unlisted', text, providerRefundId: null };
  }

  /**
   * Money of a refund that has ended without it, or has other money already: kept beside the payment's other refunds, and nothing more of the
   * payment is sent until a person has looked. Whatever becomes of the refund, this provider refund is another one, so nothing has to be compared; seen again it is known.
   */
  private async external(
    { view, token }: Standing,
    { providerRefundId, shown, text }: Settlement & { readonly kind: 'external' },
    call: CallRow | null,
    cause: string,
  ): Promise<Answered> {
    const { paymentNo, ordinal, merchantNo, refundId } = view;
    const amount = view.attempt?.amount ?? view.amount ?? '0';
    const stoppedBecause = `${refundId} is ${text}`;
    const row = {
      paymentNo,
      ordinal,
      merchantNo,
      providerRefundId,
      amount,
      shown,
      cause,
      stoppedBecause,
      call,
    };
    const { kept, owned } = await this.store.keepExternal(row);
    if (kept) {
      this.watch.contradiction();
      this.watch.log(
        'error',
        'money moved for a refund that had ended or was paid already; its payment is stopped',
        {
          refundId,
          state: view.state,
          providerRefundId,
          paymentId: view.paymentId,
          amount,
          currency: view.currency,
        },
      );
    }
    if (!owned)
      this.contradiction({ view }, `provider refund ${providerRefundId} already belongs to another refund`);
    if (token !== null) await this.store.giveBack([{ paymentNo, token, dueMs: 0 }]);
    return 'contradicted';
  }

  /** The database may refuse the row itself, which no repetition cures: the answer is kept without it, and the lease runs out. */
  private async writeOrKeep(
    row: SettleRow,
    standing: Standing,
    account: ProcessingAccount,
  ): Promise<boolean> {
    try {
      return await this.write(row, standing, account);
    } catch (error) {
      if (row.call !== null) await this.keepEvidence(standing.view, row.call);
      throw error;
    }
  }

  /** Writes a row decided on `standing`; false when the payment has moved on. */
  async write(row: SettleRow, standing: Standing, account: ProcessingAccount): Promise<boolean> {
    // Without a key an answer that is lost with the process costs a person's time: it does not wait for others.
    const isKeyless = standing.view.attempt?.key === null;
    const { applied, waiting } = await this.store.settle(row, isKeyless);
    if (!applied) return false;
    await this.watch.step('executor.settled');
    if (row.to !== standing.view.state || row.entry !== null)
      this.watch.settled(account.account.provider, row.to);
    if (row.to === 'review' && standing.view.state !== 'review') this.askPerson(row, standing, account);
    if (waiting > 0 && row.laneMs !== null && row.laneMs >= 0) this.onDue.lane(row.laneMs);
    if (row.lookUpMs !== null) this.onDue.lookUp(row.lookUpMs);
    if (row.entry?.publish === true) this.onPublish();
    return true;
  }

  private askPerson({ reviewReason }: SettleRow, { view }: Standing, account: ProcessingAccount): void {
    const { provider, name } = account.account;
    const { refundId, paymentId, currency } = view;
    const amount = view.amount ?? view.asked;
    const fields = { refundId, provider, account: name, paymentId, reason: reviewReason, amount, currency };
    this.watch.log('warn', 'a refund waits for a person', fields);
  }

  /** A change of our own while we hold the lane; when the payment has moved on it is given back and claimed anew. */
  async own(standing: Standing, change: OwnChange, account: ProcessingAccount): Promise<void> {
    const row = ownRow(standing, change, this.context(account, 'rule'));
    if (!(await this.write(row, standing, account))) await this.giveBack(standing);
  }

  /** A refund that waits for its next call, or to be looked up, is left to a person instead, unless it has gone on meanwhile. */
  async leaveToPerson(
    { paymentNo, ordinal, calls }: RefundView,
    reason: string,
    account: ProcessingAccount,
  ): Promise<void> {
    const view = await this.store.read(paymentNo, ordinal);
    if (view === null || view.calls !== calls) return;
    if (view.state !== 'requested' && view.state !== 'unknown') return;
    const standing = standingOf(view, null);
    await this.write(reviewRow(standing, reason, null, this.context(account, 'rule')), standing, account);
  }

  /** Ends our lease on a lane without a change. */
  async giveBack({ view, token }: Standing): Promise<void> {
    if (token !== null) await this.store.giveBack([{ paymentNo: view.paymentNo, token, dueMs: 0 }]);
  }

  private async readAgain(standing: Standing): Promise<Standing> {
    const { paymentNo, ordinal, refundId } = standing.view;
    const view = await this.store.read(paymentNo, ordinal);
    if (view === null) throw new Error(`refund ${refundId} is gone from the store`);
    return standingOf(view, view.leaseToken === standing.token ? standing.token : null);
  }

  /** Why the provider refund that the row binds cannot be this refund's; null where it can. */
  private async ownedByAnother({ bind, merchantNo, paymentNo, ordinal }: SettleRow): Promise<string | null> {
    if (bind === null) return null;
    const owner = await this.store.ownerOf(merchantNo, bind);
    if (owner === null || (owner.paymentNo === paymentNo && owner.ordinal === ordinal)) return null;
    return owner.ordinal === 0
      ? `provider refund ${bind} is recorded as made elsewhere: a person who decides "completed" with that name gives it to this refund`
      : `provider refund ${bind} already belongs to another refund`;
  }

  /** Keeps a call that decides nothing by itself. */
  async keepEvidence({ paymentNo, ordinal }: RefundView, call: CallRow): Promise<void> {
    await this.store.lookAgain({ paymentNo, ordinal, lookUpToken: '0', dueMs: 0, call, evidenceOnly: true });
  }

  private contradiction(standing: Pick<Standing, 'view'>, text: string): void {
    this.watch.contradiction();
    this.watch.log('error', 'an answer contradicts what is stored; nothing was changed', {
      refundId: standing.view.refundId,
      state: standing.view.state,
      text,
    });
  }
}
