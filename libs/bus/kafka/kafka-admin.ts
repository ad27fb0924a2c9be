import type { Admin } from 'kafkajs';
import type { BusAdmin, PartitionOffsets, TopicSpec } from '../port.ts';
import { explain } from './connection-hints.ts';
import { KafkaClient, type KafkaBusOptions } from './kafka-client.ts';
import { assertTopics, committedOf, rangesOf } from './offsets.ts';

/** The port's administration; Kafka's own `__` topics are not listed. */
export class KafkaAdmin implements BusAdmin {
  private constructor(
    private readonly client: KafkaClient,
    private readonly admin: Admin,
    private readonly onClose: () => void,
  ) {}

  /** @throws BusError BUS_UNREACHABLE when no broker answers within some seconds. */
  static async connect(options: KafkaBusOptions, onClose: () => void): Promise<KafkaAdmin> {
    const client = new KafkaClient(options, { retries: 5, initialRetryTime: 200, maxRetryTime: 1_000 });
    const admin = client.kafka.admin();
    try {
      await admin.connect();
    } catch (error) {
      client.giveUp();
      throw explain(error);
    }
    return new KafkaAdmin(client, admin, onClose);
  }

  async clusterId(): Promise<string> {
    return (await this.admin.describeCluster()).clusterId;
  }

  async createTopics(specs: readonly TopicSpec[]): Promise<readonly string[]> {
    const existing = new Set(await this.admin.listTopics());
    const created: string[] = [];
    for (const { topic, partitions, config } of specs) {
      if (existing.has(topic)) continue;
      const configEntries = Object.entries(config ?? {}).map(([name, value]) => ({ name, value }));
      const isOurs = await this.admin.createTopics({
        waitForLeaders: true,
        topics: [{ topic, numPartitions: partitions, configEntries }],
      });
      if (isOurs) created.push(topic);
    }
    return created;
  }

  async listTopics(): Promise<readonly string[]> {
    return (await this.admin.listTopics()).filter((topic) => !topic.startsWith('__')).toSorted();
  }

  async offsets(topic: string): Promise<readonly PartitionOffsets[]> {
    await assertTopics(this.admin, [topic]);
    return await rangesOf(this.admin, topic);
  }

  async offsetsAt(
    topic: string,
    timestampMs: number,
  ): Promise<readonly { partition: number; offset: number }[]> {
    await assertTopics(this.admin, [topic]);
    const found = await this.admin.fetchTopicOffsetsByTimestamp(topic, timestampMs);
    return found
      .map(({ partition, offset }) => ({ partition, offset: Number(offset) }))
      .toSorted((a, b) => a.partition - b.partition);
  }

  async committed(
    groupId: string,
    topic: string,
  ): Promise<readonly { partition: number; offset: number | null }[]> {
    await assertTopics(this.admin, [topic]);
    return await committedOf(this.admin, groupId, topic);
  }

  async close(): Promise<void> {
    try {
      await this.admin.disconnect();
    } finally {
      this.client.giveUp();
      this.onClose();
    }
  }
}
