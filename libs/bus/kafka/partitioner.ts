import { Partitioners, type ICustomPartitioner, type Message } from 'kafkajs';
import { partitionOfKey } from '../murmur2.ts';

/**
 * Kafka's own choice (murmur2 of the key, else in turn), made once per message and kept in `chosen`. kafkajs asks again at each retry: it takes the next
 * partition for a message without a key, and another one for any message when the topic has got more partitions meanwhile. The batch then carries the
 * sequence numbers of another one that the broker already has, and is acknowledged as that one's duplicate without being stored.
 * Of a key it takes the hash through objects of 64 bits, which is as dear as the rest of a record: ours is the same.
 */
export function choosePartitionOnce(chosen = new WeakMap<Message, number>()): ReturnType<ICustomPartitioner> {
  const chooseAsKafkajs = Partitioners.DefaultPartitioner();
  return (args) => {
    const { message, partitionMetadata } = args;
    const known = chosen.get(message);
    if (known !== undefined) return known;
    const partition = Buffer.isBuffer(message.key)
      ? partitionOfKey(message.key, partitionMetadata.length)
      : chooseAsKafkajs(args);
    chosen.set(message, partition);
    return partition;
  };
}
