import type { Admin } from 'kafkajs';
import type { BusAdmin, PartitionOffsets, TopicSpec } from '../port.ts';
import { explain } from './connection-hints.ts';
import { KafkaClient, type KafkaBusOptions } from './kafka-client.ts';
import { assertTopics, committedOf, rangesOf } from './offsets.ts';

/** How long a new topic may take to have its leaders; readers and writers retry by themselves afterwards. */
const LEADERS_TIMEOUT_MS = 15_000;
const LEADERS_POLL_MS = 50;

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
    return await explained(async () => (await this.admin.describeCluster()).clusterId);
  }

  async createTopics(specs: readonly TopicSpec[]): Promise<readonly string[]> {
    return await explained(async () => {
      const existing = new Set(await this.admin.listTopics());
      const created: string[] = [];
      for (const { topic, partitions, config } of specs) {
        if (existing.has(topic)) continue;
        const configEntries = Object.entries(config ?? {}).map(([name, value]) => ({ name, value }));
        const isOurs = await this.admin.createTopics({
          waitForLeaders: false,
          topics: [{ topic, numPartitions: partitions, configEntries }],
        });
        if (isOurs) created.push(topic);
      }
      if (created.length > 0) await this.untilLed(created);
      return created;
    });
  }

  /** A new topic is unknown to the broker for a moment; kafkajs's own wait gives up at once when it is asked in that moment. */
  private async untilLed(topics: string[]): Promise<void> {
    const deadlineMs = performance.now() + LEADERS_TIMEOUT_MS;
    for (;;) {
      try {
        const { topics: found } = await this.admin.fetchTopicMetadata({ topics });
        if (found.every(({ partitions }) => partitions.every(({ leader }) => leader >= 0))) return;
      } catch (error) {
        if (performance.now() > deadlineMs) throw error;
      }
      if (performance.now() > deadlineMs) return;
      await new Promise<void>((resolve) => setTimeout(resolve, LEADERS_POLL_MS));
    }
  }

  async listTopics(): Promise<readonly string[]> {
    const topics = await explained(async () => await this.admin.listTopics());
    return topics.filter((topic) => !topic.startsWith('__')).toSorted();
  }

  async offsets(topic: string): Promise<readonly PartitionOffsets[]> {
    return await explained(async () => {
      await assertTopics(this.admin, [topic]);
      return await rangesOf(this.admin, topic);
    });
  }

  async offsetsAt(
    topic: string,
    timestampMs: number,
  ): Promise<readonly { partition: number; offset: number }[]> {
    const found = await explained(async () => {
      await assertTopics(this.admin, [topic]);
      return await this.admin.fetchTopicOffsetsByTimestamp(topic, timestampMs);
    });
    return found
      .map(({ partition, offset }) => ({ partition, offset: Number(offset) }))
      .toSorted((a, b) => a.partition - b.partition);
  }

  async committed(
    groupId: string,
    topic: string,
  ): Promise<readonly { partition: number; offset: number | null }[]> {
    return await explained(async () => {
      await assertTopics(this.admin, [topic]);
      return await committedOf(this.admin, groupId, topic);
    });
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

/** kafkajs's errors as ours: a broker that hangs up after the connect shows only with the first question. */
async function explained<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    throw explain(error);
  }
}
