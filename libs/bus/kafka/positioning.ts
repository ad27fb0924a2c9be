import { setTimeout as pause } from 'node:timers/promises';
import type { Admin, Consumer } from 'kafkajs';
import type { BusLog } from '../log.ts';
import {
  partitionKey,
  type BusRecord,
  type PartitionOffsets,
  type ReaderOptions,
  type StoredPosition,
  type TopicPartition,
} from '../port.ts';
import {
  isOtherLog,
  positionReports,
  resumePoint,
  type KnownOffsets,
  type ResumePoint,
} from '../resume-point.ts';
import type { DirectFetch } from './direct-fetch.ts';
import { Landmarks } from './landmarks.ts';
import { committedOf, rangesOf } from './offsets.ts';

const RETRY_MS = 300;

/** Between two tries to place a partition that the bus does not tell enough about: a transaction that is open there may stay so for minutes. */
const UNPLACED_RETRY_MS = 1_000;

/**
 * Where a partition stands: `at` is the offset kafkajs has to fetch next, `from` the position the store compares. Each is an object of its own: who
 * holds one sees by it whether the partition has been placed again meanwhile.
 */
export interface Place {
  readonly at: number;
  readonly from: number;
}

export interface PositioningParts {
  readonly consumer: Consumer;
  readonly admin: Admin;
  readonly source: DirectFetch;
  readonly options: ReaderOptions;
  readonly log: BusLog;
  /** Called when the partitions of an assignment have a place; what the bus does not tell enough about now gets its own later, alone. */
  readonly onReady: () => void;
}

/**
 * Places of the partitions this member owns. Every join starts a new epoch: all places are forgotten and all partitions pause until they
 * have been loaded again, so that nothing is fetched from where kafkajs would start by itself.
 */
export class Positioning {
  private current = 0;
  private readyEpoch = -1;
  private readonly places = new Map<string, Place>();
  private readonly landmarks = new Landmarks();
  /**
   * Logs seen to be other ones, until a batch from their beginning is stored. The store does not tell it any more when a batch from the middle of the
   * new log, in hand at that time, has moved its position there.
   */
  private readonly recreated = new Set<string>();
  private assigned: readonly TopicPartition[] = [];
  private isChecking = false;

  constructor(private readonly parts: PositioningParts) {}

  get isReady(): boolean {
    return this.readyEpoch === this.current;
  }

  placeOf(partition: TopicPartition): Place | undefined {
    return this.places.get(partitionKey(partition));
  }

  /**
   * A batch that was handed out at `place` is stored. False when the partition has been placed again meanwhile, or is on its way to be: what is
   * read next is decided there, and `next` says nothing.
   * @param last the last record of the batch.
   */
  advance(partition: TopicPartition, place: Place, next: number, last: BusRecord | undefined): boolean {
    if (this.placeOf(partition) !== place) return false;
    this.places.set(partitionKey(partition), { at: next, from: next });
    this.landmarks.saw(partition, last);
    this.recreated.delete(partitionKey(partition));
    return true;
  }

  /** Looks whether the logs are still those that were read; what is not is placed again. What cannot be told now is left to the next call. */
  async recheck(): Promise<void> {
    if (this.isChecking) return;
    this.isChecking = true;
    const epoch = this.current;
    for (const partition of this.assigned) {
      if (epoch !== this.current) break;
      // One that cannot be told now does not keep the others from being looked at.
      await this.recheckOne(partition).catch(async () => {
        await this.parts.source.refresh().catch(() => undefined);
      });
    }
    this.isChecking = false;
  }

  private async recheckOne(at: TopicPartition): Promise<void> {
    const epoch = this.current;
    if (!this.landmarks.has(at)) return;
    const range = rangeOf(await rangesOf(this.parts.admin, at.topic), at.partition);
    const isOther = await this.landmarks.isOtherLog(
      at,
      range,
      async (offset) => await this.parts.source.timeAt(at, offset),
    );
    if (isOther && epoch === this.current && this.placeOf(at) !== undefined) this.replace(at, true);
  }

  /** The membership ended or is being renewed: what is on its way to be placed is dropped. */
  forget(): void {
    this.current += 1;
    this.places.clear();
  }

  /** To be called synchronously in GROUP_JOIN, before the first fetch. */
  assign(partitions: readonly TopicPartition[]): void {
    this.forget();
    this.forgetOthers(partitions);
    this.assigned = partitions;
    const epoch = this.current;
    this.pause(partitions);
    void this.place(epoch, partitions).then((done) => {
      if (!done) return;
      this.readyEpoch = epoch;
      this.parts.onReady();
    });
  }

  /** While a partition is somebody else's its log may become another one and be read: what is known of the old one says nothing then. */
  private forgetOthers(partitions: readonly TopicPartition[]): void {
    const now = new Set(partitions.map(partitionKey));
    for (const partition of this.assigned) {
      const key = partitionKey(partition);
      if (now.has(key)) continue;
      this.landmarks.forget(partition);
      this.recreated.delete(key);
    }
  }

  /**
   * Loads one partition again: the store's position is not the one we thought, or the log moved under us.
   * @param isRecreated the log was seen to end before our place. By the time it is asked, it may have grown past it.
   */
  replace(partition: TopicPartition, isRecreated = false): void {
    if (isRecreated) this.recreated.add(partitionKey(partition));
    this.places.delete(partitionKey(partition));
    this.pause([partition]);
    void this.place(this.current, [partition]);
  }

  /** Pauses one partition; it is fetched again from the same place after `RETRY_MS`. */
  retryLater(partition: TopicPartition): void {
    const epoch = this.current;
    this.pause([partition]);
    setTimeout(() => {
      if (epoch === this.current && this.placeOf(partition) !== undefined) this.resume([partition]);
    }, RETRY_MS).unref();
  }

  /** Pauses one partition for longer, and loads it again then: what keeps it from being read may be over, or somebody has moved the position. */
  replaceLater(partition: TopicPartition, afterMs: number): void {
    const epoch = this.current;
    this.pause([partition]);
    setTimeout(() => {
      if (epoch === this.current && this.placeOf(partition) !== undefined) this.replace(partition);
    }, afterMs).unref();
  }

  /** The earliest offset of a partition now. */
  async lowOf({ topic, partition }: TopicPartition): Promise<number> {
    return rangeOf(await rangesOf(this.parts.admin, topic), partition).low;
  }

  /** False when the epoch is over. */
  private async place(epoch: number, partitions: readonly TopicPartition[]): Promise<boolean> {
    const known = await this.loadUntilKnown(epoch, partitions);
    if (known === null || epoch !== this.current) return false;
    for (const partition of partitions) {
      const loaded = known.get(partitionKey(partition));
      if (loaded === undefined) void this.placeLater(epoch, partition);
      else this.placeAt(partition, loaded);
    }
    return true;
  }

  private placeAt(partition: TopicPartition, loaded: KnownOffsets): void {
    const key = partitionKey(partition);
    const offsets = this.recreated.has(key) ? { ...loaded, isOtherLog: true } : loaded;
    const point = resumePoint(offsets);
    this.report(partition, offsets, point);
    if (point.kinds.includes('recreated')) {
      this.landmarks.forget(partition);
      this.recreated.add(key);
    }
    // Always: a seek that a former assignment did not use is still queued in kafkajs and would fire now.
    this.parts.consumer.seek({ ...partition, offset: String(point.at) });
    this.places.set(key, point);
    this.resume([partition]);
  }

  private async placeLater(epoch: number, partition: TopicPartition): Promise<void> {
    await pause(UNPLACED_RETRY_MS, undefined, { ref: false });
    if (epoch !== this.current) return;
    await this.parts.source.refresh().catch(() => undefined);
    await this.place(epoch, [partition]);
  }

  private async loadUntilKnown(
    epoch: number,
    partitions: readonly TopicPartition[],
  ): Promise<ReadonlyMap<string, KnownOffsets> | null> {
    while (epoch === this.current) {
      try {
        return await this.load(partitions);
      } catch (error) {
        this.parts.log('warn', 'cannot load positions, trying again', { error: String(error) });
        await pause(RETRY_MS, undefined, { ref: false });
        // It fails while the brokers are away; the next load says so.
        await this.parts.source.refresh().catch(() => undefined);
      }
    }
    return null;
  }

  /**
   * Our own positions come last: read first, a late commit of the former owner would look like rows lost. A partition is missing in the answer when
   * its log cannot be told from another one now.
   */
  private async load(partitions: readonly TopicPartition[]): Promise<ReadonlyMap<string, KnownOffsets>> {
    const { admin, options } = this.parts;
    const topics = [...new Set(partitions.map(({ topic }) => topic))];
    const committed = new Map<string, number | null>();
    const ranges = new Map<string, readonly PartitionOffsets[]>();
    for (const topic of topics) {
      for (const { partition, offset } of await committedOf(admin, options.groupId, topic)) {
        committed.set(partitionKey({ topic, partition }), offset);
      }
    }
    for (const topic of topics) ranges.set(topic, await rangesOf(admin, topic));
    const stored = await options.positions?.load(partitions);
    const known = new Map<string, KnownOffsets>();
    await Promise.all(
      partitions.map(async (at) => {
        const key = partitionKey(at);
        const { low, high } = rangeOf(ranges.get(at.topic) ?? [], at.partition);
        const inGroup = committed.get(key) ?? null;
        const ours = stored === undefined ? inGroup : (stored.get(key)?.next ?? null);
        const isOther = await this.isOtherThanStored(at, stored?.get(key), { low, high });
        if (isOther !== null)
          known.set(key, { stored: ours, committed: inGroup, low, high, isOtherLog: isOther });
      }),
    );
    return known;
  }

  /** Null when it cannot be told now. */
  private async isOtherThanStored(
    at: TopicPartition,
    stored: StoredPosition | undefined,
    range: Pick<PartitionOffsets, 'low' | 'high'>,
  ): Promise<boolean | null> {
    try {
      return await isOtherLog(stored, range, async (offset) => await this.parts.source.timeAt(at, offset));
    } catch (error) {
      this.parts.log('warn', 'cannot tell whether a log is the one that was read: its partition waits', {
        partition: partitionKey(at),
        error: String(error),
      });
      return null;
    }
  }

  private report(partition: TopicPartition, known: KnownOffsets, point: ResumePoint): void {
    for (const report of positionReports(partition, known, point)) {
      this.parts.log(report.kind === 'rowsLost' ? 'error' : 'warn', 'positions of store and bus do not fit', {
        ...report,
      });
      this.parts.options.onReport?.(report);
    }
  }

  private pause(partitions: readonly TopicPartition[]): void {
    this.parts.consumer.pause(byTopic(partitions));
  }

  private resume(partitions: readonly TopicPartition[]): void {
    this.parts.consumer.resume(byTopic(partitions));
  }
}

function byTopic(partitions: readonly TopicPartition[]): { topic: string; partitions: number[] }[] {
  return [...Map.groupBy(partitions, ({ topic }) => topic)].map(([topic, own]) => ({
    topic,
    partitions: own.map(({ partition }) => partition),
  }));
}

function rangeOf(ranges: readonly PartitionOffsets[], partition: number): PartitionOffsets {
  const found = ranges.find((range) => range.partition === partition);
  // A partition the metadata does not show yet: the caller tries again.
  if (found === undefined) throw new Error(`partition ${String(partition)} has no offsets yet`);
  return found;
}
