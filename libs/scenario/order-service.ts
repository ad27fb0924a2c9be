import { setTimeout as sleep } from 'node:timers/promises';
import {
  partitionKey,
  type BatchReader,
  type Bus,
  type BusBatch,
  type BusRecord,
  type OutgoingMessage,
} from '#libs/bus';
import { Observations } from './observed.ts';
import { PAYMENT_PLACEHOLDER, RUN_HEADER, type Plan, type PlannedMessage } from './plan.ts';

export interface OrderTopics {
  readonly requested: string;
  readonly results: string;
  readonly status: string;
  readonly deadLetters: string;
}

/** Messages sent together: enough that sending is never what is waited for, few enough that progress shows. */
const SEND_BATCH = 50;
const POLL_MS = 25;
const CATCH_UP_MS = 60_000;

/**
 * An order service as the processor sees one: it sends requests and reads results, status and dead letters in a group of its own, from
 * where the topics ended when it started.
 */
export class OrderService {
  readonly seen: Observations;
  private reader: BatchReader | null = null;
  /** Where reading stands, by partition. */
  private readonly positions = new Map<string, number>();

  constructor(
    private readonly bus: Bus,
    private readonly topics: OrderTopics,
    private readonly plan: Plan,
  ) {
    this.seen = new Observations(new Set(plan.refunds.map(({ refundId }) => refundId)));
  }

  /** Resolves once everything published from now on will be seen. The topics must exist. */
  async start(): Promise<void> {
    const topics = this.readTopics();
    for (const [at, end] of await this.ends(topics)) this.positions.set(at, end);
    const reader = this.bus.reader({
      groupId: `order-service-${this.plan.runId}`,
      positions: {
        load: async (partitions) =>
          await Promise.resolve(
            new Map(
              partitions.map((at) => [
                partitionKey(at),
                { next: this.positions.get(partitionKey(at)) ?? 0, lastRecordAtMs: null },
              ]),
            ),
          ),
      },
    });
    this.reader = reader;
    await reader.start(topics, async (batch) => {
      this.take(batch);
      this.positions.set(partitionKey(batch), batch.next);
      await Promise.resolve();
    });
  }

  /** Sends messages in their order. `onSent` hears how many are out. */
  async send(
    messages: readonly PlannedMessage[],
    paymentIds: ReadonlyMap<string, string>,
    signal: AbortSignal,
    onSent: (count: number) => void = () => {},
  ): Promise<void> {
    const writer = await this.bus.writer();
    try {
      for (let from = 0; from < messages.length; from += SEND_BATCH) {
        const part = messages.slice(from, from + SEND_BATCH);
        await writer.send(
          part.map((message) => toOutgoing(message, this.topics.requested, paymentIds)),
          signal,
        );
        onSent(from + part.length);
      }
    } finally {
      await writer.close();
    }
  }

  /** Waits until the condition holds; false when the time is over first or the signal aborts. */
  async until(
    condition: (seen: Observations) => boolean,
    deadlineMs: number,
    signal: AbortSignal,
  ): Promise<boolean> {
    while (!condition(this.seen)) {
      if (performance.now() >= deadlineMs || signal.aborted) return false;
      await sleep(POLL_MS);
    }
    return true;
  }

  /** Waits until everything that is on the topics now has been read; false when the time is over first or the signal aborts. */
  async catchUp(signal: AbortSignal): Promise<boolean> {
    const ends = [...(await this.ends(this.readTopics()))];
    return await this.until(
      () => ends.every(([at, end]) => (this.positions.get(at) ?? 0) >= end),
      performance.now() + CATCH_UP_MS,
      signal,
    );
  }

  async stop(): Promise<void> {
    await this.reader?.stop();
    this.reader = null;
  }

  private readTopics(): readonly string[] {
    return [this.topics.results, this.topics.status, this.topics.deadLetters];
  }

  private async ends(topics: readonly string[]): Promise<Map<string, number>> {
    const admin = await this.bus.admin();
    const ends = new Map<string, number>();
    try {
      for (const topic of topics) {
        for (const { partition, high } of await admin.offsets(topic))
          ends.set(partitionKey({ topic, partition }), high);
      }
    } finally {
      await admin.close();
    }
    return ends;
  }

  private take(batch: BusBatch): void {
    for (const record of batch.records) {
      if (batch.topic === this.topics.deadLetters) this.takeDeadLetter(record);
      else this.takeEvent(batch.topic === this.topics.results ? 'results' : 'statuses', record);
    }
  }

  private takeEvent(stream: 'results' | 'statuses', record: BusRecord): void {
    const refundId = header(record, 'ce_subject');
    if (refundId === null || record.value === null) return;
    const body = JSON.parse(record.value.toString()) as Readonly<Record<string, unknown>>;
    this.seen.addEvent(stream, refundId, {
      type: header(record, 'ce_type') ?? '',
      ceId: header(record, 'ce_id') ?? '',
      sequence: Number(body['sequence']),
      body,
      seenAtMs: performance.now(),
    });
  }

  private takeDeadLetter(record: BusRecord): void {
    if (header(record, RUN_HEADER) !== this.plan.runId) return;
    const origin = ['dlq-topic', 'dlq-partition', 'dlq-offset'].map((name) => header(record, name));
    this.seen.addDeadLetter({
      code: header(record, 'dlq-reason') ?? '',
      message: header(record, 'dlq-message') ?? '',
      origin: origin.join('/'),
    });
  }
}

/** A planned message with the payment's real id in place. */
export function toOutgoing(
  message: PlannedMessage,
  topic: string,
  paymentIds: ReadonlyMap<string, string>,
): OutgoingMessage {
  const paymentId = paymentIds.get(message.payment) ?? '';
  return {
    topic,
    key: Buffer.from(paymentId),
    value: valueOf(message, paymentId),
    headers: message.headers.map(([name, value]) => ({ name, value: Buffer.from(value) })),
  };
}

function valueOf({ body }: PlannedMessage, paymentId: string): Buffer | null {
  if (body === null) return null;
  return 'text' in body
    ? Buffer.from(body.text.replaceAll(PAYMENT_PLACEHOLDER, paymentId))
    : Buffer.from(body.base64, 'base64');
}

function header(record: BusRecord, name: string): string | null {
  return record.headers.find((one) => one.name === name)?.value?.toString() ?? null;
}
