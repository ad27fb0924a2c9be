import type { Message, RecordMetadata, TopicMessages } from 'kafkajs';
import { BusError } from '../bus-error.ts';

/**
 * Throws when a partition that messages went to is not among those that a broker answered for. kafkajs 2.2.4 asks each broker once in a send: when one has
 * answered, another has not, and the other's partitions move to the first meanwhile, the retry leaves their messages out and the send ends well.
 */
export function assertAcknowledged(
  sent: readonly TopicMessages[],
  chosen: WeakMap<Message, number>,
  answers: readonly RecordMetadata[],
): void {
  const answered = Map.groupBy(answers, ({ topicName }) => topicName);
  for (const { topic, messages } of sent) {
    const partitions = new Set(answered.get(topic)?.map(({ partition }) => partition));
    for (const message of messages) {
      const partition = chosen.get(message);
      if (partition === undefined || !partitions.has(partition))
        throw new BusError(
          'BUS_FAILED',
          `${topic}/${String(partition)} was not acknowledged: it moved to another broker while records were on their way to it`,
        );
    }
  }
}
