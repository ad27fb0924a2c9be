import { createServer, type AddressInfo } from 'node:net';
import { Kafka, logLevel, PartitionAssigners, type Consumer, type PartitionAssigner } from 'kafkajs';
import { Client } from 'pg';
import type { Child } from '../support/child.ts';
import { until } from '../support/until.ts';
import { BROKERS, describeOnKafka, openWorld, startTraffic, type World } from './world.ts';

const REFUNDS = 1000;
const AGREED = { lost: 0, doubleRefunds: 0, overRefunded: 0, requested: REFUNDS, completed: REFUNDS };

let world: World;

const row = async (text: string): Promise<unknown> => {
  const client = new Client({ connectionString: world.databaseUrl });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(text)).rows[0];
  } finally {
    await client.end();
  }
};

/** What a batch that was written by half would leave: a lease, a call that nobody waits for, sums that are not those of the refunds, an event unsent. */
const LEFT = `
select (select count(*)::int from refundry.payment where lease_until > now()) as leased,
  (select count(*)::int from refundry.look_up where lease_until > now()) as looked_at,
  (select count(*)::int from refundry.refund where state = 'submitting') as submitting,
  (select count(*)::int from refundry.shard_lease where until > now()) as owned_shards,
  (select count(*)::int from refundry.outbox) as unsent,
  (select count(*)::int from refundry.payment p where reserved <> (select coalesce(sum(held), 0) from refundry.refund r where r.payment_no = p.payment_no)
    or waiting <> (select count(*) from refundry.refund r where r.payment_no = p.payment_no and r.in_lane)) as wrong_sums,
  (select count(*)::int from refundry.refund r where sequence <> (select count(*) from refundry.journal j where j.payment_no = r.payment_no and j.ordinal = r.ordinal)) as wrong_journals`;
const NOTHING_HELD = {
  leased: 0,
  looked_at: 0,
  submitting: 0,
  owned_shards: 0,
  wrong_sums: 0,
  wrong_journals: 0,
};
const NOTHING_LEFT = { ...NOTHING_HELD, unsent: 0 };

afterEach(async () => {
  await world.close();
});

describeOnKafka('a processor that is told to stop among 1,000 refunds', () => {
  it('ends what is in flight, gives back the rest and leaves nothing by half; the next one goes on', async () => {
    world = await openWorld();
    const first = await world.startProcessor();
    await world.sandbox.setLatency(50);
    const traffic = await startTraffic(world, 21, REFUNDS, 'plain');
    await traffic.untilEnded(REFUNDS / 4);
    expect(await first.stop()).toBe(0);
    expect(await row(LEFT)).toEqual(NOTHING_LEFT);
    expect(await row('select count(*)::int as open from refundry.refund where in_lane')).not.toEqual({
      open: 0,
    });
    await world.startProcessor();
    const { summary, differences } = await traffic.check();
    expect(differences).toEqual([]);
    expect(summary).toMatchObject(AGREED);
  }, 180_000);

  it('and cannot within its grace period › says what it leaves behind, exits with 1, and nothing is paid twice', async () => {
    // Longer than the grace period, shorter than the call may take.
    const executor = { leaseMs: 20_000, callTimeoutMs: 8000 };
    world = await openWorld({ limits: { graceMs: 1000 }, executor });
    const first = await world.startProcessor();
    const traffic = await startTraffic(world, 22, REFUNDS, 'plain');
    await traffic.untilEnded(REFUNDS / 10);
    await world.sandbox.setLatency(6000);
    // Whoever was under way before is answered by now: from here on every call is a slow one.
    await expectCallsInFlight();
    expect(await first.stop()).toBe(1);
    const said =
      first
        .errors()
        .split('\n')
        .find((line) => line.includes('draining took longer')) ?? '{}';
    expect(JSON.parse(said)).toMatchObject({ graceMs: 1000, inFlight: expect.any(Number) as number });
    await world.sandbox.setLatency(0);
    await world.startProcessor();
    await traffic.untilEnded(REFUNDS, 120_000);
    const { summary, differences } = await traffic.check();
    expect(differences).toEqual([]);
    expect(summary).toMatchObject(AGREED);
  }, 240_000);
});

/** More than are called while a process starts. */
const WAITING = 400;
/** A call that ends in time, and is seen in flight before. */
const CALL_MS = 600;

/** Refunds that are stored and wait for an executor, and the processor that took them in. */
async function openWithWaitingRefunds(): Promise<Child> {
  world = await openWorld();
  const intake = await world.startProcessor({}, 'intake');
  await startTraffic(world, 23, WAITING, 'plain');
  await until('every refund is stored', async () => (await countRefunds('true')) === WAITING);
  await world.sandbox.setLatency(CALL_MS);
  return intake;
}

async function countRefunds(which: string): Promise<number> {
  const found = await row(`select count(*)::int as refunds from refundry.refund where ${which}`);
  return (found as { refunds: number }).refunds;
}

/** Waits until the group is empty, then takes it with a protocol that no processor speaks: who comes back is refused. */
async function takeGroup(): Promise<Consumer> {
  const kafka = new Kafka({ brokers: BROKERS?.split(',') ?? [], logLevel: logLevel.NOTHING });
  const admin = kafka.admin();
  await admin.connect();
  await until('the group is empty', async () => {
    const { groups } = await admin.describeGroups([world.groupId]);
    return groups[0]?.state === 'Empty';
  });
  await admin.disconnect();
  const foreign: PartitionAssigner = (config) => ({
    ...PartitionAssigners.roundRobin(config),
    name: 'foreign',
  });
  const consumer = kafka.consumer({ groupId: world.groupId, partitionAssigners: [foreign] });
  const joined = new Promise<void>((resolve) => {
    consumer.on(consumer.events.GROUP_JOIN, () => {
      resolve();
    });
  });
  await consumer.connect();
  await consumer.subscribe({ topics: [world.topics.acknowledged] });
  await consumer.run({ eachMessage: async () => await Promise.resolve() });
  await joined;
  return consumer;
}

describeOnKafka('a processor that is starting while refunds wait', () => {
  it('and finds its port taken › has called no provider', async () => {
    await openWithWaitingRefunds();
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const { port } = other.address() as AddressInfo;
    const refused = world.launchProcessor({ PORT: String(port) });
    expect(await refused.exited).toBe(1);
    other.close();
    await until('it has said why', () => refused.errors().includes('EADDRINUSE'));
    expect(await countRefunds('called_at is not null')).toBe(0);
    expect(await row(LEFT)).toMatchObject(NOTHING_HELD);
  }, 120_000);

  it('and is told to stop before it has joined its group › ends what is in flight and exits with 0', async () => {
    const intake = await openWithWaitingRefunds();
    // Until its session ends nobody else can join.
    intake.kill('SIGSTOP');
    const starting = world.launchProcessor();
    await expectCallsInFlight();
    expect(await starting.stop()).toBe(0);
    expect(starting.errors()).not.toContain('could not start');
    expect(await row(LEFT)).toMatchObject(NOTHING_HELD);
  }, 120_000);
});

describeOnKafka('a processor whose group refuses it for good', () => {
  it('drains and exits with 1, whether it was reading already or is starting', async () => {
    const reading = await openWithWaitingRefunds();
    reading.kill('SIGSTOP');
    const foreign = await takeGroup();
    try {
      reading.kill('SIGCONT');
      expect(await reading.exited).toBe(1);
      await until('it has said why', () => reading.errors().includes('the processor could not go on'));
      const starting = world.launchProcessor();
      expect(await starting.exited).toBe(1);
      await until('it has said why', () => starting.errors().includes('the processor could not start'));
      expect(await row(LEFT)).toMatchObject(NOTHING_HELD);
    } finally {
      await foreign.disconnect();
    }
  }, 180_000);
});

async function expectCallsInFlight(): Promise<void> {
  const deadlineMs = performance.now() + 30_000;
  for (;;) {
    const found = (await row(
      "select count(*)::int as out from refundry.refund where state = 'submitting' and called_at < now() - interval '200 milliseconds'",
    )) as { out: number };
    if (found.out > 0) return;
    if (performance.now() > deadlineMs) throw new Error('no call was ever in flight');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
