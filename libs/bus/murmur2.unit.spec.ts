import { createRequire } from 'node:module';
import fc from 'fast-check';
import { murmur2, partitionOfKey } from './murmur2.ts';

const kafkajsMurmur2 = createRequire(import.meta.url)(
  'kafkajs/src/producer/partitioners/default/murmur2.js',
) as (key: Buffer) => number;

describe('the hash of a key', () => {
  it.each([
    ['21', -973_932_308],
    ['foobar', -790_332_482],
    ['a-little-bit-long-string', -985_981_536],
    ['a-little-bit-longer-string', -1_486_304_829],
  ])('is Kafka’s for %s', (key, hash) => {
    expect(murmur2(Buffer.from(key))).toBe(hash);
  });

  it('puts a key into the partition in which a Kafka client puts it', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), fc.integer({ min: 1, max: 64 }), (array, partitions) => {
        const key = Buffer.from(array);
        expect(partitionOfKey(key, partitions)).toBe((kafkajsMurmur2(key) & 0x7f_ff_ff_ff) % partitions);
      }),
    );
  });
});
