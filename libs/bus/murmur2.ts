const SEED = 0x97_47_b2_8c;
const MULTIPLIER = 0x5b_d1_e9_95;

/** MurmurHash2, 32 bits, as Kafka's clients compute it: a key falls into the same partition on both buses. */
export function murmur2(key: Buffer): number {
  let hash = SEED ^ key.length;
  const whole = key.length - (key.length % 4);
  for (let at = 0; at < whole; at += 4) {
    let word = Math.imul(key.readInt32LE(at), MULTIPLIER);
    word = Math.imul(word ^ (word >>> 24), MULTIPLIER);
    hash = Math.imul(hash, MULTIPLIER) ^ word;
  }
  if (whole < key.length) {
    hash = Math.imul(hash ^ key.readUIntLE(whole, key.length - whole), MULTIPLIER);
  }
  hash = Math.imul(hash ^ (hash >>> 13), MULTIPLIER);
  return hash ^ (hash >>> 15);
}

export function partitionOfKey(key: Buffer, partitions: number): number {
  return (murmur2(key) & 0x7f_ff_ff_ff) % partitions;
}
