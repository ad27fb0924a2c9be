import type { Admin, Batch, Consumer, EachBatchPayload } from 'kafkajs';
import type { BatchHandler, BusBatch, PositionReport } from '../port.ts';
import { Ledger } from '../testing/index.ts';
import { texts, until } from '../testing/world.ts';
import { Delivery } from './delivery.ts';
import type { DirectFetch } from './direct-fetch.ts';
import { Positioning } from './positioning.ts';

const TOPIC = 'requests';
const [ONE, OTHER] = [0, 1].map((partition) => ({ topic: TOPIC, partition })) as [Place, Place];
const BATCH_RECORDS = 5;

interface Place {
  readonly topic: string;
  readonly partition: number;
}

/** A log of `high` records. The offsets are the texts; the time of a record tells which log it is of. */
interface Log {
  readonly high: number;
  readonly timeMs: number;
}

/** A reader of both partitions with the broker and kafkajs played from memory, so that each answer comes when the test says. */
class Stage {
  log: Log = { high: 5, timeMs: 1_000 };
  readonly ledger = new Ledger();
  readonly reports: PositionReport[] = [];
  /** Partitions with a transaction open below every place. */
  readonly unstable = new Set<number>();
  ready = false;
  onLoad: (load: () => ReturnType<Ledger['load']>) => ReturnType<Ledger['load']> = async (load) =>
    await load();
  onBatch: BatchHandler = async (batch) => {
    await Promise.resolve(this.ledger.take(batch));
  };
  private readonly positioning: Positioning;
  private readonly delivery: Delivery;
  private readonly fetchFrom = new Map<number, number>();
  private readonly seeks = new Map<number, number>();
  private readonly paused = new Set<number>();

  constructor() {
    this.positioning = new Positioning({
      consumer: this.consumer(),
      admin: this.admin(),
      source: this.source(),
      options: {
        groupId: 'group',
        positions: { load: async (of) => await this.onLoad(async () => await this.ledger.load(of)) },
        onReport: (report) => this.reports.push(report),
      },
      log: () => undefined,
      onReady: () => {
        this.ready = true;
      },
    });
    this.delivery = new Delivery(
      this.positioning,
      async (batch, signal) => {
        await this.onBatch(batch, signal);
      },
      () => undefined,
    );
  }

  join(assigned: readonly Place[] = [ONE, OTHER]): void {
    this.positioning.assign(assigned);
  }

  isPlaced(at: Place): boolean {
    return this.positioning.placeOf(at) !== undefined;
  }

  async recheck(): Promise<void> {
    await this.positioning.recheck();
  }

  stored({ topic, partition }: Place): number | undefined {
    return this.ledger.positions.get(`${topic}/${String(partition)}`);
  }

  storeAt({ topic, partition }: Place, next: number, timeMs: number): void {
    this.ledger.positions.set(`${topic}/${String(partition)}`, next);
    this.ledger.times.set(`${topic}/${String(partition)}`, timeMs);
  }

  /** One fetch of one partition as kafkajs makes it: seeks count first, what is paused is not fetched. */
  async fetch({ topic, partition }: Place): Promise<void> {
    const from = this.seeks.get(partition) ?? this.fetchFrom.get(partition) ?? 0;
    this.seeks.delete(partition);
    this.fetchFrom.set(partition, from);
    if (this.paused.has(partition) || from >= this.log.high) return;
    const last = Math.min(from + BATCH_RECORDS, this.log.high) - 1;
    const messages = Array.from({ length: last - from + 1 }, (_, index) => ({
      offset: String(from + index),
      timestamp: String(this.log.timeMs),
      key: null,
      value: Buffer.from(String(from + index)),
      headers: {},
    }));
    const batch = {
      topic,
      partition,
      fetchedOffset: String(from),
      messages,
      lastOffset: () => String(last),
    } as unknown as Batch;
    await this.delivery.take({
      batch,
      isRunning: () => true,
      isStale: () => this.seeks.has(partition),
      heartbeat: async () => await Promise.resolve(),
      resolveOffset: (offset: string) => this.fetchFrom.set(partition, Number(offset) + 1),
      commitOffsetsIfNecessary: async () => await Promise.resolve(),
    } as unknown as EachBatchPayload);
  }

  /** Fetches until the end of the log is stored. */
  async readOn(at: Place): Promise<void> {
    await until('the end of the log is stored', async () => {
      if (this.isPlaced(at)) await this.fetch(at);
      return this.isPlaced(at) && this.stored(at) === this.log.high;
    });
  }

  private consumer(): Consumer {
    const each = (of: readonly { partitions: readonly number[] }[]): readonly number[] =>
      of.flatMap(({ partitions }) => partitions);
    return {
      pause: (of: readonly { partitions: readonly number[] }[]) => {
        for (const partition of each(of)) this.paused.add(partition);
      },
      resume: (of: readonly { partitions: readonly number[] }[]) => {
        for (const partition of each(of)) this.paused.delete(partition);
      },
      seek: ({ partition, offset }: { partition: number; offset: string }) => {
        this.seeks.set(partition, Number(offset));
      },
    } as unknown as Consumer;
  }

  private admin(): Admin {
    const both = <T>(of: T): (T & Place)[] => [ONE, OTHER].map((at) => ({ ...at, ...of }));
    return {
      fetchOffsets: async () => await Promise.resolve([{ topic: TOPIC, partitions: both({ offset: '-1' }) }]),
      fetchTopicOffsets: async () => await Promise.resolve(both({ low: '0', high: String(this.log.high) })),
    } as unknown as Admin;
  }

  private source(): DirectFetch {
    return {
      refresh: async () => {
        await Promise.resolve();
      },
      timeAt: async ({ partition }: Place) => {
        if (this.unstable.has(partition)) throw new Error('not stable yet');
        return await Promise.resolve(this.log.timeMs);
      },
    } as unknown as DirectFetch;
  }
}

/** As intake writes a large batch: in parts, each with its own position. */
function parts(batch: BusBatch): [BusBatch, BusBatch] {
  const [first, ...others] = batch.records;
  if (first === undefined) throw new Error('an empty batch has no parts');
  const middle = first.offset + 1;
  return [
    { ...batch, next: middle, records: [first] },
    { ...batch, from: middle, records: others },
  ];
}

describe('a log that is seen to be another one while a batch of it is in hand', () => {
  const NEW_LOG = { high: 20, timeMs: 2_000 };

  it.each([
    'before the store is asked for the position',
    'after the store has answered, before the partition has its place',
    'after the partition has its place',
  ])('is read from its beginning when the batch ends %s', async (order) => {
    const stage = new Stage();
    stage.join();
    await until('it is placed', () => stage.isPlaced(ONE));
    await stage.readOn(ONE);
    const first = stage.ledger.texts.length;
    stage.log = NEW_LOG;

    const inHand = Promise.withResolvers<void>();
    const release = Promise.withResolvers<void>();
    stage.onBatch = async (batch) => {
      const [one, two] = parts(batch);
      stage.ledger.take(one);
      inHand.resolve();
      await release.promise;
      stage.ledger.take(two);
    };
    const ended = stage.fetch(ONE);
    await inHand.promise;
    const finish = async (): Promise<void> => {
      release.resolve();
      await ended;
    };
    stage.onLoad = async (load) => {
      if (order.startsWith('before')) await finish();
      const answer = await load();
      if (order.startsWith('after the store')) await finish();
      return answer;
    };
    await stage.recheck();
    await until('it is placed again', () => stage.isPlaced(ONE) && stage.reports.length > 0);
    await finish();

    await stage.readOn(ONE);
    expect(stage.ledger.texts.slice(first)).toEqual(expect.arrayContaining(texts(0, NEW_LOG.high)));
    expect(new Set(stage.reports.map(({ kind }) => kind))).toEqual(new Set(['recreated']));
  });

  it('goes on in the middle again once a batch from its beginning is stored', async () => {
    const stage = new Stage();
    stage.log = NEW_LOG;
    stage.storeAt(ONE, 10, 1_000);
    stage.join();
    await until('it is placed', () => stage.isPlaced(ONE));
    await stage.fetch(ONE);
    expect(stage.stored(ONE)).toBe(5);
    // Another member has stored further meanwhile.
    stage.storeAt(ONE, 15, NEW_LOG.timeMs);
    await stage.readOn(ONE);
    expect(stage.ledger.texts).toEqual([...texts(0, 5), ...texts(15, 20)]);
    expect(stage.reports).toHaveLength(1);
  });
});

describe('a partition whose log cannot be told from another one yet', () => {
  it('waits alone: the others are placed, and it is when it can be told', async () => {
    const stage = new Stage();
    for (const at of [ONE, OTHER]) stage.storeAt(at, 5, stage.log.timeMs);
    stage.unstable.add(ONE.partition);
    stage.join();
    await until('the reader is ready', () => stage.ready);
    expect(stage.isPlaced(OTHER)).toBe(true);
    expect(stage.isPlaced(ONE)).toBe(false);
    stage.unstable.clear();
    await until('it is placed as well', () => stage.isPlaced(ONE));
  });

  it('does not keep another from being found created anew', async () => {
    const stage = new Stage();
    stage.join();
    await until('both are placed', () => stage.isPlaced(ONE) && stage.isPlaced(OTHER));
    for (const at of [ONE, OTHER]) await stage.readOn(at);
    stage.log = { high: 20, timeMs: 2_000 };
    stage.unstable.add(ONE.partition);
    await stage.recheck();
    await until('it is reported', () => stage.reports.length > 0);
    expect(stage.reports).toMatchObject([{ ...OTHER, kind: 'recreated' }]);
  });
});

describe('a partition that somebody else had meanwhile', () => {
  it('is not taken for created anew because its log was, while the other one read it', async () => {
    const stage = new Stage();
    stage.join();
    await until('it is placed', () => stage.isPlaced(ONE));
    await stage.readOn(ONE);
    stage.join([OTHER]);
    stage.log = { high: 20, timeMs: 2_000 };
    stage.storeAt(ONE, stage.log.high, stage.log.timeMs);
    stage.join();
    await until('it is placed', () => stage.isPlaced(ONE));
    await stage.recheck();
    await stage.recheck();
    expect(stage.reports).toEqual([]);
    expect(stage.isPlaced(ONE)).toBe(true);
  });
});
