import type { BookNames } from '#libs/contracts';
import type { ClaimedLookUp, ExecutorStore, Want } from '#libs/store';
import type { AccountBook, ProcessingAccount } from '../accounts.ts';
import type { Watch } from '../watch.ts';
import { AccountHealth } from './account-health.ts';
import { Arming } from './arming.ts';
import { AccountLane, type Work } from './account-lane.ts';
import { HeardCalls } from './heard-calls.ts';
import { DueQueue } from '../due-queue.ts';
import { LookingFirst } from './looking-first.ts';
import { LookingUp } from './looking-up.ts';
import { ReadingPayment } from './reading-payment.ts';
import { Settler, type Due } from './settler.ts';
import { Submission, type Leased } from './submission.ts';

export interface ExecutorOptions {
  /** How long a claim is ours. Shorter: a slow provider lets it run out under a call. Longer: a killed worker's refunds wait that long. */
  readonly leaseMs: number;
  readonly callTimeoutMs: number;
  /** See `SubmissionOptions`. */
  readonly sendWithinMs: number;
  /** Refunds claimed beyond the calls in flight, so that a slot never waits for the database. */
  readonly claimAheadMax: number;
  /** Share of an account's slots that look-ups may claim at a time. */
  readonly lookUpShare: number;
  readonly statusEvents: boolean;
  readonly books: BookNames;
  /** Look for due work at least this often: the safety net for what other processes wrote. */
  readonly pollMs: number;
}

const ERROR_PAUSE_MS = 500;
/** Stopped accounts are looked at this much more rarely than what is due: they wait for people. */
const ACCOUNTS_POLL = 5;
/** With more calls than this in flight the next outcome is probably a moment away. */
const CALLS_CLOSE = 8;

/**
 * Claims refunds and look-ups that are due and runs them, each account within its own limits: one provider being slow or away
 * takes nothing from another.
 */
export class Executor {
  private readonly lanes: Map<number, AccountLane>;
  private readonly submission: Submission;
  private readonly lookingUp: LookingUp;
  private readonly health: AccountHealth;
  private readonly due: Readonly<Record<'submissions' | 'lookUps' | 'accounts', DueQueue>>;
  private readonly loops: Promise<void>[] = [];
  private stopping = false;
  private readonly underWay = new Set<Promise<void>>();

  constructor(
    private readonly store: ExecutorStore,
    accounts: AccountBook,
    private readonly options: ExecutorOptions,
    private readonly watch: Watch,
    onPublish: () => void,
  ) {
    this.due = {
      submissions: new DueQueue(options.pollMs),
      lookUps: new DueQueue(options.pollMs),
      accounts: new DueQueue(options.pollMs * ACCOUNTS_POLL),
    };
    const onDue: Due = {
      lane: (inMs) => {
        this.due.submissions.nudgeIn(inMs);
      },
      lookUp: (inMs) => {
        this.due.lookUps.nudgeIn(inMs);
      },
    };
    const settler = new Settler(
      store,
      watch,
      { statusEvents: options.statusEvents, books: options.books },
      onDue,
      onPublish,
    );
    this.health = new AccountHealth(store, settler, watch, () => {
      this.nudge();
      onDue.lookUp(0);
    });
    const reading = new ReadingPayment(settler, this.health, watch);
    const arming = new Arming(store, settler, reading);
    this.submission = new Submission(
      store,
      arming,
      new LookingFirst(store, arming, reading, settler, watch),
      settler,
      this.health,
      watch,
      options,
      () => this.stopping,
    );
    this.lookingUp = new LookingUp(store, settler, this.health, watch, onDue);
    this.lanes = new Map(
      accounts.accounts.map((account) => [account.accountNo, this.openLane(account)] as const),
    );
  }

  start(): void {
    if (this.loops.length > 0) return;
    this.loops.push(
      this.loop(this.due.submissions, async () => {
        await this.claimSubmissions();
      }),
      this.loop(this.due.lookUps, async () => {
        await this.claimLookUps();
      }),
      this.loop(this.due.accounts, async () => {
        await this.tryStopped();
      }),
    );
  }

  /** How busy the accounts' calls are: `full` when one has no call free, `some` when outcomes come close after each other. */
  load(): 'idle' | 'some' | 'full' {
    let calls = 0;
    for (const { account, slots } of this.lanes.values()) {
      if (slots.busy >= account.concurrency) return 'full';
      calls += slots.busy;
    }
    return calls > CALLS_CLOSE ? 'some' : 'idle';
  }

  /** Refunds and look-ups between their claim and their written outcome. */
  get inFlight(): number {
    return this.underWay.size;
  }

  /** There may be refunds to submit now. */
  nudge(): void {
    this.due.submissions.nudgeIn(0);
  }

  /** There may be refunds to look up now. */
  nudgeLookUps(): void {
    this.due.lookUps.nudgeIn(0);
  }

  /** Claims nothing more and gives back what was not sent; resolves when every call in flight has its outcome written. */
  async stop(): Promise<void> {
    this.stopping = true;
    this.due.submissions.close();
    this.due.lookUps.close();
    this.due.accounts.close();
    for (const lane of this.lanes.values()) lane.stop();
    await Promise.all(this.loops);
    while (this.underWay.size > 0) await Promise.all(this.underWay);
    await this.store.idle();
  }

  private openLane(account: ProcessingAccount): AccountLane {
    const most = {
      refunds: account.concurrency + this.options.claimAheadMax,
      lookUps: Math.max(1, Math.floor(account.concurrency * this.options.lookUpShare)),
    };
    return new AccountLane(account, most, this.watch, (work) => {
      if (work === 'refunds') this.nudge();
      else this.nudgeLookUps();
    });
  }

  private async loop(due: DueQueue, claim: () => Promise<void>): Promise<void> {
    while (!this.stopping) {
      try {
        due.begin();
        await claim();
        await due.wait();
      } catch (error) {
        this.watch.log('error', 'claiming failed; trying again', { error: String(error) });
        await new Promise<void>((resolve) => setTimeout(resolve, ERROR_PAUSE_MS));
      }
    }
  }

  private async claimSubmissions(): Promise<void> {
    const wants = this.wants('refunds', this.options.claimAheadMax / 2);
    if (wants.length === 0) return;
    const askedAtMs = performance.now();
    const claimed = await this.store.claim(wants, this.options.leaseMs);
    this.note(wants, claimed, 'refunds');
    if (claimed.length === 0) return;
    await this.watch.step('executor.claimed');
    const endsAtMs = askedAtMs + this.options.leaseMs;
    for (const one of claimed) this.submit({ claimed: one, endsAtMs, claimedAtMs: askedAtMs });
  }

  private submit(leased: Leased): void {
    const { claimed } = leased;
    const lane = this.lanes.get(claimed.accountNo);
    if (lane === undefined) {
      // The lane came to us under another account of the same merchant; from now on it is claimed by whoever has this one.
      const { paymentNo, token, accountNo } = claimed;
      this.track(this.store.giveBack([{ paymentNo, token, dueMs: 0, accountNo }]));
      return;
    }
    lane.underWay.refunds += 1;
    this.track(
      lane.ahead
        .run('submission', async () => {
          await this.submitNow(leased, lane);
        })
        .finally(() => {
          lane.underWay.refunds -= 1;
          if (lane.backlog.refunds) this.nudge();
        }),
    );
  }

  private async submitNow(
    leased: Leased,
    { account, breakers: { refunds }, slots }: AccountLane,
  ): Promise<void> {
    const { paymentNo, token, refundId } = leased.claimed;
    if (refunds.openedAtMs > leased.claimedAtMs) {
      await this.store.giveBack([{ paymentNo, token, dueMs: 0 }]);
      return;
    }
    const calls = new HeardCalls(slots);
    try {
      await this.submission.run(leased, account, calls);
    } finally {
      if (calls.heard !== null) refunds.heard(calls.heard, refundId);
    }
  }

  /** Accounts that stopped by themselves are tried again when their turn comes, those that are short of money with one refund. */
  private async tryStopped(): Promise<void> {
    const reachable = [...this.lanes.values()].filter(({ breakers }) => breakers.refunds.state !== 'open');
    for (const accountNo of await this.health.takeTurns(reachable)) {
      const claimedAtMs = performance.now();
      const want = { accountNo, count: 1, trial: true };
      const [claimed] = await this.store.claim([want], this.options.leaseMs);
      if (claimed === undefined) continue;
      this.health.beginTrial(accountNo, claimed.refundId);
      this.submit({ claimed, endsAtMs: claimedAtMs + this.options.leaseMs, claimedAtMs });
    }
  }

  private async claimLookUps(): Promise<void> {
    const wants = this.wants('lookUps', 1);
    if (wants.length === 0) return;
    const claimed = await this.store.claimLookUps(wants, this.options.leaseMs);
    this.note(wants, claimed, 'lookUps');
    if (claimed.length === 0) return;
    await this.watch.step('lookUp.claimed');
    for (const look of claimed) this.lookUp(look);
  }

  private lookUp(look: ClaimedLookUp): void {
    const lane = this.lanes.get(look.accountNo);
    if (lane === undefined) return;
    lane.underWay.lookUps += 1;
    const calls = new HeardCalls(lane.slots);
    this.track(
      this.lookingUp.run(look, lane.account, calls).finally(() => {
        lane.underWay.lookUps -= 1;
        if (calls.heard !== null) lane.breakers.lookUps.heard(calls.heard, look.refundId);
        if (lane.backlog.lookUps) this.due.lookUps.nudgeIn(0);
      }),
    );
  }

  /** Remembers which accounts got all they asked for: they are asked again as soon as there is room. */
  private note(wants: readonly Want[], claimed: readonly { readonly accountNo: number }[], work: Work): void {
    for (const want of wants) {
      const lane = this.lanes.get(want.accountNo);
      if (lane !== undefined)
        lane.backlog[work] = claimed.filter((one) => one.accountNo === want.accountNo).length >= want.count;
    }
  }

  private wants(work: Work, atLeast: number): Want[] {
    return [...this.lanes.values()]
      .map((lane) => ({ accountNo: lane.account.accountNo, count: lane.room(work, atLeast) }))
      .filter((want) => want.count > 0);
  }

  /** A failure here is a defect of ours: the lease runs out, and the refund is found as interrupted. */
  private track(work: Promise<void>): void {
    const tracked = work
      .catch((error: unknown) => {
        this.watch.log('error', 'a refund was left to its lease', {
          error: error instanceof Error ? error.stack : String(error),
        });
      })
      .finally(() => {
        this.underWay.delete(tracked);
      });
    this.underWay.add(tracked);
  }
}
