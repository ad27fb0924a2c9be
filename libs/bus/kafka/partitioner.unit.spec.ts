import fc from 'fast-check';
import { Partitioners, type PartitionMetadata } from 'kafkajs';
import { choosePartitionOnce } from './partitioner.ts';

const metadata = (partitions: number): PartitionMetadata[] =>
  Array.from({ length: partitions }, (_, partitionId) => ({
    partitionId,
    partitionErrorCode: 0,
    leader: 1,
    replicas: [1],
    isr: [1],
  }));

describe('the partition of a message', () => {
  it('stays that of its key for a message that is sent again, though the topic has got more', () => {
    const choose = choosePartitionOnce();
    const messages = ['a', 'b', 'c', 'd', 'e', 'f'].map((key) => ({ key: Buffer.from(key), value: null }));
    const choices = (partitions: number): number[] =>
      messages.map((message) => choose({ topic: 't', message, partitionMetadata: metadata(partitions) }));
    const first = choices(3);
    expect(choices(7)).toEqual(first);
  });

  it('goes in turn without a key, and stays for a message that is sent again', () => {
    const choose = choosePartitionOnce();
    const messages = [0, 1, 2, 3].map((n) => ({ value: String(n) }));
    const choices = (partitions: number): number[] =>
      messages.map((message) => choose({ topic: 't', message, partitionMetadata: metadata(partitions) }));
    const first = choices(3);
    expect(new Set(first)).toEqual(new Set([0, 1, 2]));
    expect(choices(3)).toEqual(first);
    expect(choices(7)).toEqual(first);
  });

  it('is Kafka’s choice for a key', () => {
    const message = { key: Buffer.from('foobar'), value: null };
    const chosen = choosePartitionOnce()({ topic: 't', message, partitionMetadata: metadata(12) });
    expect(chosen).toBe((-790_332_482 & 0x7f_ff_ff_ff) % 12);
  });

  it('is that of kafkajs for every key', () => {
    const keys = fc.uint8Array({ maxLength: 40 }).map((array) => Buffer.from(array));
    fc.assert(
      fc.property(keys, fc.integer({ min: 1, max: 1000 }), (key, partitions) => {
        const args = { topic: 't', message: { key, value: null }, partitionMetadata: metadata(partitions) };
        expect(choosePartitionOnce()(args)).toBe(Partitioners.DefaultPartitioner()(args));
      }),
    );
  });
});
