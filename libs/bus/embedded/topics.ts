import { topicMissing } from '../bus-error.ts';
import type { TopicSpec } from '../port.ts';
import type { BusDatabase } from './database.ts';
import { intArray } from './binary-array.ts';

/** As Kafka's default for `max.message.bytes`. */
const RECORD_BYTES_MAX = 1_048_588;

export interface Topic {
  readonly topicNo: number;
  readonly name: string;
  readonly partitions: number;
  readonly recordBytesMax: number;
}

interface TopicRow {
  readonly topic_no: number;
  readonly name: string;
  readonly partitions: number;
  readonly record_bytes_max: number;
}

const SELECT = 'select topic_no, name, partitions, record_bytes_max from refundry_bus.topic';

const LIST = { name: 'bus_topics', text: `${SELECT} order by name` };

const FIND = { name: 'bus_topics_by_name', text: `${SELECT} where name = any($1::text[])` };

const CREATE = {
  name: 'bus_topic_create',
  text: `with made as (
    insert into refundry_bus.topic (name, partitions, record_bytes_max) values ($1, $2, $3)
    on conflict (name) do nothing returning topic_no, partitions
  ), logs as (
    insert into refundry_bus.log_partition (topic_no, partition)
    select topic_no, generate_series(0, partitions - 1) from made
  ) select topic_no from made`,
};

const ENDS = {
  name: 'bus_topic_ends',
  text: `select topic_no, partition, next_offset::float8 as next from refundry_bus.log_partition
    where topic_no = any($1::int[]) order by topic_no, partition`,
};

/** Topics by name. They never change once created, so what was found is kept. */
export class Topics {
  private readonly known = new Map<string, Topic>();

  constructor(private readonly database: BusDatabase) {}

  async create(spec: TopicSpec): Promise<boolean> {
    const recordBytesMax = Number(spec.config?.['max.message.bytes'] ?? RECORD_BYTES_MAX);
    const made = await this.database.rows(CREATE, [spec.topic, spec.partitions, recordBytesMax]);
    return made.length > 0;
  }

  async names(): Promise<readonly string[]> {
    return (await this.database.rows<TopicRow>(LIST, [])).map(({ name }) => name);
  }

  /** @throws BusError TOPIC_MISSING */
  async find(names: readonly string[]): Promise<readonly Topic[]> {
    const asked = [...new Set(names)];
    const unknown = asked.filter((name) => !this.known.has(name));
    if (unknown.length > 0) await this.load(unknown);
    const missing = asked.filter((name) => !this.known.has(name));
    if (missing.length > 0) throw topicMissing(missing);
    return asked.flatMap((name) => this.known.get(name) ?? []);
  }

  /** The offset the next record of each partition gets. */
  async ends(
    topics: readonly Topic[],
  ): Promise<readonly { topicNo: number; partition: number; next: number }[]> {
    const rows = await this.database.rows<{ topic_no: number; partition: number; next: number }>(ENDS, [
      intArray(topics.map(({ topicNo }) => topicNo)),
    ]);
    return rows.map(({ topic_no, partition, next }) => ({ topicNo: topic_no, partition, next }));
  }

  private async load(names: readonly string[]): Promise<void> {
    for (const row of await this.database.rows<TopicRow>(FIND, [names])) {
      this.known.set(row.name, {
        topicNo: row.topic_no,
        name: row.name,
        partitions: row.partitions,
        recordBytesMax: row.record_bytes_max,
      });
    }
  }
}
