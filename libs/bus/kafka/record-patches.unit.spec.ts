import { createRequire } from 'node:module';
import fc from 'fast-check';

type Encode = (record: object) => { readonly buffer: Buffer };
type Decode = (decoder: object, context: object) => Readonly<Record<string, unknown>>;

const kafkajs = createRequire(import.meta.url);
const ENCODER = 'kafkajs/src/protocol/recordBatch/record/v0/index.js';
const DECODER = 'kafkajs/src/protocol/recordBatch/record/v0/decoder.js';
const BytesDecoder = kafkajs('kafkajs/src/protocol/decoder.js') as new (bytes: Buffer) => object;

// Taken before the patches are loaded.
const itsOwn = { encode: kafkajs(ENCODER) as Encode, decode: kafkajs(DECODER) as Decode };
let encode: Encode;
let decode: Decode;
beforeAll(async () => {
  await import('./record-encode-patch.ts');
  await import('./record-decode-patch.ts');
  encode = kafkajs(ENCODER) as Encode;
  decode = kafkajs(DECODER) as Decode;
});

const CONTEXT = {
  firstOffset: '41',
  firstTimestamp: '1700000000000',
  maxTimestamp: '1700000000005',
  timestampType: 0,
  magicByte: 2,
  isControlBatch: false,
};

const bytes = fc.option(
  fc.uint8Array({ maxLength: 300 }).map((array) => Buffer.from(array)),
  { nil: null },
);
const name = fc.string({ minLength: 1, maxLength: 80, unit: 'grapheme' });
const record = fc.record({
  key: bytes,
  value: bytes,
  offsetDelta: fc.nat(100_000),
  timestampDelta: fc.nat(10_000_000_000),
  headers: fc.array(fc.record({ name, value: bytes }), { maxLength: 6 }),
});

/** The content of a record as it lies in a batch: behind its length, of so many bytes. */
const content = ({ buffer }: { readonly buffer: Buffer }): Buffer => {
  const length = buffer.findIndex((byte) => byte < 128) + 1;
  return buffer.subarray(length);
};
const read = (from: Decode, encoded: Buffer, context: object = CONTEXT) =>
  from(new BytesDecoder(encoded), context);

describe('a record', () => {
  it('is written as kafkajs writes it', () => {
    // It cannot write a header of null, and loses the order of names: they are told apart by their numbers here.
    const written = record.map((one) => ({
      ...one,
      headers: one.headers.map((header, n) => ({
        name: `${header.name}.${String(n)}`,
        value: header.value ?? Buffer.from('null'),
      })),
    }));
    fc.assert(
      fc.property(written, (one) => {
        const headers = Object.fromEntries(one.headers.map((header) => [header.name, header.value]));
        expect(encode(one).buffer).toEqual(itsOwn.encode({ ...one, headers }).buffer);
      }),
    );
  });

  it('is read as it was written, its headers in their order', () => {
    fc.assert(
      fc.property(record, (one) => {
        expect(read(decode, content(encode(one)))).toMatchObject({
          offset: String(41 + one.offsetDelta),
          timestamp: String(1_700_000_000_000 + one.timestampDelta),
          key: one.key,
          value: one.value,
          headerList: one.headers,
        });
      }),
    );
  });

  it('is read as kafkajs reads it', () => {
    fc.assert(
      fc.property(record, fc.constantFrom(0, 1), (one, timestampType) => {
        const context = { ...CONTEXT, timestampType };
        const encoded = content(encode(one));
        const ours = read(decode, encoded, context);
        const its = read(itsOwn.decode, encoded, context);
        // For a name that every object inherits kafkajs mixes in what it inherits.
        const isPlain = one.headers.every((header) => !(header.name in {}));
        const headers = isPlain ? its['headers'] : ours['headers'];
        expect({ ...ours, headerList: undefined, headers: ours['headers'] }).toEqual({ ...its, headers });
      }),
    );
  });

  it('of another kind is left to kafkajs', () => {
    const one = { key: 'k', value: 'v', headers: { a: '1' }, offsetDelta: 3, timestampDelta: -5 };
    expect(encode(one).buffer).toEqual(itsOwn.encode(one).buffer);
  });

  it.each([
    ['9223372036854775807', 0, '-1'],
    ['1700000000000000000', 0, '-1'],
    ['1700000000000', 1, '1700000000005'],
  ])('whose time is %s of kind %i › is from %s', (firstTimestamp, timestampType, timestamp) => {
    const encoded = content(encode({ key: null, value: null, headers: [] }));
    const context = { ...CONTEXT, firstTimestamp, timestampType };
    expect(read(decode, encoded, context)).toMatchObject({ timestamp });
  });

  it('that does not hold what it says is none', () => {
    const whole = content(
      encode({ key: Buffer.from('k'), value: null, headers: [{ name: 'a', value: null }] }),
    );
    for (let end = 0; end < whole.length; end += 1)
      expect(() => read(decode, whole.subarray(0, end))).toThrow('does not hold what it says');
    expect(() => read(decode, Buffer.concat([whole, Buffer.from([0])]))).toThrow(
      'does not hold what it says',
    );
    // A header without a name, and a length below null's.
    expect(() => read(decode, Buffer.from([0, 0, 0, 1, 1, 2, 1, 1]))).toThrow('does not hold what it says');
    expect(() => read(decode, Buffer.from([0, 0, 0, 3, 1, 0]))).toThrow('does not hold what it says');
  });
});
