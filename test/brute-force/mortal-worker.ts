import { AccountBook, Executor, type ProcessingAccount, type Watch } from '#libs/processing';
import { Database, ExecutorStore } from '#libs/store';
import { BOOK_NAMES } from '../support/book-names.ts';
import type { Bank } from './bank.ts';
import { pause, type Random } from './random.ts';

const LEASE_MS = 400;
/** Longer than any lease: what the worker was about to do is then somebody else's. */
const STALL_MAX_MS = 900;
const STALL_PROBABILITY = 0.03;

const LIMITS = {
  leaseMs: LEASE_MS,
  callTimeoutMs: 100,
  sendWithinMs: 50,
  claimAheadMax: 16,
  lookUpShare: 0.5,
  statusEvents: true,
  books: BOOK_NAMES,
  pollMs: 15,
};

/** One executor with connections of its own. Killed, it does nothing more, wherever it is; what it has sent, to the database or the bank, arrives. */
export class MortalWorker {
  readonly errors: string[] = [];
  /** Attempts whose answers it heard, as `refundId/attemptNo`. */
  readonly heard: string[] = [];
  private isDead = false;
  private closing: Promise<void> | null = null;
  private readonly database: Database;
  private readonly store: ExecutorStore;
  private readonly executor: Executor;

  constructor(
    databaseUrl: string,
    bank: Bank,
    private readonly random: Random,
  ) {
    this.database = new Database(databaseUrl, () => undefined);
    this.store = new ExecutorStore(this.database, { gatherMs: () => 0, onFlush: () => undefined });
    const mortal = this.mortal(this.store);
    const accounts = new AccountBook([this.account(bank)]);
    this.executor = new Executor(mortal, accounts, LIMITS, this.watch(bank), () => undefined);
    this.executor.start();
  }

  get wasKilled(): boolean {
    return this.isDead;
  }

  /** As kill -9: nothing that is under way in here goes on. Resolves when its connections are closed. */
  async kill(): Promise<void> {
    this.isDead = true;
    // Ends its timers; whatever it would still do hangs.
    void this.executor.stop();
    this.store.close();
    await this.store.idle();
    await this.close();
  }

  async stop(): Promise<void> {
    await this.executor.stop();
    this.store.close();
    await this.close();
  }

  private async close(): Promise<void> {
    this.closing ??= this.database.close();
    await this.closing;
  }

  /** Every call of a dead worker hangs; so do the answers of those that were made before. */
  private mortal<T extends object>(target: T): T {
    return new Proxy(target, {
      get: (of, name) => {
        const member: unknown = Reflect.get(of, name);
        if (typeof member !== 'function') return member;
        return async (...values: readonly unknown[]): Promise<unknown> => {
          if (this.isDead) return await forEver();
          const answer: unknown = await Promise.resolve(Reflect.apply(member, of, values));
          return this.isDead ? await forEver() : answer;
        };
      },
    });
  }

  private account(bank: Bank): ProcessingAccount {
    return {
      accountNo: 1,
      merchantNo: 1,
      account: {
        provider: 'razorpay',
        name: 'default',
        merchant: 'default',
        mode: 'test',
        baseUrl: '',
        credentials: null,
      },
      module: {
        name: 'razorpay',
        capabilities: {
          resend: bank.policy.resend,
          replayWindowMs: null,
          lookUp: bank.lookUp,
          visibilityDelayMs: bank.policy.visibilityDelayMs,
          webhooks: false,
          partials: true,
          void: false,
          spacingMs: 0,
          schedule: bank.policy,
          currencies: 'listed',
        },
        reader: this.mortal(bank.reader),
        currencyDecimals: () => 2,
        checkOptions: () => [],
        checkPaymentId: () => [],
      },
      submitter: this.submitter(bank),
      policy: bank.policy,
      verify: 'first',
      verifyAgeMs: 60_000,
      spacingMs: 0,
      concurrency: 24,
      ratePerSecond: null,
    };
  }

  /** `prepare` answers at once; only the call is mortal. */
  private submitter(bank: Bank): ProcessingAccount['submitter'] {
    const mortal = this.mortal(bank.submitter);
    return {
      prepare: (...values) => bank.submitter.prepare(...values),
      submit: async (account, attempt, signal) => {
        const answer = await mortal.submit(account, attempt, signal);
        this.heard.push(`${attempt.refundId}/${String(attempt.attemptNo)}`);
        return answer;
      },
    };
  }

  private watch(bank: Bank): Watch {
    const nothing = (): void => undefined;
    return {
      log: (level, message, fields) => {
        if (level === 'error') this.errors.push(`${message} ${JSON.stringify(fields)}`);
      },
      requests: nothing,
      rejected: nothing,
      duplicate: nothing,
      deadLetter: nothing,
      call: nothing,
      claiming: nothing,
      settled: nothing,
      late: nothing,
      webhook: nothing,
      contradiction: nothing,
      published: nothing,
      step: async () => {
        if (!bank.calm && this.random.chance(STALL_PROBABILITY))
          await pause(this.random.int(0, STALL_MAX_MS));
        if (this.isDead) await forEver();
      },
    };
  }
}

async function forEver(): Promise<never> {
  return await new Promise<never>(() => undefined);
}
