import { createRequire } from 'node:module';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import type { KafkaMessage } from 'kafkajs';
import { unreadableIn } from './fetch-response-patch.ts';
import { UNPACKED_BYTES_MAX } from './unpacked-limit.ts';

const kafkajs = createRequire(import.meta.url);
const crc32c = kafkajs('kafkajs/src/protocol/recordBatch/crc32C/index.js') as (bytes: Buffer) => number;
const response = kafkajs('kafkajs/src/protocol/requests/fetch/v11/response.js') as {
  decode: (bytes: Buffer) => Promise<{
    readonly responses: readonly {
      readonly partitions: readonly { readonly partition: number; readonly messages: KafkaMessage[] }[];
    }[];
  }>;
};

const int8 = (value: number): Buffer => Buffer.from([value]);
const int16 = (value: number): Buffer => Buffer.from([value >> 8, value & 255]);
const int32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
};
const int64 = (value: number): Buffer => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64BE(BigInt(value));
  return bytes;
};
const varint = (value: number): Buffer => {
  const bytes: number[] = [];
  for (let rest = value * 2; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return Buffer.from([...bytes, rest]);
    bytes.push((rest % 128) + 128);
  }
};

/** Records of format 2, without key and headers. */
const recordsOf = (values: readonly Buffer[]): Buffer =>
  Buffer.concat(
    values.flatMap((value, delta) => {
      const body = Buffer.concat([
        int8(0),
        varint(0),
        varint(delta),
        Buffer.from([1]),
        varint(value.length),
        value,
        varint(0),
      ]);
      return [varint(body.length), body];
    }),
  );

interface Packing {
  readonly codec: number;
  readonly pack: (records: Buffer) => Buffer;
}

const PLAIN: Packing = { codec: 0, pack: (records) => records };
const ZSTD: Packing = { codec: 4, pack: (records) => zstdCompressSync(records) };
const GZIP: Packing = { codec: 1, pack: (records) => gzipSync(records) };

function batchOf(
  first: number,
  values: readonly (string | Buffer)[],
  { codec, pack }: Packing = PLAIN,
  count = values.length,
): Buffer {
  const records = pack(recordsOf(values.map((value) => Buffer.from(value))));
  const summed = Buffer.concat([
    int16(codec),
    int32(values.length - 1),
    int64(1_000),
    int64(1_000),
    int64(-1),
    int16(-1),
    int32(-1),
    int32(count),
    records,
  ]);
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(crc32c(summed));
  const body = Buffer.concat([int32(0), int8(2), sum, summed]);
  return Buffer.concat([int64(first), int32(body.length), body]);
}

/** A broker's answer: one topic, a partition for each list of batches. */
async function decoded(...partitions: readonly (readonly Buffer[])[]): Promise<KafkaMessage[][]> {
  const name = Buffer.from('t');
  const answer = await response.decode(
    Buffer.concat([
      int32(0),
      int16(0),
      int32(0),
      int32(1),
      int16(name.length),
      name,
      int32(partitions.length),
      ...partitions.flatMap((batches, partition) => {
        const records = Buffer.concat(batches);
        const head = [int32(partition), int16(0), int64(99), int64(99), int64(0), int32(0), int32(-1)];
        return [...head, int32(records.length), records];
      }),
    ]),
  );
  return (answer.responses[0]?.partitions ?? []).map(({ messages }) => messages);
}

const texts = (messages: readonly KafkaMessage[] = []): string[] =>
  messages.map(({ offset, value }) => `${offset} ${String(value)}`);

const damaged = (batch: Buffer): Buffer => {
  const other = Buffer.from(batch);
  other.writeUInt8(other.readUInt8(other.length - 2) ^ 1, other.length - 2);
  return other;
};

describe('the answer to a fetch', () => {
  it('holds the records of every batch of every partition, whatever each is compressed with', async () => {
    const [a, b, none] = await decoded(
      [batchOf(0, ['a', 'b']), batchOf(2, ['c'], ZSTD), batchOf(3, ['d', 'e'], GZIP)],
      [batchOf(7, ['x'])],
      [],
    );
    expect(texts(a)).toEqual(['0 a', '1 b', '2 c', '3 d', '4 e']);
    expect(texts(b)).toEqual(['7 x']);
    expect(none).toEqual([]);
  });

  it('ends before a batch that the broker cut off', async () => {
    const [messages] = await decoded([batchOf(0, ['a']), batchOf(1, ['b']).subarray(0, -1)]);
    expect(texts(messages)).toEqual(['0 a']);
  });

  it('names no batch unreadable that can be read', async () => {
    const [messages = [], none = []] = await decoded([batchOf(0, ['a'])], []);
    expect(unreadableIn(messages)).toBeNull();
    expect(unreadableIn(none)).toBeNull();
  });
});

describe('a batch that cannot be read', () => {
  it.each([
    ['its checksum is wrong', damaged(batchOf(4, ['a', 'b'])), 5, /checksum/],
    ['its checksum is wrong, compressed', damaged(batchOf(4, ['a', 'b'], ZSTD)), 5, /checksum/],
    ['its content is no such format', batchOf(4, ['a', 'b'], { ...PLAIN, codec: 4 }), 5, /Error/],
    ['there is no such codec', batchOf(4, ['a', 'b'], { ...PLAIN, codec: 7 }), 5, /unknown codec/],
    [
      'it claims more records than any may hold',
      batchOf(4, ['a'], ZSTD, 2 ** 31 - 1),
      4,
      /2147483647 records/,
    ],
    ['it claims more records than there are', batchOf(4, ['a'], ZSTD, 9), 4, /Error/],
    ['its head makes no sense', Buffer.alloc(80, 2), null, /head/],
  ])(
    'because %s › is handed out as such, alone, and the other partitions as ever',
    async (_why, batch, last, reason) => {
      const [bad = [], good] = await decoded([batch, batchOf(9, ['never'])], [batchOf(7, ['x'])]);
      expect(unreadableIn(bad)).toEqual({ last, reason: expect.stringMatching(reason) as string });
      expect(bad).toHaveLength(1);
      expect(texts(good)).toEqual(['7 x']);
    },
  );

  it('is named where an answer of an old format holds nothing else', async () => {
    const [bad = []] = await decoded([Buffer.alloc(20)]);
    expect(unreadableIn(bad)).toMatchObject({ last: null });
  });

  it('comes after everything before it was handed out', async () => {
    const [messages = []] = await decoded([batchOf(0, ['a', 'b']), damaged(batchOf(2, ['c']))]);
    expect(texts(messages)).toEqual(['0 a', '1 b']);
    expect(unreadableIn(messages)).toBeNull();
  });

  it.each([
    ['zstd', ZSTD],
    ['gzip', GZIP],
  ])(
    'because it unpacks to more than is allowed, from a small %s batch › is handed out as such',
    async (_name, packing) => {
      const bomb = batchOf(0, [Buffer.alloc(UNPACKED_BYTES_MAX)], packing);
      expect(bomb.length).toBeLessThan(64 * 1024);
      const [bad = [], good] = await decoded([bomb], [batchOf(7, ['x'])]);
      expect(unreadableIn(bad)?.last).toBe(0);
      expect(texts(good)).toEqual(['7 x']);
    },
  );
});

describe('an answer that unpacks to much', () => {
  it('is cut off where it has used up what it may, and the first batch of each partition comes all the same', async () => {
    const large = batchOf(0, [Buffer.alloc(UNPACKED_BYTES_MAX / 2)], ZSTD);
    const [many, other] = await decoded(
      Array.from({ length: 12 }, () => large),
      [batchOf(7, ['x']), batchOf(8, ['y'])],
    );
    expect(many?.length).toBe(6);
    expect(texts(other)).toEqual(['7 x']);
  });
});
