import { createRequire } from 'node:module';
import type { Batch, Kafka } from 'kafkajs';
import { BusError, topicMissing } from '../bus-error.ts';
import type { TopicPartition } from '../port.ts';
import { recordTimeMs } from '../record-time.ts';
import { hasErrorType } from './connection-hints.ts';
import { unreadableIn, type UnreadableBatch } from './fetch-response-patch.ts';

interface PartitionAnswer {
  readonly partition: number;
  readonly lastStableOffset: string;
  readonly messages: Batch['messages'];
}

interface Broker {
  fetch(request: object): Promise<{ readonly responses: readonly { partitions: PartitionAnswer[] }[] }>;
}

interface Cluster {
  connect(): Promise<void>;
  addTargetTopic(topic: string): Promise<void>;
  refreshMetadata(): Promise<void>;
  findLeaderForPartitions(topic: string, partitions: readonly number[]): Record<string, number[]>;
  findBroker(at: { readonly nodeId: string }): Promise<Broker>;
}

const kafkajs = createRequire(import.meta.url);
const FetchedBatch = kafkajs('kafkajs/src/consumer/batch.js') as new (
  topic: string,
  fetchedOffset: string,
  answer: PartitionAnswer,
) => Batch;

/** What a broker answered for one partition: `next` is the offset after everything it told of, gaps included. */
export interface Fetched {
  readonly messages: Batch['messages'];
  readonly next: number;
  /** Records from here on belong to transactions that are still open, or are not written yet. */
  readonly stable: number;
}

interface FetchLimits {
  readonly bytesMax: number;
  readonly waitMs: number;
}

interface RecordPlace extends TopicPartition {
  readonly offset: number;
}

/** The broker answers with the batch that holds the offset, however large it is, and no other. */
const ONE_BATCH = { bytesMax: 1, waitMs: 0 };

/**
 * Fetches from the leaders without a group, which kafkajs does not offer: its consumer needs rights on a group, takes part in rebalances, and
 * passes over an answer without records in silence. In a compacted log that answer is the only sign that nothing is left: the batch of a
 * producer's last sequence number stays when all its records are gone, and a consumer waits behind it for ever.
 */
export class DirectFetch {
  private readonly cluster: Cluster;

  constructor(kafka: Kafka) {
    this.cluster = clusterOf(kafka);
  }

  /** @throws BusError TOPIC_MISSING */
  async connect(topic: string): Promise<void> {
    await this.cluster.connect();
    try {
      await this.cluster.addTargetTopic(topic);
    } catch (error) {
      throw hasErrorType(error, 'UNKNOWN_TOPIC_OR_PARTITION') ? topicMissing([topic]) : error;
    }
  }

  /** The leaders may have changed, or a broker is gone. */
  async refresh(): Promise<void> {
    await this.cluster.refreshMetadata();
  }

  /**
   * Committed records from `offset` on. The broker answers at once when it has any, and with a whole batch even if that is larger.
   * @throws BusError BATCH_UNREADABLE when the batch that holds the offset cannot be read.
   */
  async fetch(from: RecordPlace, limits: FetchLimits): Promise<Fetched> {
    const answer = await this.ask(from, limits);
    const { topic, offset } = from;
    const unreadable = unreadableIn(answer.messages);
    if (unreadable !== null) throw batchUnreadable(from, unreadable);
    const stable = Number(answer.lastStableOffset);
    // Batches without a record are skipped by the decoder: with no record at all nothing is left before the stable end.
    if (answer.messages.length === 0) return { messages: [], next: Math.max(offset, stable), stable };
    const batch = new FetchedBatch(topic, String(offset), answer);
    return { messages: batch.messages, next: Number(batch.lastOffset()) + 1, stable };
  }

  /** The time of the committed record at an offset that the log holds; null when it shows none there, or none that can be read. Connects by itself. */
  async timeAt({ topic, partition }: TopicPartition, offset: number): Promise<number | null> {
    await this.connect(topic);
    const answer = await this.ask({ topic, partition, offset }, ONE_BATCH);
    // A new leader does not know at once how far the log is stable, and a transaction may be open there: what is not shown now is shown later.
    if (Number(answer.lastStableOffset) <= offset)
      throw new Error(`offset ${String(offset)} of ${topic} is not stable yet`);
    const { messages } = new FetchedBatch(topic, String(offset), answer);
    const found = messages.find((message) => Number(message.offset) === offset);
    return found === undefined ? null : recordTimeMs(found.timestamp);
  }

  private async ask(
    { topic, partition, offset }: RecordPlace,
    limits: FetchLimits,
  ): Promise<PartitionAnswer> {
    const [nodeId] = Object.keys(this.cluster.findLeaderForPartitions(topic, [partition]));
    if (nodeId === undefined) throw new Error(`partition ${String(partition)} of ${topic} has no leader now`);
    const broker = await this.cluster.findBroker({ nodeId });
    const { responses } = await broker.fetch({
      maxWaitTime: limits.waitMs,
      minBytes: 1,
      maxBytes: limits.bytesMax,
      topics: [
        { topic, partitions: [{ partition, fetchOffset: String(offset), maxBytes: limits.bytesMax }] },
      ],
    });
    const answer = responses[0]?.partitions[0];
    if (answer === undefined) throw new Error(`no answer for partition ${String(partition)} of ${topic}`);
    return answer;
  }
}

function batchUnreadable(
  { topic, partition, offset }: RecordPlace,
  { last, reason }: UnreadableBatch,
): BusError {
  const end = last === null ? '' : ` to ${String(last)}`;
  const where = `${topic}/${String(partition)} from offset ${String(offset)}${end}`;
  return new BusError('BATCH_UNREADABLE', `a batch cannot be read: ${where}: ${reason}`);
}

function clusterOf(kafka: Kafka): Cluster {
  const create = Object.getOwnPropertySymbols(kafka).find(
    ({ description }) => description === 'private:Kafka:createCluster',
  );
  const make = create === undefined ? undefined : (Reflect.get(kafka, create) as unknown);
  if (typeof make !== 'function') throw new Error('this kafkajs makes no cluster');
  return (make as (options: object) => Cluster)({ metadataMaxAge: 60_000, allowAutoTopicCreation: false });
}
