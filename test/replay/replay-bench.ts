import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { createEmbeddedBus, createKafkaBus, type Bus, type BusRecord, type OutgoingMessage } from '#libs/bus';
import { readConfig, topicPlans, type Topics } from '#libs/config';
import { requestMessage, type RefundRequested } from '#libs/contracts';
import { createLogger } from '#libs/observability';
import { SandboxClient } from '#libs/scenario';
import { createTestDatabase } from '#libs/store/testing';
import { runCommand, type CommandRun } from '../support/run-command.ts';
import type { Role } from '../../apps/processor/roles.ts';
import { startProcessor, type RunningProcessor } from '../../apps/processor/start.ts';
import { startSandbox } from '../../apps/sandbox/sandbox.ts';
import { BROKERS } from '../e2e/world.ts';

const UNTIL_MS = 40_000;
const ALL: readonly Role[] = ['intake', 'executor', 'relay'];

/** A processor, the sandbox and refundctl on one bus and one database, as an operator has them. */
export interface ReplayBench {
  readonly topics: Topics;
  readonly sandbox: SandboxClient;
  readonly sql: Client;
  readonly bus: Bus;
  start(roles?: readonly Role[]): Promise<RunningProcessor>;
  stop(): Promise<void>;
  payment(provider: string): Promise<string>;
  request(provider: string, refundId: string, paymentId: string, amount?: string): Promise<void>;
  send(messages: readonly OutgoingMessage[]): Promise<void>;
  run(...args: readonly string[]): Promise<CommandRun>;
  /** The report of a command, and how it ended. */
  report(...args: readonly string[]): Promise<{ readonly exit: number; readonly json: Report }>;
  records(topic: string): Promise<readonly BusRecord[]>;
  state(refundId: string): Promise<string | null>;
  until(what: string, condition: () => Promise<boolean>): Promise<void>;
  /** Calls that ask a provider to make a refund, of every provider. */
  creates(): Promise<number>;
  close(): Promise<void>;
}

interface Report {
  readonly operationNo: string;
  readonly outcome: string;
  readonly counts: Readonly<Record<string, number>>;
  readonly findings: Readonly<
    Record<string, readonly { readonly id?: string; readonly refundId?: string }[]>
  >;
  readonly [name: string]: unknown;
}

const CURRENCY: Readonly<Record<string, string>> = { razorpay: 'INR', robokassa: 'RUB' };

/** What a bench stands on, and its end. */
async function openGround(kind: 'embedded' | 'kafka') {
  const id = `replay-${randomBytes(4).toString('hex')}`;
  const topics: Topics = {
    requested: `${id}.requested`,
    results: `${id}.results`,
    status: `${id}.status`,
    deadLetters: `${id}.dlq`,
    acknowledged: `${id}.acknowledged`,
    seals: `${id}.seals`,
  };
  const test = await createTestDatabase();
  const server = await startSandbox();
  const directory = await mkdtemp(join(tmpdir(), 'refundry-replay-'));
  const file = join(directory, 'refundry.json');
  await writeFile(file, JSON.stringify({ topics, relay: { pollMs: 20 } }));
  const env = {
    NODE_ENV: 'test',
    DATABASE_URL: test.url,
    SANDBOX_URL: server.url,
    REFUNDRY_CONFIG: file,
    PORT: '0',
    ...(kind === 'kafka' ? { KAFKA_BROKERS: BROKERS ?? '', KAFKA_GROUP_ID: id } : {}),
  };
  const bus =
    kind === 'kafka'
      ? createKafkaBus({ brokers: (BROKERS ?? '').split(','), clientId: 'replay', log: () => undefined })
      : createEmbeddedBus({ databaseUrl: test.url, log: () => undefined });
  const admin = await bus.admin();
  await admin.createTopics(topicPlans(topics, 3));
  await admin.close();
  return {
    topics,
    env,
    bus,
    databaseUrl: test.url,
    sandbox: new SandboxClient(server.url),
    close: async (): Promise<void> => {
      await bus.close();
      await server.close();
      await test.drop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

export async function openReplayBench(kind: 'embedded' | 'kafka'): Promise<ReplayBench> {
  const ground = await openGround(kind);
  const { topics, env, bus, sandbox } = ground;
  const writer = await bus.writer();
  const sql = new Client({ connectionString: ground.databaseUrl });
  await sql.connect();
  await sandbox.setBehaviour('robokassa', { finishAfterMs: 0 });
  const running: RunningProcessor[] = [];
  const run = async (...args: readonly string[]): Promise<CommandRun> => await runCommand(env, args);
  const stop = async (): Promise<void> => {
    for (const processor of running.splice(0)) await processor.stop();
  };
  const send = async (messages: readonly OutgoingMessage[]): Promise<void> => {
    await writer.send(messages, AbortSignal.timeout(UNTIL_MS));
  };
  return {
    topics,
    sandbox,
    sql,
    bus,
    start: async (roles = ALL) => {
      const logger = createLogger({ level: 'error', name: 'test', write: () => undefined });
      const processor = await startProcessor(readConfig(env), new Set(roles), logger);
      running.push(processor);
      return processor;
    },
    stop,
    payment: async (provider) =>
      (await sandbox.createPayment({ provider, amount: '100.00', currency: CURRENCY[provider] })).paymentId,
    request: async (provider, refundId, paymentId, amount = '10.00') => {
      const currency = CURRENCY[provider] ?? '';
      const body = { refundId, provider, paymentId, amount, currency } as RefundRequested;
      const time = new Date().toISOString();
      await send([
        requestMessage(body, { topic: topics.requested, ceId: `e-${refundId}`, ceSource: '/orders', time }),
      ]);
    },
    send,
    run,
    report: async (...args) => {
      const { exit, out, err } = await run(...args, '--json');
      if (out === '') throw new Error(`${args.join(' ')} exited with ${String(exit)}: ${err}`);
      return { exit, json: JSON.parse(out) as Report };
    },
    records: async (topic) => await readAll(bus, topic),
    state: async (refundId) => await stateOf(sql, refundId),
    until,
    creates: async () => await countCreates(sandbox),
    close: async () => {
      await stop();
      await writer.close();
      await sql.end();
      await ground.close();
    },
  };
}

async function countCreates(sandbox: SandboxClient): Promise<number> {
  const logs = await Promise.all(
    Object.keys(CURRENCY).map(async (provider) => await sandbox.requests(provider, 1000)),
  );
  return logs.flat().filter(({ method, path }) => method === 'POST' && /\/refund$|Refund\/Create/.test(path))
    .length;
}

async function stateOf(sql: Client, refundId: string): Promise<string | null> {
  const { rows } = await sql.query<{ state: string }>(
    'select state from refundry.refund where refund_id = $1',
    [refundId],
  );
  return rows[0]?.state ?? null;
}

async function readAll(bus: Bus, topic: string): Promise<readonly BusRecord[]> {
  const admin = await bus.admin();
  const ranges = (await admin.offsets(topic)).map(({ partition, low, high }) => ({
    partition,
    from: low,
    to: high,
  }));
  await admin.close();
  const records: BusRecord[] = [];
  for await (const batch of bus.scan(topic, ranges, AbortSignal.timeout(UNTIL_MS)))
    records.push(...batch.records);
  return records;
}

async function until(what: string, condition: () => Promise<boolean>): Promise<void> {
  const deadlineMs = performance.now() + UNTIL_MS;
  while (!(await condition())) {
    if (performance.now() > deadlineMs) throw new Error(`in vain: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

export function idOf({ headers }: Pick<BusRecord, 'headers'>): string {
  return headers.find(({ name }) => name === 'ce_id')?.value?.toString() ?? 'none';
}
