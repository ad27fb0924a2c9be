import type { BusBatch, BusCapabilities, ScanRange } from '../port.ts';
import { needs } from './needs.ts';
import { message, numbered, texts, until, type World } from './world.ts';

const ALL = Number.MAX_SAFE_INTEGER;

export function describeScanning(world: World, capabilities: BusCapabilities): void {
  describe('scanning', () => {
    readsRanges(world);
    staysApart(world);
    givesUp(world);
    passesGaps(world, capabilities);
    outlivesRetention(world, capabilities);
    passesCompaction(world, capabilities);
  });
}

async function scanned(
  world: World,
  topic: string,
  ranges: readonly ScanRange[] = [{ partition: 0, from: 0, to: ALL }],
): Promise<BusBatch[]> {
  const batches: BusBatch[] = [];
  for await (const batch of world.bus.scan(topic, ranges, AbortSignal.timeout(30_000))) batches.push(batch);
  return batches;
}

function textsOf(batches: readonly BusBatch[]): string[] {
  return batches.flatMap(({ records }) => records.map(({ value }) => String(value)));
}

/** The offsets that the batches say they cover, in order; fails on a hole between two. */
function covered(batches: readonly BusBatch[]): { from: number; next: number } {
  for (const [index, { from }] of batches.slice(1).entries()) expect(from).toBe(batches[index]?.next);
  return { from: batches[0]?.from ?? -1, next: batches.at(-1)?.next ?? -1 };
}

function readsRanges(world: World): void {
  it('reads every record of every range once, in order, with its bytes, headers and time', async () => {
    const topic = await world.topic(3);
    const headers = ['a', 'a', 'b'].map((name, n) => ({ name, value: n === 1 ? null : Buffer.from([n]) }));
    await world.write(
      Array.from({ length: 3_000 }, (_, n) => ({
        ...message(topic, n % 5 === 0 ? null : String(n), n % 3 === 0 ? undefined : `k${String(n % 7)}`),
        headers,
      })),
    );
    const expected = await world.contentOf(topic);
    const ends = await world.admin.offsets(topic);
    const batches = await scanned(
      world,
      topic,
      ends.map(({ partition, high }) => ({ partition, from: 0, to: high })),
    );
    for (const { partition, high } of ends) {
      const own = batches.filter((batch) => batch.partition === partition);
      expect(covered(own)).toEqual({ from: 0, next: high });
      expect(own.flatMap(({ records }) => records)).toEqual(
        expected.batches.filter((batch) => batch.partition === partition).flatMap(({ records }) => records),
      );
    }
  });

  it('reads from the first to before the last offset asked for, of the partitions asked for', async () => {
    const topic = await world.topic(2);
    await world.write([...numbered(topic, 0, 20, 'a'), ...numbered(topic, 0, 20, 'd')]);
    const batches = await scanned(world, topic, [{ partition: 1, from: 5, to: 12 }]);
    expect(textsOf(batches)).toEqual(texts(5, 12));
    expect(covered(batches)).toEqual({ from: 5, next: 12 });
    expect(batches.map(({ partition }) => partition)).toEqual(batches.map(() => 1));
  });

  it('ends where the log ends when it begins, and has nothing to say of an empty range', async () => {
    const topic = await world.topic();
    expect(await scanned(world, topic)).toEqual([]);
    await world.write(numbered(topic, 0, 3));
    const batches: BusBatch[] = [];
    for await (const batch of world.bus.scan(
      topic,
      [{ partition: 0, from: 0, to: ALL }],
      AbortSignal.timeout(30_000),
    )) {
      if (batches.length === 0) await world.write(numbered(topic, 3, 6));
      batches.push(batch);
    }
    expect(textsOf(batches)).toEqual(texts(0, 3));
    expect(await scanned(world, topic, [{ partition: 0, from: 6, to: 9 }])).toEqual([]);
  });
}

function staysApart(world: World): void {
  it('leaves a group that reads the same topic, and what it has committed, alone', async () => {
    const topic = await world.topic();
    const groupId = world.name();
    await world.write(numbered(topic, 0, 3));
    const { reader } = await world.follow(topic, { groupId });
    const isCommitted = async (): Promise<boolean> =>
      (await world.admin.committed(groupId, topic))[0]?.offset === 3;
    await until('the group has committed', isCommitted);
    expect(textsOf(await scanned(world, topic))).toEqual(texts(0, 3));
    expect(reader.health().joined).toBe(true);
    expect(await isCommitted()).toBe(true);
  });
}

function givesUp(world: World): void {
  it('says which topic is missing', async () => {
    await expect(scanned(world, world.name())).rejects.toMatchObject({ code: 'TOPIC_MISSING' });
  });

  it('ends with the signal’s reason between two batches, and while the bus does not answer', async () => {
    const topic = await world.topic();
    await world.write(numbered(topic, 0, 1_200));
    const { bus, wire } = await world.connect();
    for (const hold of [false, true]) {
      const control = new AbortController();
      const ended = (async () => {
        for (let from = 0; ;) {
          // Batches are as large as the bus makes them: the range is asked for again until the abort is heard.
          for await (const batch of bus.scan(topic, [{ partition: 0, from, to: ALL }], control.signal)) {
            if (hold) wire.hold();
            setImmediate(() => {
              control.abort(new Error('enough'));
            });
            from = batch.next % 1_200;
          }
        }
      })();
      await expect(ended).rejects.toThrow('enough');
      wire.restore();
    }
  });

  it('lets go when its consumer stops in the middle', async () => {
    const topic = await world.topic(2);
    await world.write([...numbered(topic, 0, 5, 'a'), ...numbered(topic, 0, 5, 'd')]);
    const { bus } = await world.connect();
    const ranges = [0, 1].map((partition) => ({ partition, from: 0, to: ALL }));
    for await (const batch of bus.scan(topic, ranges, AbortSignal.timeout(30_000))) {
      expect(batch.partition).toBe(0);
      break;
    }
    // Nothing it opened keeps the connection from closing.
    await bus.close();
  });
}

function passesGaps(world: World, capabilities: BusCapabilities): void {
  needs('transactionMarkers', capabilities)(
    'ends behind markers and aborted records, and shows neither',
    async () => {
      const topic = await world.topic();
      await world.write(numbered(topic, 0, 1));
      await world.hooks.appendTransaction?.(topic, ['1', '2']);
      await world.hooks.appendTransaction?.(topic, []);
      const [end] = await world.admin.offsets(topic);
      const batches = await scanned(world, topic);
      expect(textsOf(batches)).toEqual(texts(0, 3));
      expect(covered(batches)).toEqual({ from: 0, next: end?.high });
      // A range that holds a marker alone.
      expect(await scanned(world, topic, [{ partition: 0, from: 3, to: 4 }])).toEqual([
        { topic, partition: 0, from: 3, next: 4, records: [] },
      ]);
    },
  );

  needs('transactionMarkers', capabilities)('ends before a transaction that is still open', async () => {
    const topic = await world.topic();
    await world.write(numbered(topic, 0, 2));
    const close = await world.hooks.openTransaction?.(topic, ['open']);
    expect(textsOf(await scanned(world, topic))).toEqual(texts(0, 2));
    await close?.();
    expect(textsOf(await scanned(world, topic))).toEqual(['0', '1', 'open']);
  });
}

function outlivesRetention(world: World, capabilities: BusCapabilities): void {
  needs('retention', capabilities)('starts at the earliest record that is left', async () => {
    const topic = await world.topic();
    await world.write(numbered(topic, 0, 20));
    await world.hooks.deleteBefore?.(topic, 12);
    const batches = await scanned(world, topic);
    expect(textsOf(batches)).toEqual(texts(12, 20));
    expect(covered(batches)).toEqual({ from: 12, next: 20 });
  });

  needs('retention', capabilities)('goes on behind records that are deleted while it reads', async () => {
    const topic = await world.topic();
    // Two fetches: the second finds its offset gone.
    const large = Buffer.alloc(700 * 1024);
    for (let n = 0; n < 4; n += 1) await world.write([message(topic, large)]);
    const offsets: number[] = [];
    for await (const { records } of world.bus.scan(
      topic,
      [{ partition: 0, from: 0, to: ALL }],
      AbortSignal.timeout(30_000),
    )) {
      if (offsets.length === 0) await world.hooks.deleteBefore?.(topic, 3);
      offsets.push(...records.map(({ offset }) => offset));
    }
    expect(offsets).toEqual([0, 3]);
  });
}

function passesCompaction(world: World, capabilities: BusCapabilities): void {
  needs('compaction', capabilities)('passes what compaction removed', async () => {
    const topic = await world.topic(1, {
      'cleanup.policy': 'compact',
      'min.cleanable.dirty.ratio': '0.001',
      'segment.ms': '100',
      'max.compaction.lag.ms': '100',
    });
    await world.write(numbered(topic, 0, 50));
    // The batch of a producer's last send stays without a record when another producer has replaced them all.
    const other = await (await world.connect()).bus.writer();
    await until('the first records are replaced', async () => {
      await other.send(numbered(topic, 50, 51), AbortSignal.timeout(30_000));
      return !textsOf(await scanned(world, topic)).includes('49');
    });
    const [end] = await world.admin.offsets(topic);
    const high = end?.high ?? 0;
    expect(covered(await scanned(world, topic))).toEqual({ from: 0, next: high });
    expect(await scanned(world, topic, [{ partition: 0, from: 10, to: 50 }])).toEqual([
      { topic, partition: 0, from: 10, next: 50, records: [] },
    ]);
  });
}
