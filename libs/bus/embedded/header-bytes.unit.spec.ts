import fc from 'fast-check';
import { decodeHeaders, encodeHeaders } from './header-bytes.ts';

describe('headers as bytes', () => {
  it('come back as they were, in order, null apart from empty', () => {
    const value = fc.option(
      fc.uint8Array({ maxLength: 50 }).map((array) => Buffer.from(array)),
      { nil: null },
    );
    const header = fc.record({ name: fc.string({ unit: 'grapheme', maxLength: 20 }), value });
    fc.assert(
      fc.property(fc.array(header, { maxLength: 6 }), (headers) => {
        expect(decodeHeaders(encodeHeaders(headers))).toEqual(headers);
      }),
    );
  });
});
