import { Partitioners, type ICustomPartitioner, type Message } from 'kafkajs';

/**
 * Kafka's own choice (murmur2 of the key, else in turn), made once per message. kafkajs asks again at each retry and takes the next partition
 * for a message without a key: its batch then carries the sequence numbers of another one that the broker already has, and is acknowledged as
 * that one's duplicate without being stored.
 */
export const choosePartitionOnce: ICustomPartitioner = () => {
  const choose = Partitioners.DefaultPartitioner();
  const chosen = new WeakMap<Message, number>();
  return (args) => {
    const known = chosen.get(args.message);
    if (known !== undefined) return known;
    const partition = choose(args);
    chosen.set(args.message, partition);
    return partition;
  };
};
