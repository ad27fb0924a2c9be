import { unpackLz4 } from './lz4.ts';
import { unpackSnappy } from './snappy.ts';

const TEXT = 'refund refund refund refund, '.repeat(8);

/** A frame of LZ4 without sums and sizes, of the blocks given. */
const frame = (...blocks: readonly Buffer[]): Buffer =>
  Buffer.concat([
    Buffer.from([0x04, 0x22, 0x4d, 0x18, 0x40, 0x40, 0x00]),
    ...blocks.flatMap((block) => [uint32(block.length), block]),
    uint32(0),
  ]);

const uint32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
};

/** One literal, then a match that repeats it, as long as 255 times the bytes that its length takes. */
const bomb = (lengthBytes: number): Buffer =>
  Buffer.concat([Buffer.from([0x1f, 0x61, 0x01, 0x00]), Buffer.alloc(lengthBytes, 255), Buffer.from([0])]);

describe('LZ4', () => {
  it('unpacks literals, matches that overlap what they write, and matches into former blocks', () => {
    const first = Buffer.from([0x36, ...Buffer.from('abc'), 0x03, 0x00, 0x10, ...Buffer.from('!')]);
    const second = Buffer.from([0x00, 0x0e, 0x00, 0x10, ...Buffer.from('?')]);
    expect(String(unpackLz4(frame(first)))).toBe('abcabcabcabca!');
    expect(String(unpackLz4(frame(first, second)))).toBe('abcabcabcabca!abca?');
  });

  it('takes blocks that are stored as they are, sums, sizes, and frames one behind the other', () => {
    const stored = Buffer.concat([
      Buffer.from([0x04, 0x22, 0x4d, 0x18, 0x7c, 0x40]),
      Buffer.alloc(8),
      Buffer.from([0x00]),
      uint32(0x80000003),
      Buffer.from('xyz'),
      uint32(1),
      uint32(0),
      uint32(2),
    ]);
    expect(String(unpackLz4(Buffer.concat([stored, stored])))).toBe('xyzxyz');
  });

  it('unpacks no more than the limit', () => {
    expect(unpackLz4(frame(bomb(1000))).length).toBe(1 + 1000 * 255 + 15 + 4);
    expect(() => unpackLz4(frame(bomb(1000)), 255_000)).toThrow('more than 255000 bytes');
    expect(() => unpackLz4(frame(bomb(1_000_000)))).toThrow('more than');
  });

  it.each([
    ['no frame', Buffer.from(TEXT)],
    ['cut off in its head', frame(bomb(3)).subarray(0, 6)],
    ['cut off in a block', frame(bomb(3)).subarray(0, -8)],
    ['cut off before its end', frame(bomb(3)).subarray(0, -2)],
    ['a match before the beginning', frame(Buffer.from([0x10, 0x61, 0x02, 0x00]))],
    ['a match at no distance', frame(Buffer.from([0x10, 0x61, 0x00, 0x00]))],
    ['literals behind the end', frame(Buffer.from([0x50, 0x61]))],
    ['a length behind the end', frame(Buffer.from([0xf0, 0xff]))],
  ])('refuses what is damaged: %s', (_how, packed) => {
    expect(() => unpackLz4(packed)).toThrow(/LZ4|out of range|outside/);
  });
});

describe('snappy', () => {
  const literal = (text: string): Buffer =>
    Buffer.from([text.length, (text.length - 1) << 2, ...Buffer.from(text)]);
  const xerial = (...chunks: readonly Buffer[]): Buffer =>
    Buffer.concat([
      Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0, 0, 0, 0, 1, 0, 0, 0, 1]),
      ...chunks.flatMap((chunk) => [uint32(chunk.length).reverse(), chunk]),
    ]);

  it('unpacks one chunk alone, and the chunks of the Java clients', () => {
    expect(String(unpackSnappy(literal('refund')))).toBe('refund');
    expect(String(unpackSnappy(xerial(literal('refund'), literal('s'))))).toBe('refunds');
    expect(unpackSnappy(xerial())).toHaveLength(0);
  });

  it('unpacks no more than the limit, in one chunk or in many', () => {
    expect(() => unpackSnappy(literal('refund'), 5)).toThrow('too big');
    expect(() => unpackSnappy(xerial(literal('refund'), literal('refund')), 11)).toThrow('too big');
    expect(() => unpackSnappy(Buffer.from([0xff, 0xff, 0xff, 0xff, 0x07]))).toThrow('too big');
  });

  it.each([
    ['no snappy', Buffer.alloc(0)],
    ['literals behind the end', literal('refund').subarray(0, -1)],
    ['a chunk that is cut off', xerial(literal('refund')).subarray(0, -1)],
    ['a length that is cut off', xerial(literal('refund'), Buffer.alloc(0)).subarray(0, -1)],
  ])('refuses what is damaged: %s', (_how, packed) => {
    expect(() => unpackSnappy(packed)).toThrow(/Snappy|snappy|out of range|outside/);
  });
});
