import { setTimeout as pause } from 'node:timers/promises';
import type { Admin } from 'kafkajs';
import { BusError } from '../bus-error.ts';
import type { BusBatch, ScanRange } from '../port.ts';
import { heldRanges } from '../scan-ranges.ts';
import { explain, hasErrorType, isRefusal } from './connection-hints.ts';
import { DirectFetch, type Fetched } from './direct-fetch.ts';
import { KafkaClient, type KafkaBusOptions } from './kafka-client.ts';
import { assertTopics, rangesOf } from './offsets.ts';
import { recordsOf } from './records.ts';

/** One fetch holds at most this much, or one batch of the log that is larger. */
const FETCH = { bytesMax: 1024 * 1024, waitMs: 200 };
const RETRY_MS = 300;
/** A broker's restart and a change of leaders take less; beyond it the scan fails rather than hangs. */
const AWAY_MS_MAX = 30_000;

/** The port's scan on Kafka, one partition after the other, through connections that end with it. */
export async function* scanKafka(
  options: KafkaBusOptions,
  topic: string,
  ranges: readonly ScanRange[],
  signal: AbortSignal,
): AsyncGenerator<BusBatch, void> {
  signal.throwIfAborted();
  const client = new KafkaClient(options, { retries: 5, initialRetryTime: 200, maxRetryTime: 1_000 });
  const giveUp = (): void => {
    client.giveUp();
  };
  signal.addEventListener('abort', giveUp);
  try {
    const scan = new KafkaScan(client, topic, signal);
    for (const range of heldRanges(ranges, await scan.begin())) yield* scan.read(range);
  } catch (error) {
    signal.throwIfAborted();
    throw explain(error);
  } finally {
    signal.removeEventListener('abort', giveUp);
    client.giveUp();
  }
}

class KafkaScan {
  private readonly admin: Admin;
  private readonly source: DirectFetch;

  constructor(
    client: KafkaClient,
    private readonly topic: string,
    private readonly signal: AbortSignal,
  ) {
    this.admin = client.kafka.admin();
    this.source = new DirectFetch(client.kafka);
  }

  async begin(): ReturnType<typeof rangesOf> {
    await this.admin.connect();
    await assertTopics(this.admin, [this.topic]);
    await this.source.connect(this.topic);
    return await rangesOf(this.admin, this.topic);
  }

  async *read({ partition, from, to }: ScanRange): AsyncGenerator<BusBatch, void> {
    for (let at = from; at < to;) {
      this.signal.throwIfAborted();
      const fetched = await this.fetch(partition, at);
      if (fetched === null) {
        at = await this.afterRemoval(partition, at);
        continue;
      }
      const next = Math.min(fetched.next, to);
      // Behind the stable end are only records of an open transaction. Its outcome may take a quarter of an hour.
      if (next === at) return;
      const records = recordsOf(fetched.messages).filter(({ offset }) => offset < to);
      yield { topic: this.topic, partition, from: at, next, records };
      at = next;
    }
  }

  /** Null when the log does not hold the offset any more. */
  private async fetch(partition: number, offset: number): Promise<Fetched | null> {
    const deadlineMs = performance.now() + AWAY_MS_MAX;
    for (;;) {
      try {
        return await this.source.fetch({ topic: this.topic, partition, offset }, FETCH);
      } catch (error) {
        this.signal.throwIfAborted();
        if (hasErrorType(error, 'OFFSET_OUT_OF_RANGE')) return null;
        if (isRefusal(error) || performance.now() > deadlineMs) throw error;
      }
      await pause(RETRY_MS, undefined, { signal: this.signal });
      // It fails while the brokers are away; the next fetch says so.
      await this.source.refresh().catch(() => undefined);
    }
  }

  private async afterRemoval(partition: number, at: number): Promise<number> {
    const held = (await rangesOf(this.admin, this.topic)).find((one) => one.partition === partition);
    if (held !== undefined && held.low > at) return held.low;
    throw new BusError(
      'BUS_FAILED',
      `${this.topic}/${String(partition)} was created anew while it was read: start again`,
    );
  }
}
