import { Client } from 'pg';
import { createEmbeddedBus, type Bus, type OutgoingMessage } from '#libs/bus';
import { readConfig, type Config } from '#libs/config';
import { acknowledgementMessage, requestMessage, type RefundRequested } from '#libs/contracts';
import { createLogger } from '#libs/observability';
import { compare, type Difference, type Question, type Sides, type Summary } from '#libs/reconciliation';
import { SandboxClient } from '#libs/scenario';
import { Database } from '#libs/store';
import { createTestDatabase } from '#libs/store/testing';
import { startProcessor, type RunningProcessor } from '../../apps/processor/start.ts';
import { runCommand } from '../support/run-command.ts';
import { openAccounts } from '../../apps/refundctl/reconcile/open-accounts.ts';
import { startSandbox } from '../../apps/sandbox/sandbox.ts';
import { until } from '../support/until.ts';

const HOUR_MS = 3_600_000;
const CONSUMER = 'ledger';

export interface Reconciled {
  readonly summary: Summary;
  readonly differences: readonly Difference[];
}

/** A whole system of one processor, the real sandbox with all three providers, and a consumer that acknowledges what it is told to. */
export interface World {
  readonly sandbox: SandboxClient;
  readonly environment: Readonly<Record<string, string>>;
  readonly config: Config;
  readonly bus: Bus;
  readonly database: Database;
  readonly sql: Client;
  payment(
    provider: string,
    amount: string,
    currency: string,
    fields?: Readonly<Record<string, unknown>>,
  ): Promise<string>;
  request(request: RefundRequested): Promise<void>;
  send(messages: readonly OutgoingMessage[]): Promise<void>;
  /** Waits until the refund is in the state, and everything about it is on the bus. */
  until(refundId: string, ...states: readonly string[]): Promise<void>;
  /** Acknowledges every result in the journal but those of the refunds named. */
  acknowledge(but?: readonly string[]): Promise<void>;
  /** No processor runs any more: what is changed now stays as it is. */
  stop(): Promise<void>;
  start(): Promise<void>;
  /** Runs one command line of `refundctl`. */
  refundctl(
    ...args: readonly string[]
  ): Promise<{ readonly exit: number; readonly out: string; readonly err: string }>;
  /** Compares the hours around now, seen from an hour later: everything is old enough to count. */
  reconcile(change?: Partial<Sides>, question?: Partial<Question>): Promise<Reconciled>;
  close(): Promise<void>;
}

/** `lean`: no payment is read before its refund, and no snapshots are published: half the work for a test of many refunds. */
export async function openWorld({ lean = false } = {}): Promise<World> {
  const test = await createTestDatabase();
  const server = await startSandbox();
  const environment = { NODE_ENV: 'test', DATABASE_URL: test.url, SANDBOX_URL: server.url, PORT: '0' };
  const config = lean ? leanConfig(readConfig(environment)) : readConfig(environment);
  const silent = createLogger({ level: 'silent', name: 'test', write: () => undefined });
  let processor: RunningProcessor | null = null;
  // Without webhooks: what has changed at a provider is seen by whoever looks.
  const start = async (): Promise<void> => {
    processor = await startProcessor(config, new Set(['intake', 'executor', 'relay']), silent);
  };
  await start();
  // As refundctl opens it: whoever compares waits, and can interrupt.
  const database = new Database(test.url, () => undefined, null);
  const sql = new Client({ connectionString: test.url });
  await sql.connect();
  const bus = createEmbeddedBus({ databaseUrl: test.url, log: () => undefined });
  const writer = await bus.writer();
  const sandbox = new SandboxClient(server.url);
  const send = async (messages: readonly OutgoingMessage[]): Promise<void> => {
    await writer.send(messages, AbortSignal.timeout(60_000));
  };
  const stop = async (): Promise<void> => {
    await processor?.stop();
    processor = null;
  };
  return {
    sandbox,
    environment,
    config,
    bus,
    database,
    sql,
    send,
    start,
    stop,
    refundctl: async (...args) => await runCommand(environment, args),
    payment: async (provider, amount, currency, fields = {}) =>
      (await sandbox.createPayment({ provider, amount, currency, ...fields })).paymentId,
    request: async (request) => {
      await send([requestOf(config, request)]);
    },
    until: async (refundId, ...states) => {
      await untilState(sql, refundId, states);
    },
    acknowledge: async (but = []) => {
      await send(await acknowledgements(sql, config, but));
    },
    reconcile: async (change = {}, question = {}) =>
      await reconcile({ database, bus, config }, change, question),
    close: async () => {
      await stop();
      await writer.close();
      await bus.close();
      await sql.end();
      await database.close();
      await server.close();
      await test.drop();
    },
  };
}

function leanConfig(config: Config): Config {
  const accounts = config.accounts.map((account) => ({ ...account, verify: 'never' as const }));
  return { ...config, accounts, statusEvents: false };
}

/** A request as an order service sends it. */
export function requestOf(config: Config, request: RefundRequested): OutgoingMessage {
  return requestMessage(request, {
    topic: config.topics.requested,
    ceId: `e-${request.refundId}`,
    ceSource: '/orders',
    time: new Date().toISOString(),
  });
}

async function untilState(sql: Client, refundId: string, states: readonly string[]): Promise<void> {
  let shown = 'absent';
  await until(
    `${refundId} to be ${states.join(' or ')}`,
    async () => {
      const { rows } = await sql.query<{ state: string; waiting: boolean }>(
        `select r.state, exists (select from refundry.outbox o where o.payment_no = r.payment_no and o.ordinal = r.ordinal) as waiting
         from refundry.refund r where r.refund_id = $1`,
        [refundId],
      );
      shown = rows[0]?.state ?? 'absent';
      return states.includes(shown) && rows[0]?.waiting === false;
    },
    () => `(it is ${shown})`,
  );
}

async function acknowledgements(
  sql: Client,
  config: Config,
  but: readonly string[],
): Promise<OutgoingMessage[]> {
  const { rows } = await sql.query<{ refund_id: string; payment_id: string; sequence: number }>(
    'select refund_id, payment_id, sequence from refundry.journal where result is not null and refund_id <> all($1::text[])',
    [but],
  );
  return rows.map(({ refund_id: refundId, payment_id: paymentId, sequence }) =>
    acknowledgementMessage(
      {
        refundId,
        paymentId,
        acknowledges: `${refundId}.${String(sequence)}`,
        consumer: CONSUMER,
        acknowledgedAt: new Date().toISOString(),
      },
      config.topics.acknowledged,
    ),
  );
}

async function reconcile(
  { database, bus, config }: { readonly database: Database; readonly bus: Bus; readonly config: Config },
  change: Partial<Sides>,
  question: Partial<Question>,
): Promise<Reconciled> {
  const filter = { provider: null, account: null };
  const open = openAccounts(config, filter);
  const nowMs = Date.now();
  const comparison = await compare(
    {
      database,
      bus,
      topics: config.topics,
      groupId: config.groupId,
      accounts: open.accounts.map((account) => ({ ...account, lateAfterMs: 3 * HOUR_MS })),
      statements: new Map(),
      consumer: CONSUMER,
      ...change,
    },
    {
      window: { fromMs: nowMs - HOUR_MS, toMs: nowMs + HOUR_MS },
      filter,
      asOfMs: nowMs + HOUR_MS,
      busDelayMs: 600_000,
      acknowledgeMs: 900_000,
      ...question,
    },
    {
      patience: {
        triesMax: 3,
        waitFirstMs: 10,
        signal: AbortSignal.timeout(600_000),
        onWait: () => undefined,
      },
      progress: () => undefined,
    },
  );
  try {
    const differences: Difference[] = [];
    for await (const difference of comparison.differences(null)) differences.push(difference);
    return { summary: comparison.summary, differences };
  } finally {
    comparison.close();
    open.close();
  }
}
