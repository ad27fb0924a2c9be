import { Partitioners, type ICustomPartitioner, type Message } from 'kafkajs';

/**
 * Kafka's own choice (murmur2 of the key, else in turn), made once per message. kafkajs asks again at each retry and takes the next partition
 * for a message without a key: its batch then carries the sequence numbers of another one that the broker already has, and is acknowledged as
 * that one's duplicate without being stored.
 */
export const choosePartitionOnce: ICustomPartitioner = () => {
  const chooseInTurn = Partitioners.DefaultPartitioner();
  const chosen = new WeakMap<Message, number>();
  return (args) => {
    const { message, partitionMetadata } = args;
    if (Buffer.isBuffer(message.key))
      return (murmur2(message.key) & 0x7f_ff_ff_ff) % partitionMetadata.length;
    const known = chosen.get(message);
    if (known !== undefined) return known;
    const partition = chooseInTurn(args);
    chosen.set(message, partition);
    return partition;
  };
};

const MIX = 0x5b_d1_e9_95;

/** As Kafka's clients compute it, on 32 bits; kafkajs does so through objects of 64 bits, which takes as long as the rest of a record. */
function murmur2(key: Buffer): number {
  let hash = 0x97_47_b2_8c ^ key.length;
  const whole = key.length & ~3;
  for (let at = 0; at < whole; at += 4) {
    const mixed = Math.imul(key.readInt32LE(at), MIX);
    hash = Math.imul(hash, MIX) ^ Math.imul(mixed ^ (mixed >>> 24), MIX);
  }
  if (key.length > whole) hash = Math.imul(hash ^ key.readUIntLE(whole, key.length - whole), MIX);
  hash = Math.imul(hash ^ (hash >>> 13), MIX);
  return hash ^ (hash >>> 15);
}
