import './record-encode-patch.ts';
import type { IHeaders, Message, Producer } from 'kafkajs';
import type { Placed } from '../chunks.ts';
import { assertAcknowledged } from './acknowledged.ts';
import { KafkaClient, type KafkaBusOptions } from './kafka-client.ts';
import { choosePartitionOnce } from './partitioner.ts';

const UNLIMITED = {
  retries: Number.MAX_SAFE_INTEGER,
  initialRetryTime: 100,
  // Longer: slower after the broker's return. Shorter: more log lines and connection attempts while it is away.
  maxRetryTime: 1_000,
};

const DISCONNECT_MS = 2_000;

/**
 * One idempotent producer of kafkajs, from its first record to its first failure. After a failed send kafkajs takes the sequence number back,
 * the broker takes the next record for a duplicate of the failed one and acknowledges it without storing it: so after any failure, and after a
 * send that was not waited for, the object is given up for good. Client and producer both retry without end, because a limit is a failed send.
 */
export class KafkaProducer {
  private readonly client: KafkaClient;
  private readonly producer: Producer;
  private readonly chosen = new WeakMap<Message, number>();

  constructor(options: KafkaBusOptions) {
    this.client = new KafkaClient(options, UNLIMITED);
    this.producer = this.client.kafka.producer({
      idempotent: true,
      maxInFlightRequests: 1,
      retry: UNLIMITED,
      allowAutoTopicCreation: false,
      createPartitioner: () => choosePartitionOnce(this.chosen),
    });
  }

  async connect(): Promise<void> {
    await this.producer.connect();
  }

  /** One at a time. Order within a partition is the order of the list. */
  async send(chunk: readonly Placed[]): Promise<void> {
    const byTopic = Map.groupBy(chunk, ({ message }) => message.topic);
    const topicMessages = [...byTopic].map(([topic, placed]) => ({
      topic,
      // The list goes to our own encoder: kafkajs itself does not look at it.
      messages: placed.map(({ message: { key, value, headers } }) => ({
        key,
        value,
        headers: headers as unknown as IHeaders,
      })),
    }));
    const answers = await this.producer.sendBatch({ acks: -1, topicMessages });
    assertAcknowledged(topicMessages, this.chosen, answers);
  }

  /** Nothing more leaves; what is already on its way may still arrive. */
  giveUp(): void {
    this.client.giveUp();
  }

  /** For a producer without a send in flight. */
  async close(): Promise<void> {
    const late = setTimeout(() => {
      this.client.giveUp();
    }, DISCONNECT_MS);
    try {
      await this.producer.disconnect();
    } finally {
      clearTimeout(late);
      this.client.giveUp();
    }
  }
}
