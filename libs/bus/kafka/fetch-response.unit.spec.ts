import { createRequire } from 'node:module';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import type { KafkaMessage } from 'kafkajs';
import { unreadableIn } from './fetch-response-patch.ts';
import { UNPACKED_BYTES_MAX } from './unpacked-limit.ts';

const kafkajs = createRequire(import.meta.url);
const crc32c = kafkajs('kafkajs/src/protocol/recordBatch/crc32C/index.js') as (bytes: Buffer) => number;
const response = kafkajs('kafkajs/src/protocol/requests/fetch/v11/response.js') as {
  decode: (bytes: Buffer) => Promise<Decoded>;
  parse: (answer: Decoded) => Promise<Decoded>;
};
const FetchedBatch = kafkajs('kafkajs/src/consumer/batch.js') as new (
  topic: string,
  fetchedOffset: string,
  data: PartitionData | undefined,
) => { readonly messages: readonly KafkaMessage[]; lastOffset(): string };

interface Decoded {
  readonly responses: readonly { readonly partitions: readonly PartitionData[] }[];
}

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

type Header = readonly [name: string, value: Buffer];

interface Content {
  readonly value: Buffer;
  readonly key?: Buffer;
  readonly headers?: readonly Header[];
}

const sized = (bytes: Buffer): Buffer => Buffer.concat([varint(bytes.length), bytes]);

/** Records of format 2. */
const recordsOf = (contents: readonly Content[]): Buffer =>
  Buffer.concat(
    contents.map(({ value, key, headers = [] }, delta) =>
      sized(
        Buffer.concat([
          int8(0),
          varint(0),
          varint(delta),
          key === undefined ? Buffer.from([1]) : sized(key),
          sized(value),
          varint(headers.length),
          ...headers.flatMap(([name, bytes]) => [sized(Buffer.from(name)), sized(bytes)]),
        ]),
      ),
    ),
  );

interface Packing {
  readonly codec: number;
  readonly pack: (records: Buffer) => Buffer;
}

const PLAIN: Packing = { codec: 0, pack: (records) => records };
const ZSTD: Packing = { codec: 4, pack: (records) => zstdCompressSync(records) };
const GZIP: Packing = { codec: 1, pack: (records) => gzipSync(records) };

const IN_TRANSACTION = 16;
const CONTROL = 32;

interface Kind {
  readonly producer: number;
  readonly flags: number;
}

const OF_NOBODY: Kind = { producer: -1, flags: 0 };

function batchOf(
  first: number,
  values: readonly (string | Buffer)[],
  packing: Packing = PLAIN,
  count = values.length,
): Buffer {
  const contents = values.map((value) => ({ value: Buffer.from(value) }));
  return batchWith(first, contents, { packing, count });
}

function batchWith(
  first: number,
  contents: readonly Content[],
  {
    packing = PLAIN,
    count = contents.length,
    kind = OF_NOBODY,
    deltas = contents.length,
  }: {
    readonly packing?: Packing;
    readonly count?: number;
    readonly kind?: Kind;
    readonly deltas?: number;
  } = {},
): Buffer {
  const { codec, pack } = packing;
  const records = pack(recordsOf(contents));
  const summed = Buffer.concat([
    int16(codec | kind.flags),
    int32(deltas - 1),
    int64(1_000),
    int64(1_000),
    int64(kind.producer),
    int16(kind.producer === -1 ? -1 : 0),
    int32(-1),
    int32(count),
    records,
  ]);
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(crc32c(summed));
  const body = Buffer.concat([int32(0), int8(2), sum, summed]);
  return Buffer.concat([int64(first), int32(body.length), body]);
}

interface Answer {
  readonly batches: readonly Buffer[];
  readonly errorCode?: number;
  /** Transactions that were given up, by their producers and where they began. */
  readonly aborted?: readonly (readonly [producer: number, first: number])[];
}

/** A broker's answer: one topic, a partition for each list of batches. */
async function decoded(...partitions: readonly (readonly Buffer[])[]): Promise<KafkaMessage[][]> {
  const data = await answered(...partitions.map((batches) => ({ batches })));
  return data.map(({ messages }) => messages);
}

interface PartitionData {
  readonly partition: number;
  readonly errorCode: number;
  readonly messages: KafkaMessage[];
}

async function answered(...partitions: readonly Answer[]): Promise<readonly PartitionData[]> {
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
      ...partitions.flatMap(({ batches, errorCode = 0, aborted = [] }, partition) => {
        const records = Buffer.concat(batches);
        const head = [int32(partition), int16(errorCode), int64(99), int64(99), int64(0)];
        const list = aborted.flatMap(([producer, first]) => [int64(producer), int64(first)]);
        return [...head, int32(aborted.length), ...list, int32(-1), int32(records.length), records];
      }),
    ]),
  );
  const { responses } = await response.parse(answer);
  return responses[0]?.partitions ?? [];
}

/** What kafkajs hands out of an answer that was fetched from an offset on, and the last offset it resolves. */
function handedOut(data: PartitionData | undefined, from: number): { texts: string[]; last: string } {
  const batch = new FetchedBatch('t', String(from), data);
  return { texts: texts(batch.messages), last: batch.lastOffset() };
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
  const large = batchOf(0, [Buffer.alloc(UNPACKED_BYTES_MAX / 2)], ZSTD);

  it('is cut off where it has used up what it may', async () => {
    const [many, other] = await decoded(
      Array.from({ length: 12 }, () => large),
      [batchOf(7, ['x'])],
    );
    expect([many?.length, other]).toEqual([6, []]);
  });

  it('spread over many partitions, is cut off as well', async () => {
    const all = await decoded(...Array.from({ length: 12 }, () => [large]));
    expect(all.flat()).toHaveLength(6);
  });

  it('in its headers, is cut off as well', async () => {
    const headers: readonly Header[] = [['h', Buffer.alloc(UNPACKED_BYTES_MAX / 2)]];
    const bomb = batchWith(0, [{ value: Buffer.from('a'), headers }], { packing: ZSTD });
    const [many] = await decoded(Array.from({ length: 12 }, () => bomb));
    expect(many).toHaveLength(6);
  });
});

describe('transactions that were given up', () => {
  const [A, B] = [1, 2];
  const data = (at: number, producer: number, value: string): Buffer =>
    batchWith(at, [{ value: Buffer.from(value) }], { kind: { producer, flags: IN_TRANSACTION } });
  const marker = (at: number, producer: number, type: 'abort' | 'commit'): Buffer =>
    batchWith(at, [{ value: Buffer.alloc(6), key: Buffer.from([0, 0, 0, type === 'abort' ? 0 : 1]) }], {
      kind: { producer, flags: IN_TRANSACTION | CONTROL },
    });

  it('show nothing, in whatever order the broker names them', async () => {
    const batches = [data(10, A, 'a'), data(11, B, 'b'), marker(12, B, 'abort'), marker(13, A, 'abort')];
    for (const aborted of [
      [
        [B, 11],
        [A, 10],
      ] as const,
      [
        [A, 10],
        [B, 11],
      ] as const,
    ]) {
      const [one] = await answered({ batches: [...batches, batchOf(14, ['c'])], aborted });
      expect(handedOut(one, 10)).toEqual({ texts: ['14 c'], last: '14' });
    }
  });

  it('show nothing where the fetch began in the middle of several', async () => {
    const batches = [data(12, B, 'b'), data(13, A, 'a'), marker(14, A, 'abort'), marker(15, B, 'abort')];
    const [one] = await answered({
      batches,
      aborted: [
        [A, 10],
        [B, 11],
      ],
    });
    expect(handedOut(one, 12)).toEqual({ texts: [], last: '15' });
  });

  it('hide neither the next one of their producer nor what others wrote meanwhile', async () => {
    const batches = [
      data(10, A, 'a'),
      data(11, B, 'kept'),
      batchOf(12, ['plain']),
      marker(13, A, 'abort'),
      data(14, A, 'again'),
      marker(15, A, 'commit'),
      marker(16, B, 'commit'),
    ];
    const [one] = await answered({ batches, aborted: [[A, 10]] });
    expect(handedOut(one, 10)).toEqual({ texts: ['11 kept', '12 plain', '14 again'], last: '16' });
  });

  it('are not ended by a record whose key looks like a marker', async () => {
    const like = batchWith(11, [{ value: Buffer.from('b'), key: Buffer.alloc(4) }], {
      kind: { producer: A, flags: IN_TRANSACTION },
    });
    const [one] = await answered({
      batches: [data(10, A, 'a'), like, data(12, A, 'c'), marker(13, A, 'abort')],
      aborted: [[A, 10]],
    });
    expect(handedOut(one, 10).texts).toEqual([]);
  });
});

describe('a batch that compaction has emptied', () => {
  it('is passed, also where nothing follows that the answer holds whole', async () => {
    const empty = batchWith(0, [], { deltas: 5 });
    const [one] = await answered({ batches: [empty, batchOf(5, ['a']).subarray(0, -1)] });
    expect(handedOut(one, 2)).toEqual({ texts: [], last: '4' });
    const [two] = await answered({ batches: [empty, batchOf(5, ['a'])] });
    expect(handedOut(two, 2)).toEqual({ texts: ['5 a'], last: '5' });
  });
});

describe('a partition that the broker cannot read itself', () => {
  it.each([2, -1])('with error %s › stands for itself, and the others go on', async (errorCode) => {
    const [bad, good] = await answered({ batches: [], errorCode }, { batches: [batchOf(7, ['x'])] });
    expect(unreadableIn(bad?.messages ?? [])).toEqual({
      last: null,
      reason: expect.stringContaining(`error ${String(errorCode)}`) as string,
    });
    expect(handedOut(good, 7).texts).toEqual(['7 x']);
  });
});

describe('a record with very many headers', () => {
  it('is read at once, with all of them in their order', async () => {
    const headers = Array.from({ length: 60_000 }, (_none, no): Header => [
      `h${String(no % 59_999)}`,
      Buffer.from(String(no)),
    ]);
    const [[message] = []] = await decoded([batchWith(0, [{ value: Buffer.from('a'), headers }])]);
    expect(Object.keys(message?.headers ?? {})).toHaveLength(59_999);
    expect(message?.headers?.['h1']?.toString()).toBe('1');
    expect([message?.headers?.['h0']].flat().map(String)).toEqual(['0', '59999']);
  });
});
