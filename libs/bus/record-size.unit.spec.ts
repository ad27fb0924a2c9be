import { createRequire } from 'node:module';
import fc from 'fast-check';
import './kafka/record-encode-patch.ts';
import type { OutgoingMessage } from './port.ts';
import { BATCH_OVERHEAD_BYTES, bytesInBatch, oversized } from './record-size.ts';

const encodeRecord = createRequire(import.meta.url)(
  'kafkajs/src/protocol/recordBatch/record/v0/index.js',
) as (record: object) => { readonly buffer: Buffer };

const bytes = fc.option(
  fc.uint8Array({ maxLength: 300 }).map((array) => Buffer.from(array)),
  { nil: null },
);
const messages: fc.Arbitrary<OutgoingMessage> = fc.record({
  topic: fc.constant('t'),
  key: bytes,
  value: bytes,
  headers: fc.array(
    fc.record({ name: fc.string({ minLength: 1, maxLength: 80, unit: 'grapheme' }), value: bytes }),
    {
      maxLength: 5,
    },
  ),
});

describe('the size of a record', () => {
  it('is what the client really encodes, to the byte', () => {
    fc.assert(
      fc.property(messages, (message) => {
        const { key, value, headers } = message;
        const encoded = encodeRecord({ key, value, headers }).buffer.length;
        const exact = BATCH_OVERHEAD_BYTES + encoded;
        expect(oversized([message], new Map([['t', exact]]))).toBeNull();
        expect(oversized([message], new Map([['t', exact - 1]]))).toMatchObject({ index: 0 });
        expect(bytesInBatch(message)).toBeGreaterThanOrEqual(
          encodeRecord({ key, value, headers, offsetDelta: 499, timestampDelta: 60_000 }).buffer.length,
        );
      }),
    );
  });

  it('names the first message that is too large for its own topic', () => {
    const of = (topic: string, length: number): OutgoingMessage => ({
      topic,
      key: null,
      value: Buffer.alloc(length),
      headers: [],
    });
    const limits = new Map([
      ['small', 200],
      ['large', 2_000],
    ]);
    expect(oversized([of('large', 1_000), of('small', 100)], limits)).toBeNull();
    expect(oversized([of('large', 1_000), of('small', 300), of('large', 3_000)], limits)).toMatchObject({
      index: 1,
    });
  });
});
