import kafkajs from 'kafkajs';
import { topicMissing } from '../bus-error.ts';
import { hasErrorType } from './connection-hints.ts';
import { KafkaClient, type KafkaBusOptions } from './kafka-client.ts';

/** The broker's default for `max.message.bytes`. */
const DEFAULT_LIMIT_BYTES = 1_048_588;

/**
 * Reads `max.message.bytes` of topics, through a connection of its own that ends with the call.
 * @throws BusError TOPIC_MISSING for a topic that does not exist; a kafkajs error when the brokers do not answer.
 */
export async function readTopicLimits(
  options: KafkaBusOptions,
  topics: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  const client = new KafkaClient(options, { retries: 1, initialRetryTime: 100 });
  const admin = client.kafka.admin();
  try {
    await admin.connect();
    return await limitsOf(admin, topics);
  } finally {
    client.giveUp();
  }
}

async function limitsOf(
  admin: kafkajs.Admin,
  topics: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  const existing = new Set(await admin.listTopics());
  const missing = topics.filter((topic) => !existing.has(topic));
  if (missing.length > 0) throw topicMissing(missing);
  try {
    const { resources } = await admin.describeConfigs({
      includeSynonyms: false,
      resources: topics.map((name) => ({
        type: kafkajs.ConfigResourceTypes.TOPIC,
        name,
        configNames: ['max.message.bytes'],
      })),
    });
    return new Map(
      resources.map(({ resourceName, configEntries }) => [
        resourceName,
        Number(configEntries[0]?.configValue ?? DEFAULT_LIMIT_BYTES),
      ]),
    );
  } catch (error) {
    // Without the right to describe, the default is a guess; the broker's refusal then isolates the record.
    if (!hasErrorType(error, 'TOPIC_AUTHORIZATION_FAILED')) throw error;
    return new Map(topics.map((topic) => [topic, DEFAULT_LIMIT_BYTES]));
  }
}
