import { setTimeout as pause } from 'node:timers/promises';
import { BusError } from '../bus-error.ts';
import type { BusLog } from '../log.ts';
import {
  partitionKey,
  StalePosition,
  type BatchHandler,
  type BatchReader,
  type BusBatch,
  type BusRecord,
  type ReaderHealth,
  type ReaderOptions,
} from '../port.ts';
import { settledWithin } from '../settled-within.ts';
import { Bell } from './bell.ts';
import type { BusDatabase } from './database.ts';
import { Membership } from './membership.ts';
import { OwnedPartition } from './owned-partition.ts';
import { Ownership } from './ownership.ts';
import { fetchRecords, recordTime } from './record-source.ts';
import type { Topics } from './topics.ts';

const SESSION_TIMEOUT_MS = 10_000;
const CONCURRENCY = 4;
/** Bounds of the wait between two looks that find nothing: latency against load while idle. */
const LOOK_MIN_MS = 5;
const LOOK_MAX_MS = 100;
const RETRY_MS = 300;
const LEAVE_MS = 5_000;

export interface EmbeddedReaderParts {
  readonly database: BusDatabase;
  readonly topics: Topics;
  readonly log: BusLog;
  readonly options: ReaderOptions;
}

/** The port's reader on the embedded log. Used once. Two loops: one keeps the membership, one fetches for the partitions that are free. */
export class EmbeddedReader implements BatchReader {
  private readonly started = Promise.withResolvers<void>();
  private readonly bell = new Bell();
  private loops: Promise<unknown> = Promise.resolve();
  private ownership: Ownership | null = null;
  private stopping: Promise<void> | null = null;
  private isStarted = false;
  private lastHeardMs: number | null = null;

  constructor(private readonly parts: EmbeddedReaderParts) {
    this.started.promise.catch(() => undefined);
  }

  async start(topics: readonly string[], onBatch: BatchHandler): Promise<void> {
    if (this.isStarted) throw new Error('a reader starts only once');
    this.isStarted = true;
    this.begin(topics, onBatch).catch((error: unknown) => {
      this.started.reject(
        error instanceof BusError
          ? error
          : new BusError('BUS_UNREACHABLE', `the embedded bus: ${String(error)}`, { cause: error }),
      );
    });
    try {
      await this.started.promise;
    } catch (error) {
      await this.stop();
      throw error;
    }
  }

  async stop(): Promise<void> {
    this.stopping ??= this.end();
    await this.stopping;
  }

  health(): ReaderHealth {
    return {
      joined: this.stopping === null && this.ownership?.isReady === true,
      lastHeardMsAgo: this.lastHeardMs === null ? null : performance.now() - this.lastHeardMs,
      fatal: null,
    };
  }

  /** Records were appended in this process. */
  nudge(): void {
    this.bell.ring();
  }

  private async begin(names: readonly string[], onBatch: BatchHandler): Promise<void> {
    const { database, options, log } = this.parts;
    const topics = await this.parts.topics.find(names);
    this.heard();
    if (this.stopping !== null) return;
    const leaseMs = options.sessionTimeoutMs ?? SESSION_TIMEOUT_MS;
    const ownership = new Ownership({
      membership: new Membership(database, options.groupId, topics, leaseMs),
      readEnds: async () => await this.parts.topics.ends(topics),
      readTime: async (at) => await recordTime(database, at),
      topics,
      options,
      leaseMs,
      log,
      onHeard: () => {
        this.heard();
      },
      onChange: () => {
        if (ownership.isReady) this.started.resolve();
        this.bell.ring();
      },
    });
    this.ownership = ownership;
    await ownership.join();
    if (this.stopping !== null) return;
    this.loops = Promise.allSettled([ownership.keep(), this.read(ownership, onBatch)]);
  }

  private async read(ownership: Ownership, onBatch: BatchHandler): Promise<void> {
    let waitMs = LOOK_MIN_MS;
    while (this.stopping === null) {
      const hasMore = await this.look(ownership, onBatch);
      waitMs = hasMore ? LOOK_MIN_MS : Math.min(waitMs * 2, LOOK_MAX_MS);
      await this.bell.wait(waitMs);
    }
  }

  /** Fetches once for the partitions that have no batch in hand, and hands out what was found. */
  private async look(ownership: Ownership, onBatch: BatchHandler): Promise<boolean> {
    const room = (this.parts.options.concurrency ?? CONCURRENCY) - ownership.inHand.length;
    const readable = ownership.partitions.filter((partition) => partition.isReadable);
    if (readable.length === 0 || room <= 0) return false;
    try {
      const found = await fetchRecords(this.parts.database, readable, room);
      this.heard();
      if (this.stopping !== null) return false;
      for (const partition of readable) {
        const records = found.get(partition);
        if (records !== undefined && partition.isReadable) {
          partition.inHand = this.deliver(ownership, partition, records, onBatch);
          ownership.toTheEnd(partition);
        }
      }
      return found.size > 0;
    } catch (error) {
      this.parts.log('warn', 'cannot read from the bus, trying again', { error: String(error) });
      await pause(RETRY_MS);
      return false;
    }
  }

  private async deliver(
    ownership: Ownership,
    partition: OwnedPartition,
    records: readonly BusRecord[],
    onBatch: BatchHandler,
  ): Promise<void> {
    const { topic, from } = partition;
    const next = (records.at(-1)?.offset ?? partition.at) + 1;
    const batch: BusBatch = { topic, partition: partition.partition, from, next, records };
    try {
      await onBatch(batch, partition.signal);
      if (!partition.isLost || this.stopping !== null) await ownership.advance(partition, next);
    } catch (error) {
      if (error instanceof StalePosition) ownership.replace(partition);
      else this.rest(partition, batch, error);
    } finally {
      partition.inHand = null;
      this.bell.ring();
      ownership.batchEnded(partition);
    }
  }

  private rest(partition: OwnedPartition, batch: BusBatch, error: unknown): void {
    this.parts.log('warn', 'the batch was not stored and comes again', {
      partition: partitionKey(batch),
      from: batch.from,
      error: String(error),
    });
    partition.isResting = true;
    setTimeout(() => {
      partition.isResting = false;
      this.bell.ring();
    }, RETRY_MS).unref();
  }

  private heard(): void {
    this.lastHeardMs = performance.now();
  }

  private async end(): Promise<void> {
    this.started.reject(new BusError('READER_STOPPED', 'the reader was stopped before it had joined'));
    const { ownership } = this;
    if (ownership === null) return;
    const ended = ownership.stop();
    this.bell.ring();
    await ended;
    await settledWithin(this.loops, LEAVE_MS);
    await settledWithin(ownership.leave(), LEAVE_MS);
  }
}
