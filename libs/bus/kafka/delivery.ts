import type { Batch, EachBatchPayload } from 'kafkajs';
import type { BusLog } from '../log.ts';
import {
  partitionKey,
  StalePosition,
  type BatchHandler,
  type BusBatch,
  type ReaderOptions,
  type TopicPartition,
} from '../port.ts';
import { hasErrorType } from './connection-hints.ts';
import { unreadableIn, type UnreadableBatch } from './fetch-response-patch.ts';
import type { Place, Positioning } from './positioning.ts';
import { recordsOf } from './records.ts';

/** kafkajs sends a heartbeat only when asked; it drops those that come sooner than its own interval. */
const BEAT_MS = 500;

/** Between two looks at a batch that cannot be read. Shorter: it is fetched and logged more often. Longer: reading goes on later once it can. */
const UNREADABLE_RETRY_MS = 5_000;

/** Answers to a heartbeat that mean: the partitions belong to someone else already. */
const NO_MEMBER = ['UNKNOWN_MEMBER_ID', 'ILLEGAL_GENERATION', 'FENCED_INSTANCE_ID'];

/** Hands fetched batches to the handler, one per partition at a time, and commits after it. */
export class Delivery {
  private readonly inHand = new Map<AbortController, Promise<void>>();
  private stopped = false;

  constructor(
    private readonly positioning: Positioning,
    private readonly onBatch: BatchHandler,
    private readonly log: BusLog,
    private readonly onCommitted?: ReaderOptions['onCommitted'],
  ) {}

  /** No batch is handed out after this call; resolves when those in hand have ended. */
  async stop(): Promise<void> {
    this.stopped = true;
    for (const control of this.inHand.keys()) control.abort();
    await Promise.allSettled(this.inHand.values());
  }

  /**
   * kafkajs's eachBatch. A batch that is not taken is left unresolved and comes again. Nothing is thrown but the last heartbeat's error:
   * that is how kafkajs learns of a rebalance, anything else would make it retry five times and crash.
   */
  async take(payload: EachBatchPayload): Promise<void> {
    const partition = { topic: payload.batch.topic, partition: payload.batch.partition };
    const place = this.positioning.placeOf(partition);
    if (place === undefined || this.stopped || !payload.isRunning() || payload.isStale()) return;
    if (!(await this.isFetchedFrom(place, partition, payload.batch)) || this.stopped) return;
    if (this.positioning.placeOf(partition) !== place) return;
    const unreadable = unreadableIn(payload.batch.messages);
    if (unreadable !== null) {
      this.standStill(partition, place, unreadable);
      return;
    }
    const batch = toBusBatch(payload.batch, place.from);
    const control = new AbortController();
    const ended = this.handle(batch, place, payload, control);
    this.inHand.set(
      control,
      ended.then(() => undefined),
    );
    const stored = await ended;
    this.inHand.delete(control);
    if (!stored || !this.positioning.advance(partition, place, batch.next, batch.records.at(-1))) return;
    payload.resolveOffset(payload.batch.lastOffset());
    await this.commit(payload, batch);
    if (!this.stopped) await payload.heartbeat();
  }

  /**
   * The offset kafkajs really asked for is the only witness that it moved by itself after "offset out of range". It also moves past batches
   * that hold nothing but transaction markers; then the earliest offset is not beyond our place.
   */
  private async isFetchedFrom(place: Place, partition: TopicPartition, batch: Batch): Promise<boolean> {
    const fetched = fetchedOffset(batch);
    if (fetched === place.at) return true;
    try {
      const isRecreated = fetched < place.at;
      const moved = isRecreated || (await this.positioning.lowOf(partition)) > place.at;
      if (moved) this.positioning.replace(partition, isRecreated);
      return !moved;
    } catch (error) {
      this.log('warn', 'cannot tell why the fetch moved, trying again', {
        ...partition,
        error: String(error),
      });
      this.positioning.retryLater(partition);
      return false;
    }
  }

  /**
   * What cannot be read is not skipped: nobody knows which requests it held. Its partition alone stands still and says so, and asks again: another
   * replica may have the batch whole, or somebody has moved the position or deleted the records.
   */
  private standStill(partition: TopicPartition, { at }: Place, { last, reason }: UnreadableBatch): void {
    this.log(
      'error',
      'a batch cannot be read: its partition stands still until it can, or is passed by hand',
      {
        code: 'BATCH_UNREADABLE',
        partition: partitionKey(partition),
        from: at,
        last,
        reason,
      },
    );
    this.positioning.replaceLater(partition, UNREADABLE_RETRY_MS);
  }

  /** True when the handler has stored the batch. */
  private async handle(
    batch: BusBatch,
    place: Place,
    payload: EachBatchPayload,
    control: AbortController,
  ): Promise<boolean> {
    const partition = { topic: batch.topic, partition: batch.partition };
    const beat = setInterval(() => {
      payload.heartbeat().catch((error: unknown) => {
        if (NO_MEMBER.some((type) => hasErrorType(error, type))) control.abort();
      });
    }, BEAT_MS);
    try {
      await this.onBatch(batch, control.signal);
      return true;
    } catch (error) {
      // It is somebody else's by now, or has been placed again: what failed here is read from there.
      if (this.positioning.placeOf(partition) !== place) return false;
      if (error instanceof StalePosition) {
        this.positioning.replace(partition);
        return false;
      }
      this.log('warn', 'the batch was not stored and comes again', {
        partition: partitionKey(partition),
        from: batch.from,
        error: String(error),
      });
      this.positioning.retryLater(partition);
      return false;
    } finally {
      clearInterval(beat);
    }
  }

  /** For monitoring where the caller keeps positions; without them a failed commit means that the batch comes again. */
  private async commit(payload: EachBatchPayload, { topic, partition, next }: BusBatch): Promise<void> {
    try {
      await payload.commitOffsetsIfNecessary({
        topics: [{ topic, partitions: [{ partition, offset: String(next) }] }],
      });
      this.onCommitted?.({ topic, partition }, next);
    } catch (error) {
      this.log('warn', 'the offset was not committed', { topic, partition, next, error: String(error) });
    }
  }
}

function toBusBatch(batch: Batch, from: number): BusBatch {
  return {
    topic: batch.topic,
    partition: batch.partition,
    from,
    // Includes transaction markers behind the last record.
    next: Number(batch.lastOffset()) + 1,
    records: recordsOf(batch.messages),
  };
}

/** There at run time, absent from kafkajs's types. */
function fetchedOffset(batch: Batch): number {
  return Number((batch as Batch & { readonly fetchedOffset: string }).fetchedOffset);
}
