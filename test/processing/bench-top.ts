import { Client } from 'pg';
import type { BusBatch } from '#libs/bus';
import { requestMessage, type IncomingRecord, type RefundRequested } from '#libs/contracts';
import {
  AccountBook,
  Executor,
  Intake,
  retryPolicy,
  type IntakeOptions,
  type ProcessingAccount,
  type Verify,
  type Watch,
} from '#libs/processing';
import { createHttpEdge, type HttpEdge, type ProviderAccount, type ProviderModule } from '#libs/provider-kit';
import { createRazorpay } from '#libs/provider-razorpay/submit';
import { SandboxClient } from '#libs/scenario';
import {
  AccountStore,
  Database,
  ExecutorStore,
  IntakeStore,
  ReportStore,
  type RefundReport,
} from '#libs/store';
import { createTestDatabase } from '#libs/store/testing';
import { BOOK_NAMES } from '../support/book-names.ts';
import { startSandbox } from '../../apps/sandbox/sandbox.ts';

export type Request = Partial<RefundRequested> & { readonly refundId: string; readonly paymentId: string };

const TOPIC = 'refunds.requested.v1';
const CLUSTER = 'bench-top';
const LEASE_MS = 3000;
const CALL_TIMEOUT_MS = 400;
/** Of a call at the provider: far more than a busy machine stands still for, because an answer that came too late is another test. */
const PATIENCE_MS = 10_000;
const UNTIL_MS = 20_000;

/** Intake and executor on a real database against a real sandbox, without a bus: batches are handed in, journal rows are read. */
export interface BenchTop {
  readonly sandbox: SandboxClient;
  readonly sandboxUrl: string;
  readonly databaseUrl: string;
  readonly executor: Executor;
  readonly store: ExecutorStore;
  readonly reports: ReportStore;
  readonly accounts: AccountStore;
  readonly sql: Client;
  readonly log: readonly string[];
  /** How often each thing was told of: `requests`, `duplicate`, `rejected CODE`, `deadLetter CODE`, `claiming WORK STATE`, `settled STATE`. */
  readonly counts: ReadonlyMap<string, number>;
  /** The account as it is configured, for a processor that shall have another one. */
  readonly account: ProcessingAccount;
  /** A processor beside the first, on connections of its own. Not started; stopped with the rest. */
  processor(other?: OtherProcessor): Executor;
  /** An intake that knows nothing of the first one, as after a restart or a rebalance. */
  intake(options?: Partial<IntakeOptions>, store?: IntakeStore, account?: ProcessingAccount): Intake;
  readonly database: Database;
  payment(amount?: string, fields?: Readonly<Record<string, unknown>>): Promise<string>;
  /** Takes requests in as one batch; `recordAtMs` is the records' age on the bus. */
  request(requests: readonly Request[], recordAtMs?: number): Promise<void>;
  /** Takes records in as one batch, byte for byte. */
  take(records: readonly IncomingRecord[]): Promise<void>;
  /** Waits until the refund is in one of the states. */
  until(refundId: string, ...states: readonly string[]): Promise<RefundReport>;
  /** Waits until the refund's report is as wanted. */
  untilReport(refundId: string, wanted: (report: RefundReport) => boolean): Promise<RefundReport>;
  /** Visible states in journal order. */
  states(refundId: string): Promise<readonly string[]>;
  booked(): Promise<readonly { readonly amount: string; readonly status: string }[]>;
  close(): Promise<void>;
}

export interface BenchTopOptions extends OtherProcessor {
  /** Razorpay when absent. */
  readonly provider?: BenchProvider;
  readonly verify?: Verify;
  /** How long a call may take. To be made short for calls without an answer only: a machine that stands still for a moment looks like one. */
  readonly callTimeoutMs?: number;
  readonly baseUrl?: string;
  readonly callsMax?: number;
  readonly waitingMaxMs?: number;
}

/** What a processor may have that another has not. */
interface OtherProcessor {
  readonly store?: (database: Database) => ExecutorStore;
  readonly account?: (configured: ProcessingAccount) => ProcessingAccount;
  readonly step?: Watch['step'];
  /** Accounts beside the configured one. */
  readonly others?: readonly ProcessingAccount[];
}

/** The provider that a bench-top works with. */
export interface BenchProvider {
  readonly name: string;
  readonly currency: string;
  open(surroundings: { readonly edge: HttpEdge; readonly callTimeoutMs: number }): {
    readonly module: ProviderModule;
    readonly submitter: ProcessingAccount['submitter'];
    readonly account: (baseUrl: string) => ProviderAccount;
  };
}

const RAZORPAY: BenchProvider = {
  name: 'razorpay',
  currency: 'INR',
  open: (surroundings) => {
    const razorpay = createRazorpay(surroundings);
    const settings = { keyId: 'rzp_test_sandbox', keySecret: 'sandbox_secret' };
    const account = (baseUrl: string): ProviderAccount =>
      razorpay.readAccount({ name: 'default', merchant: 'default', settings: { ...settings, baseUrl } });
    return { ...razorpay, account };
  },
};

const DAY_MS = 86_400_000;
const STATEMENTS = { gatherMs: () => 0, onFlush: () => undefined };
const LIMITS = {
  leaseMs: LEASE_MS,
  callTimeoutMs: CALL_TIMEOUT_MS,
  sendWithinMs: 1000,
  claimAheadMax: 16,
  lookUpShare: 0.25,
  statusEvents: true,
  books: BOOK_NAMES,
  pollMs: 20,
};
const INTAKE = {
  groupId: 'g',
  cluster: CLUSTER,
  payloadBytesMax: 262_144,
  requestAgeMaxMs: DAY_MS,
  statusEvents: true,
};

export async function openBenchTop(options: BenchTopOptions = {}): Promise<BenchTop> {
  const test = await createTestDatabase();
  const server = await startSandbox();
  const sandbox = new SandboxClient(server.url);
  const database = new Database(test.url, () => undefined);
  const accounts = new AccountStore(database);
  const { provider = RAZORPAY } = options;
  const account = await openAccount(accounts, provider, options.baseUrl ?? server.url, options);
  const log: string[] = [];
  const counts = new Map<string, number>();
  const watch = quietWatch(log, counts);
  const processors = new Processors(test.url, account, watch);
  const { executor, store } = processors.add(options);
  const intake: BenchTop['intake'] = (changed = {}, own = new IntakeStore(database), served = account) =>
    new Intake(own, new AccountBook([served]), { ...INTAKE, ...changed }, watch, () => {
      executor.nudge();
    });
  const reports = new ReportStore(database);
  const sql = new Client({ connectionString: test.url });
  await sql.connect();
  return {
    sandbox,
    sandboxUrl: server.url,
    databaseUrl: test.url,
    executor,
    store,
    reports,
    accounts,
    sql,
    log,
    counts,
    account,
    database,
    processor: (other = {}) => processors.add(other).executor,
    intake,
    payment: async (amount = '100.00', fields = {}) =>
      (
        await sandbox.createPayment({
          provider: provider.name,
          amount,
          currency: provider.currency,
          ...fields,
        })
      ).paymentId,
    ...entry(intake(), provider),
    until: async (refundId, ...states) =>
      await until(reports, refundId, ({ refund }) => states.includes(refund.state), states.join(' or ')),
    untilReport: async (refundId, wanted) => await until(reports, refundId, wanted, 'as wanted'),
    states: async (refundId) => {
      const report = await reports.refund(refundId);
      return report?.journal.map(({ status }) => (JSON.parse(status) as { state: string }).state) ?? [];
    },
    booked: async () => await sandbox.refunds(provider.name),
    close: async () => {
      await processors.close();
      await sql.end();
      await database.close();
      await server.close();
      await test.drop();
    },
  };
}

/** Executors on one database, each with its own connections, as processes have them. */
class Processors {
  private readonly running: { readonly executor: Executor; readonly end: () => Promise<void> }[] = [];

  constructor(
    private readonly databaseUrl: string,
    private readonly account: ProcessingAccount,
    private readonly watch: Watch,
  ) {}

  add(own: OtherProcessor): { readonly executor: Executor; readonly store: ExecutorStore } {
    const database = new Database(this.databaseUrl, () => undefined);
    const store = own.store?.(database) ?? new ExecutorStore(database, STATEMENTS);
    const account = own.account?.(this.account) ?? this.account;
    const watch = own.step === undefined ? this.watch : { ...this.watch, step: own.step };
    const executor = new Executor(
      store,
      new AccountBook([account, ...(own.others ?? [])]),
      LIMITS,
      watch,
      () => undefined,
    );
    const end = async (): Promise<void> => {
      await executor.stop();
      store.close();
      await database.close();
    };
    this.running.push({ executor, end });
    return { executor, store };
  }

  async close(): Promise<void> {
    for (const { end } of this.running) await end();
  }
}

/** Hands batches of one partition to intake, each where the last one ended. */
function entry(intake: Intake, provider: BenchProvider): Pick<BenchTop, 'request' | 'take'> {
  let offset = 0;
  return {
    request: async (requests, recordAtMs = Date.now()) => {
      const batch = batchOf(requests, offset, recordAtMs, provider);
      offset = batch.next;
      await intake.take(batch);
    },
    take: async (records) => {
      const from = offset;
      offset += records.length;
      const placed = records.map((record, index) => ({
        ...record,
        offset: from + index,
        timestampMs: Date.now(),
      }));
      await intake.take({ topic: TOPIC, partition: 0, from, next: offset, records: placed });
    },
  };
}

async function openAccount(
  accounts: AccountStore,
  provider: BenchProvider,
  baseUrl: string,
  options: BenchTopOptions,
): Promise<ProcessingAccount> {
  const { callTimeoutMs = PATIENCE_MS } = options;
  const opened = provider.open({ edge: createHttpEdge({}), callTimeoutMs });
  const { module, submitter } = opened;
  const account = opened.account(baseUrl);
  const [registered] = await accounts.register([account]);
  const schedule = {
    firstLookUpMs: 50,
    pollFirstMs: 50,
    pollMaxMs: 200,
    overdueMs: 600_000,
    visibilityDelayMs: 500,
    rereadForMs: 0,
  };
  const limits = {
    retryFirstMs: 50,
    retryMaxMs: 200,
    callsMax: options.callsMax ?? 20,
    waitingMaxMs: options.waitingMaxMs ?? DAY_MS,
  };
  return {
    accountNo: registered?.accountNo ?? 0,
    merchantNo: registered?.merchantNo ?? 0,
    account,
    module,
    submitter,
    policy: retryPolicy(module.capabilities, schedule, limits),
    verify: options.verify ?? 'first',
    verifyAgeMs: 3_600_000,
    spacingMs: 0,
    concurrency: 8,
    ratePerSecond: null,
  };
}

/** Records of one partition, as the bus hands them to intake. */
export function batchOf(
  requests: readonly Request[],
  from: number,
  recordAtMs: number,
  { name, currency }: BenchProvider = RAZORPAY,
): BusBatch {
  const records = requests.map((request, index) => {
    const full = { provider: name, currency, ...request } as RefundRequested;
    const { key, value, headers } = requestMessage(full, {
      topic: TOPIC,
      ceId: `e-${request.refundId}-${String(from + index)}`,
      ceSource: '/orders',
      time: new Date(recordAtMs).toISOString(),
    });
    return { offset: from + index, timestampMs: recordAtMs, key, value, headers };
  });
  return { topic: TOPIC, partition: 0, from, next: from + requests.length, records };
}

async function until(
  reports: ReportStore,
  refundId: string,
  wanted: (report: RefundReport) => boolean,
  what: string,
): Promise<RefundReport> {
  const deadlineMs = performance.now() + UNTIL_MS;
  for (;;) {
    const report = await reports.refund(refundId);
    if (report !== null && wanted(report)) return report;
    if (performance.now() > deadlineMs)
      throw new Error(
        `${refundId} is ${report?.refund.state ?? 'absent'}, not ${what}: ${JSON.stringify(report)}`,
      );
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

function quietWatch(log: string[], counts: Map<string, number>): Watch {
  const nothing = (): void => undefined;
  const count = (what: string, by = 1): void => {
    counts.set(what, (counts.get(what) ?? 0) + by);
  };
  return {
    log: (level, message, fields) => {
      log.push(`${level} ${message} ${JSON.stringify(fields ?? {})}`);
    },
    requests: (by) => {
      count('requests', by);
    },
    rejected: (code) => {
      count(`rejected ${code}`);
    },
    duplicate: () => {
      count('duplicate');
    },
    deadLetter: (code) => {
      count(`deadLetter ${code}`);
    },
    call: nothing,
    claiming: (_provider, _account, work, state) => {
      count(`claiming ${work} ${state}`);
    },
    settled: (_provider, state) => {
      count(`settled ${state}`);
    },
    late: nothing,
    webhook: nothing,
    contradiction: () => {
      count('contradiction');
    },
    published: nothing,
    step: nothing,
  };
}
