import { setTimeout as pause } from 'node:timers/promises';
import { RecordTooLarge, type BusWriter, type OutgoingMessage } from '../port.ts';
import { abandoned, SendQueue } from '../send-queue.ts';
import { chunksOf, type Placed } from '../chunks.ts';
import { explain, hasErrorType, isRefusal } from './connection-hints.ts';
import type { KafkaBusOptions } from './kafka-client.ts';
import { KafkaProducer } from './kafka-producer.ts';
import { oversized } from '../record-size.ts';
import { readTopicLimits } from './topic-limits.ts';

const RETRY_MS = 500;

/** The port's writer: one producer at a time behind the queue. It connects with the first send. */
export class KafkaWriter implements BusWriter {
  private producer: KafkaProducer | null = null;
  private limits: ReadonlyMap<string, number> = new Map();
  private readonly queue: SendQueue;

  /** @param onEnd called when the writer is closed or abandoned. */
  constructor(
    private readonly options: KafkaBusOptions,
    onEnd: () => void,
  ) {
    this.queue = new SendQueue(
      async (messages) => {
        await this.deliver(messages);
      },
      () => {
        this.producer?.giveUp();
        onEnd();
      },
    );
  }

  async send(messages: readonly OutgoingMessage[], signal: AbortSignal): Promise<void> {
    await this.queue.send(messages, signal);
  }

  async close(): Promise<void> {
    await this.queue.idle();
    await this.producer?.close();
    this.producer = null;
    this.queue.end();
  }

  private async deliver(messages: readonly OutgoingMessage[]): Promise<void> {
    await this.readLimits(messages);
    if (oversized(messages, this.limits) !== null) {
      // The limit may have been raised since it was read.
      this.limits = new Map();
      await this.readLimits(messages);
    }
    const refusal = oversized(messages, this.limits);
    if (refusal !== null) throw refusal;
    for (const chunk of chunksOf(messages, this.limits)) await this.sendChunk(chunk);
  }

  /** Fails at once for a topic that does not exist: kafkajs would ask for it without end. */
  private async readLimits(messages: readonly OutgoingMessage[]): Promise<void> {
    const topics = new Set(messages.map(({ topic }) => topic));
    const unread = [...topics].filter((topic) => !this.limits.has(topic));
    if (unread.length === 0) return;
    const read = await this.untilReached(async () => await readTopicLimits(this.options, unread));
    this.limits = new Map([...this.limits, ...read]);
  }

  private async sendChunk(chunk: readonly Placed[]): Promise<void> {
    const producer = await this.connected();
    try {
      await producer.send(chunk);
    } catch (error) {
      producer.giveUp();
      this.producer = null;
      if (this.queue.isAbandoned) throw abandoned();
      if (!hasErrorType(error, 'MESSAGE_TOO_LARGE')) throw explain(error);
      await this.isolate(chunk, error);
    }
  }

  /** The topic's limit was lowered, or could not be read. Halves until one message is left to blame. */
  private async isolate(chunk: readonly Placed[], cause: unknown): Promise<void> {
    this.limits = new Map();
    const [first] = chunk;
    if (first === undefined) throw explain(cause);
    if (chunk.length === 1) throw new RecordTooLarge(first.index, explain(cause).message);
    const middle = Math.ceil(chunk.length / 2);
    await this.sendChunk(chunk.slice(0, middle));
    await this.sendChunk(chunk.slice(middle));
  }

  private async connected(): Promise<KafkaProducer> {
    if (this.producer !== null) return this.producer;
    return await this.untilReached(async () => {
      const producer = new KafkaProducer(this.options);
      this.producer = producer;
      try {
        await producer.connect();
        return producer;
      } catch (error) {
        producer.giveUp();
        this.producer = null;
        throw error;
      }
    });
  }

  private async untilReached<T>(attempt: () => Promise<T>): Promise<T> {
    for (;;) {
      if (this.queue.isAbandoned) throw abandoned();
      try {
        return await attempt();
      } catch (error) {
        if (this.queue.isAbandoned) throw abandoned();
        if (isRefusal(error)) throw explain(error);
        this.options.log('warn', 'cannot reach the bus to send', { error: explain(error).message });
        await pause(RETRY_MS);
      }
    }
  }
}
