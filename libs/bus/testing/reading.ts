import type { BusBatch } from '../port.ts';
import { Ledger } from './ledger.ts';
import { message, numbered, texts, until, type World } from './world.ts';

export function describeReading(world: World): void {
  describe('reading', () => {
    ordersPerPartition(world);
    commitsAfterwards(world);
    retries(world);
  });
}

function ordersPerPartition(world: World): void {
  it('delivers each partition in order, without a hole, and a key always in the same partition', async () => {
    const topic = await world.topic(3);
    const keys = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];
    await world.write(Array.from({ length: 1_200 }, (_, n) => message(topic, String(n), keys[n % 7])));
    const ledger = await world.contentOf(topic);

    for (const partition of [0, 1, 2]) {
      const offsets = ledger.offsetsOf({ topic, partition });
      expect(offsets).toEqual(offsets.map((_, index) => index));
      const batches = ledger.batches.filter((batch) => batch.partition === partition);
      expect(batches.map(({ from }) => from)).toEqual([0, ...batches.map(({ next }) => next)].slice(0, -1));
    }
    for (const key of keys) {
      const holders = ledger.batches.filter(({ records }) => records.some((r) => String(r.key) === key));
      expect(new Set(holders.map(({ partition }) => partition)).size).toBe(1);
      const values = ledger.records.filter((r) => String(r.key) === key).map((r) => Number(String(r.value)));
      expect(values).toEqual(values.toSorted((a, b) => a - b));
    }
    expect(ledger.records).toHaveLength(1_200);
  });

  it('spreads messages without a key over the partitions', async () => {
    const topic = await world.topic(3);
    await world.write(texts(0, 30).map((value) => message(topic, value)));
    const offsets = await world.admin.offsets(topic);
    expect(offsets.map(({ high }) => high)).toEqual([10, 10, 10]);
  });
}

function commitsAfterwards(world: World): void {
  it('commits a batch only after the handler has resolved', async () => {
    const topic = await world.topic();
    const groupId = world.name();
    await world.write(numbered(topic, 0, 5));
    const started = world.gate();
    const stored = world.gate();
    const told: unknown[] = [];
    await world.follow(topic, {
      groupId,
      handler: async () => {
        started.open();
        await stored.opened;
      },
      onCommitted: (at, next) => told.push([at, next]),
    });
    await started.opened;
    expect(await world.admin.committed(groupId, topic)).toEqual([{ partition: 0, offset: null }]);
    expect(told).toEqual([]);
    stored.open();
    await until('the offset is committed', async () => {
      const [committed] = await world.admin.committed(groupId, topic);
      return committed?.offset === 5;
    });
    await until('the commit is told', () => told.length === 1);
    expect(told).toEqual([[{ topic, partition: 0 }, 5]]);
  });

  it('starts at the earliest offset and later goes on after the committed one, when it has no positions', async () => {
    const topic = await world.topic();
    const groupId = world.name();
    await world.write(numbered(topic, 0, 5));
    const seen: string[] = [];
    const read = async (batch: BusBatch): Promise<void> => {
      await Promise.resolve(seen.push(...batch.records.map(({ value }) => String(value))));
    };
    const first = world.reader({ groupId });
    await first.start([topic], read);
    await until('five are read', () => seen.length === 5);
    await first.stop();
    await world.write(numbered(topic, 5, 8));
    await world.reader({ groupId }).start([topic], read);
    await until('the rest is read', () => seen.length >= 8);
    expect(seen).toEqual(texts(0, 8));
  });
}

function retries(world: World): void {
  it('delivers a rejected batch again until it is taken, while other partitions go on', async () => {
    const topic = await world.topic(2);
    // Two keys that Kafka's hash puts into different partitions.
    await world.write([...numbered(topic, 0, 6, 'a'), ...numbered(topic, 0, 6, 'd')]);
    const [first] = await world.admin.offsets(topic);
    expect(first?.high).toBe(6);
    const ledger = new Ledger();
    const rejected: BusBatch[] = [];
    const isStored = (partition: number): boolean =>
      ledger.positions.get(`${topic}/${String(partition)}`) === 6;
    await world.follow(topic, {
      ledger,
      handler: async (batch) => {
        if (batch.partition === 0 && (rejected.length < 3 || !isStored(1))) {
          rejected.push(batch);
          throw new Error('the store is away');
        }
        await Promise.resolve(ledger.take(batch));
      },
    });
    await until('both partitions are stored', () => isStored(0) && isStored(1));
    expect(rejected.length).toBeGreaterThanOrEqual(3);
    expect(new Set(rejected.map(({ from }) => from))).toEqual(new Set([0]));
    expect(new Set(rejected.map(({ records }) => records.length))).toEqual(new Set([6]));
    expect(ledger.refused).toBe(0);
    expect(ledger.offsetsOf({ topic, partition: 0 })).toEqual([0, 1, 2, 3, 4, 5]);
  });
}
