import { setTimeout as pause } from 'node:timers/promises';
import { BusError } from '../bus-error.ts';
import { chunksOf, type Placed } from '../chunks.ts';
import type { BusLog } from '../log.ts';
import type { BusWriter, OutgoingMessage } from '../port.ts';
import { oversized } from '../record-size.ts';
import { abandoned, SendQueue } from '../send-queue.ts';
import { byteaArray, intArray } from './binary-array.ts';
import type { BusDatabase } from './database.ts';
import { encodeHeaders } from './header-bytes.ts';
import { partitionOfKey } from '../murmur2.ts';
import type { Topic, Topics } from './topics.ts';

const RETRY_MS = 200;

/** Classes of SQLSTATE that the same statement would get again: data, constraints, syntax. */
const REFUSED = /^(22|23|42)/;

/**
 * Locks the partitions in one order (two writers could not wait for each other), moves their ends and inserts, in one statement. The lock is held
 * until the commit: offsets have no gaps and become visible in their order.
 */
const APPEND = {
  name: 'bus_append',
  text: `with incoming as materialized (
    select * from unnest($1::int[], $2::int[], $3::bytea[], $4::bytea[], $5::bytea[])
      with ordinality as i(topic_no, partition, key, value, headers, n)
  ), counted as materialized (
    select topic_no, partition, count(*) as records from incoming group by topic_no, partition
  ), locked as materialized (
    select p.topic_no, p.partition, c.records from refundry_bus.log_partition p
    join counted c on c.topic_no = p.topic_no and c.partition = p.partition
    order by p.topic_no, p.partition for no key update of p
  ), moved as (
    update refundry_bus.log_partition p set next_offset = p.next_offset + l.records from locked l
    where p.topic_no = l.topic_no and p.partition = l.partition
    returning p.topic_no, p.partition, p.next_offset - l.records as first
  )
  insert into refundry_bus.record (topic_no, partition, record_offset, recorded_at_ms, key, value, headers)
  select i.topic_no, i.partition,
    m.first + row_number() over (partition by i.topic_no, i.partition order by i.n) - 1,
    (extract(epoch from clock_timestamp()) * 1000)::bigint, i.key, i.value, i.headers
  from incoming i join moved m on m.topic_no = i.topic_no and m.partition = i.partition`,
};

export interface EmbeddedWriterParts {
  readonly database: BusDatabase;
  readonly topics: Topics;
  readonly log: BusLog;
  /** Called after records were appended: readers in this process need not wait for their next look. */
  readonly onAppended: () => void;
  /** Called when the writer is closed or abandoned. */
  readonly onEnd: () => void;
}

/** The port's writer on the embedded log. A send whose answer was lost is repeated, which may store it twice, never out of order. */
export class EmbeddedWriter implements BusWriter {
  private readonly queue: SendQueue;
  private turn = 0;

  constructor(private readonly parts: EmbeddedWriterParts) {
    this.queue = new SendQueue(async (messages) => {
      await this.deliver(messages);
    }, parts.onEnd);
  }

  async send(messages: readonly OutgoingMessage[], signal: AbortSignal): Promise<void> {
    await this.queue.send(messages, signal);
  }

  async close(): Promise<void> {
    await this.queue.idle();
    this.queue.end();
  }

  private async deliver(messages: readonly OutgoingMessage[]): Promise<void> {
    const found = await this.untilReached(
      async () => await this.parts.topics.find(messages.map(({ topic }) => topic)),
    );
    const topics = new Map(found.map((topic) => [topic.name, topic]));
    const limits = new Map(found.map(({ name, recordBytesMax }) => [name, recordBytesMax]));
    const refusal = oversized(messages, limits);
    if (refusal !== null) throw refusal;
    for (const chunk of chunksOf(messages, limits)) {
      const columns = this.columnsOf(chunk, topics);
      await this.untilReached(async () => await this.parts.database.rows(APPEND, columns));
      this.parts.onAppended();
    }
  }

  private columnsOf(chunk: readonly Placed[], topics: ReadonlyMap<string, Topic>): Buffer[] {
    const rows = chunk.flatMap(({ message }) => {
      const topic = topics.get(message.topic);
      return topic === undefined ? [] : [{ message, topic, partition: this.partitionOf(message, topic) }];
    });
    return [
      intArray(rows.map(({ topic }) => topic.topicNo)),
      intArray(rows.map(({ partition }) => partition)),
      byteaArray(rows.map(({ message }) => message.key)),
      byteaArray(rows.map(({ message }) => message.value)),
      byteaArray(rows.map(({ message }) => encodeHeaders(message.headers))),
    ];
  }

  private partitionOf({ key }: OutgoingMessage, { partitions }: Topic): number {
    if (key !== null) return partitionOfKey(key, partitions);
    this.turn += 1;
    return this.turn % partitions;
  }

  private async untilReached<T>(attempt: () => Promise<T>): Promise<T> {
    for (;;) {
      if (this.queue.isAbandoned) throw abandoned();
      try {
        return await attempt();
      } catch (error) {
        if (error instanceof BusError) throw error;
        if (REFUSED.test(sqlState(error))) throw new BusError('BUS_FAILED', String(error), { cause: error });
        this.parts.log('warn', 'cannot reach the bus to send', { error: String(error) });
        await pause(RETRY_MS);
      }
    }
  }
}

function sqlState(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}
