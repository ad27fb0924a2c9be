import { Partitioners, type ICustomPartitioner, type Message } from 'kafkajs';
import { partitionOfKey } from '../murmur2.ts';

/**
 * Kafka's own choice (murmur2 of the key, else in turn), made once per message. kafkajs asks again at each retry and takes the next partition
 * for a message without a key: its batch then carries the sequence numbers of another one that the broker already has, and is acknowledged as
 * that one's duplicate without being stored. Of a key it takes the hash through objects of 64 bits, which is as dear as the rest of a record: ours is the same.
 */
export const choosePartitionOnce: ICustomPartitioner = () => {
  const chooseInTurn = Partitioners.DefaultPartitioner();
  const chosen = new WeakMap<Message, number>();
  return (args) => {
    const { message, partitionMetadata } = args;
    if (Buffer.isBuffer(message.key)) return partitionOfKey(message.key, partitionMetadata.length);
    const known = chosen.get(message);
    if (known !== undefined) return known;
    const partition = chooseInTurn(args);
    chosen.set(message, partition);
    return partition;
  };
};
