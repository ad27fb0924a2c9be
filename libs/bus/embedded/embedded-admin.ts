import type { BusAdmin, PartitionOffsets, TopicSpec } from '../port.ts';
import type { BusDatabase } from './database.ts';
import type { Topics } from './topics.ts';

const AT_TIME = {
  name: 'bus_offsets_at',
  text: `select p.partition, coalesce(r.record_offset, p.next_offset)::float8 as "offset"
    from refundry_bus.log_partition p left join lateral (
      select record_offset from refundry_bus.record r
      where r.topic_no = p.topic_no and r.partition = p.partition and r.recorded_at_ms >= $2::bigint
      order by record_offset limit 1
    ) r on true where p.topic_no = $1::int order by p.partition`,
};

const COMMITTED = {
  name: 'bus_committed',
  text: `select p.partition, a.committed::float8 as "offset" from refundry_bus.log_partition p
    left join refundry_bus.assignment a on a.group_id = $1 and a.topic_no = p.topic_no and a.partition = p.partition
    where p.topic_no = $2::int order by p.partition`,
};

/** The port's administration on the embedded log. Nothing is ever deleted, so `low` is 0. */
export class EmbeddedAdmin implements BusAdmin {
  constructor(
    private readonly database: BusDatabase,
    private readonly topics: Topics,
  ) {}

  async createTopics(specs: readonly TopicSpec[]): Promise<readonly string[]> {
    const created: string[] = [];
    for (const spec of specs) {
      if (await this.topics.create(spec)) created.push(spec.topic);
    }
    return created;
  }

  async listTopics(): Promise<readonly string[]> {
    return await this.topics.names();
  }

  async offsets(topic: string): Promise<readonly PartitionOffsets[]> {
    const ends = await this.topics.ends(await this.topics.find([topic]));
    return ends.map(({ partition, next }) => ({ partition, low: 0, high: next }));
  }

  async offsetsAt(
    topic: string,
    timestampMs: number,
  ): Promise<readonly { partition: number; offset: number }[]> {
    const [found] = await this.topics.find([topic]);
    return await this.database.rows<{ partition: number; offset: number }>(AT_TIME, [
      found?.topicNo,
      Math.ceil(timestampMs),
    ]);
  }

  async committed(
    groupId: string,
    topic: string,
  ): Promise<readonly { partition: number; offset: number | null }[]> {
    const [found] = await this.topics.find([topic]);
    return await this.database.rows<{ partition: number; offset: number | null }>(COMMITTED, [
      groupId,
      found?.topicNo,
    ]);
  }

  async close(): Promise<void> {
    // The connections belong to the bus.
    await Promise.resolve();
  }
}
