import kafkajs from 'kafkajs';
import { Client } from 'pg';
import { topicPlans } from '#libs/config';
import { requestMessage } from '#libs/contracts';
import type { ScenarioProvider } from '#libs/scenario';
import type { Child } from '../support/child.ts';
import { until } from '../support/until.ts';
import { BROKERS, describeOnKafka, openWorld, PATIENT, type World } from './world.ts';

const COUNT = 40;
const PROVIDERS = ['razorpay', 'braintree', 'robokassa'] as const satisfies readonly ScenarioProvider[];
const CURRENCIES = { razorpay: 'INR', braintree: 'USD', robokassa: 'RUB' } as const;
const STATUSES: Readonly<Record<string, object>> = { braintree: { status: 'settled' } };

/** Requests of one order service, each for a payment of its own, which it remembers and may send again. */
class Orders {
  readonly payments: string[] = [];
  private readonly sent: ReturnType<typeof requestMessage>[] = [];

  constructor(
    private readonly world: World,
    private readonly provider: (typeof PROVIDERS)[number],
  ) {}

  async send(count: number): Promise<void> {
    const { topics, sandbox } = this.world;
    const { provider } = this;
    const currency = CURRENCIES[provider];
    const messages: ReturnType<typeof requestMessage>[] = [];
    for (let n = 0; n < count; n += 1) {
      const payment = { provider, amount: '100.00', currency, ...STATUSES[provider] };
      const { paymentId } = await sandbox.createPayment(payment);
      this.payments.push(paymentId);
      const refundId = `rf_${String(this.payments.length)}`;
      messages.push(
        requestMessage(
          { refundId, provider, paymentId, amount: '40.00', currency },
          {
            topic: topics.requested,
            ceId: `e-${refundId}`,
            ceSource: '/orders',
            time: new Date().toISOString(),
          },
        ),
      );
    }
    this.sent.push(...messages);
    await this.write(messages);
  }

  async resend(): Promise<void> {
    await this.write(this.sent);
  }

  /** How many refunds each payment has at the provider, declined ones left out. */
  async booked(): Promise<readonly number[]> {
    const counts = this.payments.map(async (paymentId) => {
      const { refunds } = await this.world.sandbox.payment(this.provider, paymentId);
      return refunds.filter(({ status }) => status !== 'failed' && status !== 'declined').length;
    });
    return await Promise.all(counts);
  }

  private async write(messages: readonly ReturnType<typeof requestMessage>[]): Promise<void> {
    const writer = await this.world.bus.writer();
    await writer.send(messages, AbortSignal.timeout(30_000));
    await writer.close();
  }
}

let world: World;
let orders: Orders;
let running: Child | null;
const kafka = new kafkajs.Kafka({
  brokers: (BROKERS ?? '').split(','),
  logLevel: kafkajs.logLevel.NOTHING,
}).admin();

const open = async (provider: (typeof PROVIDERS)[number]): Promise<void> => {
  world = await openWorld(provider === 'robokassa' ? PATIENT : {});
  orders = new Orders(world, provider);
  if (provider === 'robokassa') await world.sandbox.setBehaviour(provider, { finishAfterMs: 100 });
  await kafka.connect();
};

afterEach(async () => {
  running = null;
  await kafka.disconnect();
  await world.close();
});

const start = async (roles?: string): Promise<void> => {
  running = await world.startProcessor({}, roles);
};
const stop = async (): Promise<void> => {
  expect(await running?.stop()).toBe(0);
};
const log = (): string => running?.errors() ?? '';

const sql = async <Row extends object>(text: string, database?: string): Promise<Row[]> => {
  const url = new URL(world.databaseUrl);
  if (database !== undefined) url.pathname = `/${database}`;
  const client = new Client({ connectionString: url.href });
  await client.connect();
  try {
    return (await client.query<Row>(text)).rows;
  } finally {
    await client.end();
  }
};

/** How many refunds the store knows in each state. */
const states = async (): Promise<Record<string, number>> => {
  const rows = await sql<{ state: string; n: number }>(
    'select state, count(*)::int as n from refundry.refund group by state',
  );
  return Object.fromEntries(rows.map(({ state, n }) => [state, n]));
};

const untilStates = async (wanted: Readonly<Record<string, number>>): Promise<void> => {
  let seen: Record<string, number> = {};
  await until(
    JSON.stringify(wanted),
    async () => {
      seen = await states();
      return (
        Object.keys(seen).length === Object.keys(wanted).length &&
        Object.entries(wanted).every(([state, n]) => seen[state] === n)
      );
    },
    () => `${JSON.stringify(seen)}\n${log()}`,
  );
};

const untilPublished = async (count: number): Promise<void> => {
  await until('everything is published', async () => {
    const ends = await kafka.fetchTopicOffsets(world.topics.results);
    return ends.reduce((sum, { high }) => sum + Number(high), 0) === count;
  });
};

/** Everything as it is now, to be restored later. Nobody may be connected. */
const backUp = async (): Promise<() => Promise<void>> => {
  const name = new URL(world.databaseUrl).pathname.slice(1);
  await sql(`create database ${name}_backup template ${name}`, 'postgres');
  return async () => {
    await sql(`drop database ${name} with (force)`, 'postgres');
    await sql(`create database ${name} template ${name}_backup`, 'postgres');
    await sql(`drop database ${name}_backup`, 'postgres');
  };
};

/** A processor has paid what was requested, and is stopped. */
const paidThenStopped = async (provider: (typeof PROVIDERS)[number]): Promise<void> => {
  await open(provider);
  await start();
  await orders.send(COUNT);
  await untilStates({ completed: COUNT });
  await stop();
};

const once = (): number[] => orders.payments.map(() => 1);

describeOnKafka('a database restored to an earlier moment while Kafka went on', () => {
  it.each(
    PROVIDERS.flatMap((provider) => [
      { provider, later: COUNT, and: 'what came later is read again' },
      { provider, later: 0, and: 'no request came later' },
    ]),
  )(
    '$provider › pays nothing a second time, and $and',
    async ({ provider, later }) => {
      await open(provider);
      await start('intake');
      await orders.send(COUNT);
      await untilStates({ requested: COUNT });
      await stop();
      const restore = await backUp();
      await start();
      await orders.send(later);
      await untilStates({ completed: COUNT + later });
      await untilPublished(COUNT + later);
      running?.kill('SIGKILL');
      await running?.exited;
      await restore();
      await start();
      // Whether they were paid cannot be asked there by our own reference.
      await untilStates({ [provider === 'robokassa' ? 'review' : 'completed']: COUNT + later });
      expect(log()).toContain('rows were lost');
      expect(await orders.booked()).toEqual(once());
    },
    180_000,
  );
});

describeOnKafka('a group that was reset to the earliest offset', () => {
  it.each(PROVIDERS)(
    '%s › goes on where the store stands, and nothing is paid twice',
    async (provider) => {
      await paidThenStopped(provider);
      await kafka.resetOffsets({ groupId: world.groupId, topic: world.topics.requested, earliest: true });
      await start();
      await orders.send(COUNT);
      await untilStates({ completed: 2 * COUNT });
      expect(await orders.booked()).toEqual(once());
    },
    180_000,
  );
});

describeOnKafka('a request topic that was deleted and created again', () => {
  it.each(PROVIDERS)(
    '%s › is read from its beginning and reported, and what comes again is not paid again',
    async (provider) => {
      await paidThenStopped(provider);
      await kafka.deleteTopics({ topics: [world.topics.requested] });
      await until(
        'the topic is gone',
        async () => !(await kafka.listTopics()).includes(world.topics.requested),
      );
      const admin = await world.bus.admin();
      await until('the topic is there', async () => {
        await admin.createTopics(topicPlans(world.topics, 6)).catch(() => undefined);
        return (await admin.listTopics()).includes(world.topics.requested);
      });
      await admin.close();
      await start();
      await orders.resend();
      await orders.send(COUNT);
      await untilStates({ completed: 2 * COUNT });
      expect(log()).toContain('re-created or truncated');
      expect(await orders.booked()).toEqual(once());
    },
    180_000,
  );
});

describeOnKafka('records that were deleted before they were read', () => {
  it.each(PROVIDERS)(
    '%s › are reported, the later ones are read, and nothing is paid twice',
    async (provider) => {
      await paidThenStopped(provider);
      await orders.send(COUNT);
      const ends = await kafka.fetchTopicOffsets(world.topics.requested);
      await kafka.deleteTopicRecords({
        topic: world.topics.requested,
        partitions: ends.map(({ partition, high }) => ({ partition, offset: high })),
      });
      await start();
      await orders.send(COUNT);
      await untilStates({ completed: 2 * COUNT });
      expect(log()).toContain('requests may be missing');
      expect(await orders.booked()).toEqual([...once().fill(0, COUNT, 2 * COUNT)]);
    },
    180_000,
  );
});
