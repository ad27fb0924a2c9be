import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createKafkaBus, type Bus } from '#libs/bus';
import { topicPlans, type Topics } from '#libs/config';
import {
  checkLedger,
  OrderService,
  planScenario,
  SandboxClient,
  type LedgerCheck,
  type Plan,
  type ScenarioProvider,
} from '#libs/scenario';
import { createTestDatabase } from '#libs/store/testing';
import { launchChild, startChild, untilReady, type Child, type Launched } from '../support/child.ts';

/** The compiled programs; `npm test` builds them first. */
const DIST = join(import.meta.dirname, '../../dist');
export const PROCESSOR = join(DIST, 'apps/processor/main.js');
export const SANDBOX = join(DIST, 'apps/sandbox/main.js');

export const BROKERS = process.env['TEST_KAFKA_BROKERS'];

/** Suites that need a real broker: run where there is one, fail in CI where there is none, otherwise show up as skipped. */
export const describeOnKafka =
  BROKERS === undefined && process.env['CI'] !== 'true' ? describe.skip : describe;

/** A lease that ends within the test, and a call deadline that ends within the lease. */
export const LEASE_MS = 3000;
const CALL_TIMEOUT_MS = 1000;
export const SHORT_LEASES = {
  executor: { leaseMs: LEASE_MS, callTimeoutMs: CALL_TIMEOUT_MS },
  relay: { leaseMs: LEASE_MS, sendTimeoutMs: LEASE_MS / 2 },
} as const;

/** For providers without keys: one deadline that a busy machine misses is an answer lost for good. Those that a killed worker held wait out the lease. */
export const PATIENT = { executor: { leaseMs: 25_000, callTimeoutMs: 10_000 } } as const;

/** A whole system on real Kafka and PostgreSQL: its own topics, database, sandbox, and as many processors as a test starts. */
export interface World {
  readonly bus: Bus;
  readonly topics: Topics;
  readonly groupId: string;
  readonly sandbox: SandboxClient;
  readonly databaseUrl: string;
  readonly environment: Readonly<Record<string, string>>;
  /** `roles` as on the command line; all of them when absent. */
  startProcessor(env?: Readonly<Record<string, string>>, roles?: string): Promise<Child>;
  /** The same without waiting until it is ready. */
  launchProcessor(env?: Readonly<Record<string, string>>, roles?: string): Launched;
  close(): Promise<void>;
}

export async function openWorld(settings: Readonly<Record<string, unknown>> = {}): Promise<World> {
  if (BROKERS === undefined) throw new Error('TEST_KAFKA_BROKERS is not set: no real broker to test on');
  const id = `e2e-${randomBytes(4).toString('hex')}`;
  const topics = {
    requested: `${id}.requested`,
    results: `${id}.results`,
    status: `${id}.status`,
    deadLetters: `${id}.dlq`,
    acknowledged: `${id}.acknowledged`,
    seals: `${id}.seals`,
  };
  const directory = await mkdtemp(join(tmpdir(), 'refundry-e2e-'));
  const database = await createTestDatabase();
  const sandboxChild = await startChild(SANDBOX, [], { SANDBOX_PORT: '0' });
  const sandboxUrl = `http://127.0.0.1:${String(sandboxChild.ready['port'])}`;
  const file = join(directory, 'refundry.json');
  await writeFile(file, JSON.stringify({ topics, ...SHORT_LEASES, ...settings }));
  const environment = {
    KAFKA_BROKERS: BROKERS,
    KAFKA_GROUP_ID: id,
    DATABASE_URL: database.url,
    SANDBOX_URL: sandboxUrl,
    REFUNDRY_CONFIG: file,
    PORT: '0',
    LOG_LEVEL: 'warn',
  };
  const bus = createKafkaBus({ brokers: BROKERS.split(','), clientId: 'e2e', log: () => undefined });
  const admin = await bus.admin();
  await admin.createTopics(topicPlans(topics, 6));
  await admin.close();
  const children = new Set<Pick<Child, 'kill'>>([sandboxChild]);
  const launchProcessor: World['launchProcessor'] = (env = {}, roles) => {
    const args = roles === undefined ? [] : ['--roles', roles];
    const child = launchChild(PROCESSOR, args, { ...environment, ...env });
    children.add(child);
    return child;
  };
  return {
    bus,
    topics,
    groupId: id,
    databaseUrl: database.url,
    sandbox: new SandboxClient(sandboxUrl),
    environment,
    launchProcessor,
    startProcessor: async (env, roles) => await untilReady(launchProcessor(env, roles)),
    close: async () => {
      for (const child of children) child.kill('SIGKILL');
      await bus.close();
      await database.drop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** Traffic of an order service under way against a world. */
export interface Traffic {
  readonly plan: Plan;
  readonly orders: OrderService;
  /** Refunds with a final result so far; where nobody can look a lost answer up, those that wait for a person as well. */
  ended(): number;
  /** Resolves when that many have one; rejects when it takes too long. */
  untilEnded(count: number, timeoutMs?: number): Promise<void>;
  /** Resolves when that many have been accepted, as status events tell; rejects when it takes too long. */
  untilAccepted(count: number): Promise<void>;
  /** Waits for all, then compares the plan, the events and the sandbox's books. */
  check(): Promise<LedgerCheck>;
}

/** Without the refunds that a bank decides later: nobody plays the bank here. */
function mainWave(plan: Plan): Plan {
  const messages = plan.messages.filter(({ wave }) => wave !== 'bank');
  return {
    ...plan,
    messages,
    refunds: plan.refunds.filter(({ bank }) => bank === null),
    deadLetters: messages.filter(({ fate }) => typeof fate === 'object').length,
    duplicates: messages.filter(({ fate }) => fate === 'duplicate').length,
  };
}

/** Sends one message in so many a second time, when all of them are out. */
function repeating(plan: Plan, oneIn: number): Plan {
  const again = plan.messages.filter(({ fate }, index) => fate === 'first' && index % oneIn === 0);
  const repeats = again.map((message) => ({ ...message, fate: 'duplicate' as const }));
  return {
    ...plan,
    messages: [...plan.messages, ...repeats],
    duplicates: plan.duplicates + repeats.length,
  };
}

/** Far beyond what any of it takes: a busy machine is not what these tests are about. */
const END_TIMEOUT_MS = 120_000;

/** Sends a planned scenario; answers at once, while it is being sent. */
export async function startTraffic(
  world: World,
  seed: number,
  refunds: number,
  mix: 'everything' | 'plain',
  provider: ScenarioProvider = 'razorpay',
  repeatOneIn = Number.POSITIVE_INFINITY,
): Promise<Traffic> {
  const plan = repeating(
    mainWave(planScenario({ seed, refunds, runId: `t${randomBytes(4).toString('hex')}`, mix, provider })),
    repeatOneIn,
  );
  const orders = new OrderService(world.bus, world.topics, plan);
  const paymentIds = await world.sandbox.createPayments(provider, plan.payments);
  await orders.start();
  const never = new AbortController().signal;
  const sending = orders.send(plan.messages, paymentIds, never);
  const ended = (): number => orders.seen.results.size + (plan.mayNeedPerson ? orders.seen.inReviewCount : 0);
  const untilCounted = async (counted: () => number, count: number, what: string, timeoutMs: number) => {
    if (!(await orders.until(() => counted() >= count, performance.now() + timeoutMs, never)))
      throw new Error(`${String(counted())} of ${String(count)} refunds ${what}`);
  };
  const untilEnded = async (count: number, timeoutMs = END_TIMEOUT_MS): Promise<void> => {
    await untilCounted(ended, count, 'have ended', timeoutMs);
  };
  return {
    plan,
    orders,
    ended,
    untilEnded,
    untilAccepted: async (count) => {
      await untilCounted(() => orders.seen.statuses.size, count, 'have been accepted', END_TIMEOUT_MS);
    },
    check: async () => {
      await sending;
      await untilEnded(plan.refunds.length);
      await orders.catchUp(never);
      const books = { refunds: await world.sandbox.refunds(provider), paymentIds };
      await orders.stop();
      return checkLedger(plan, orders.seen, books, {
        bus: 'kafka',
        duplicatesAbsorbed: plan.duplicates,
        seconds: 0,
      });
    },
  };
}
