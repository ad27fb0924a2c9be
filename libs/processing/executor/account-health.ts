import type { ProbeAnswer } from '#libs/provider-kit';
import {
  accountNews,
  afterBalanceRefused,
  afterProbe,
  afterWork,
  isToBeProbed,
  nextTurn,
  type AccountChange,
  type Outcome,
  type StopCause,
} from '#libs/refund';
import type { ExecutorStore, RefundView, StoredStanding } from '#libs/store';
import type { ProcessingAccount } from '../accounts.ts';
import type { Watch } from '../watch.ts';
import type { Calls } from './calls.ts';
import { callRow } from './call-log.ts';
import type { Settler } from './settler.ts';
import { uninterrupted } from './uninterrupted.ts';

/** What people are shown while an account is stopped. */
const REASONS: Readonly<Record<StopCause, string>> = {
  credentials: 'the provider refuses its credentials',
  balance: 'its balance at the provider does not cover its refunds',
};

interface Confirmed {
  /** The account is refused for this refund alone. */
  readonly alone: boolean;
  readonly probe: ProbeAnswer | null;
}

/**
 * What calls tell of their accounts: stops one whose trouble is confirmed, tries a stopped one again when its turn comes, and lets it go on. Everything
 * is stored, so that every process obeys; decisions are compared with the standing they were taken on.
 */
export class AccountHealth {
  /** One confirmation at a time: of many refused calls of an account, one asks. */
  private readonly confirming = new Map<number, Promise<Confirmed>>();
  /** When this process learnt of a stop, on its own clock. */
  private readonly stoppedAtMs = new Map<number, number>();
  /** The refund that was let through a stopped account to try it. */
  private readonly trials = new Map<number, string>();
  /** Accounts that this process has doubts about: the next refund that goes through ends them. */
  private readonly doubted = new Set<number>();

  constructor(
    private readonly store: ExecutorStore,
    private readonly settler: Settler,
    private readonly watch: Watch,
    /** An account goes on: there may be refunds to submit now. */
    private readonly onResume: () => void,
  ) {}

  /** Whether the account is known to have stopped after `claimedAtMs`: what was claimed before need not run into the same wall. */
  hasStoppedSince({ accountNo }: ProcessingAccount, claimedAtMs: number): boolean {
    return (this.stoppedAtMs.get(accountNo) ?? Number.NEGATIVE_INFINITY) > claimedAtMs;
  }

  /** Takes the answer to a call that could move money for what it tells of the account. True: the account is refused for this refund alone. */
  async heard(
    view: RefundView,
    outcome: Outcome,
    account: ProcessingAccount,
    slots: Calls,
  ): Promise<boolean> {
    switch (accountNews(outcome)) {
      case 'credentials':
        return await this.refused(view, account, slots);
      case 'balance':
        await this.balanceRefused(view, account);
        return false;
      case 'works':
        await this.worked(view, account);
        return false;
      case null:
        return false;
    }
  }

  /** The provider refused the account's credentials. True: for this refund alone. */
  async refused(view: RefundView, account: ProcessingAccount, slots: Calls): Promise<boolean> {
    const { accountNo } = account;
    let confirming = this.confirming.get(accountNo);
    if (confirming === undefined) {
      confirming = this.confirm(account, slots).finally(() => this.confirming.delete(accountNo));
      this.confirming.set(accountNo, confirming);
    }
    const { alone, probe } = await confirming;
    if (probe !== null)
      await this.settler.keepEvidence(view, callRow(view.attemptNo, 'probe', probe.exchange, probe.kind));
    return alone;
  }

  /**
   * Accounts that stopped by themselves and whose turn to be tried this process has now taken. Credentials are tried here; what is answered are those
   * that stopped for their balance, to be tried with one refund.
   */
  async takeTurns(accounts: readonly { account: ProcessingAccount; slots: Calls }[]): Promise<number[]> {
    const standings = await this.store.standings(accounts.map(({ account }) => account.accountNo));
    const taken: number[] = [];
    for (const { account, slots } of accounts) {
      const standing = standings.find(({ accountNo }) => accountNo === account.accountNo);
      if (standing === undefined) continue;
      this.noteStop(account, standing.stop !== null);
      const turn = nextTurn(standing, account.policy, Math.random());
      if (turn === null || (turn.because === 'balance' && !standing.hasDue)) continue;
      if (!(await this.change(standing, turn))) continue;
      if (turn.because === 'balance') taken.push(account.accountNo);
      else await this.tryCredentials(account, slots);
    }
    return taken;
  }

  /** This refund was claimed to try its account. */
  beginTrial(accountNo: number, refundId: string): void {
    this.trials.set(accountNo, refundId);
  }

  private async confirm(account: ProcessingAccount, slots: Calls): Promise<Confirmed> {
    const before = await this.standing(account);
    if (before === null || !isToBeProbed(before)) return { alone: false, probe: null };
    const probe = await this.probe(account, slots);
    const { change, alone } = afterProbe(before, probe.kind, account.policy, Math.random());
    if (change !== null && (await this.change(before, change))) this.alert(account, 'credentials');
    return { alone, probe };
  }

  private async balanceRefused(view: RefundView, account: ProcessingAccount): Promise<void> {
    const standing = await this.standing(account);
    if (standing === null) return;
    const change = afterBalanceRefused(standing, view.refundId, account.policy, Math.random());
    if (change === null || !(await this.change(standing, change))) return;
    if (change.kind === 'doubt') this.doubted.add(account.accountNo);
    else this.alert(account, 'balance', view.refundId);
  }

  private async worked({ refundId }: RefundView, account: ProcessingAccount): Promise<void> {
    const { accountNo } = account;
    const isTrial = this.trials.get(accountNo) === refundId;
    if (!isTrial && !this.doubted.has(accountNo)) return;
    const standing = await this.standing(account);
    this.doubted.delete(accountNo);
    const change = standing === null ? null : afterWork(standing, isTrial);
    if (standing === null || change === null) return;
    if ((await this.change(standing, change)) && standing.stop !== null) this.resumed(account);
  }

  private async tryCredentials(account: ProcessingAccount, slots: Calls): Promise<void> {
    const { kind } = await this.probe(account, slots);
    if (kind !== 'accepted') return;
    const standing = await this.standing(account);
    if (standing?.stop?.because !== 'credentials') return;
    if (await this.change(standing, { kind: 'run' })) this.resumed(account);
  }

  private async probe(account: ProcessingAccount, slots: Calls): Promise<ProbeAnswer> {
    const { reader } = account.module;
    const probe = await slots.run('lookUp', async () => await reader.probe(account.account, uninterrupted));
    this.watch.call(account.account.provider, 'probe', probe.kind, probe.exchange.durationMs);
    return probe;
  }

  private async standing({ accountNo }: ProcessingAccount): Promise<StoredStanding | null> {
    const [standing] = await this.store.standings([accountNo]);
    return standing ?? null;
  }

  private async change({ accountNo, version }: StoredStanding, change: AccountChange): Promise<boolean> {
    const reason = change.kind === 'stop' ? REASONS[change.because] : null;
    return await this.store.changeStanding({ accountNo, version, change, reason });
  }

  private noteStop({ accountNo }: ProcessingAccount, isStopped = true): void {
    if (!isStopped) this.stoppedAtMs.delete(accountNo);
    else if (!this.stoppedAtMs.has(accountNo)) this.stoppedAtMs.set(accountNo, performance.now());
  }

  private alert(account: ProcessingAccount, because: StopCause, refundId?: string): void {
    this.noteStop(account);
    const { provider, name } = account.account;
    this.watch.log('error', 'an account has stopped by itself; its refunds wait until it works again', {
      provider,
      account: name,
      because: REASONS[because],
      ...(refundId === undefined ? {} : { refundId }),
    });
  }

  private resumed(account: ProcessingAccount): void {
    const { provider, name } = account.account;
    this.stoppedAtMs.delete(account.accountNo);
    this.trials.delete(account.accountNo);
    this.watch.log('warn', 'an account that had stopped by itself goes on', { provider, account: name });
    this.onResume();
  }
}
