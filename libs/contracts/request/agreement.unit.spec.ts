import { Ajv } from 'ajv';
import { validateSync } from 'class-validator';
import fc from 'fast-check';
import { composeSchemas, readRequest, RefundRequested } from '../index.ts';
import { acceptableRequest, almostRequest, anyJson, binaryRecord } from '../testing/index.ts';

const schema = new Ajv({ allErrors: true }).compile(composeSchemas().RefundRequested);

function readerAccepts(body: unknown): boolean {
  const incoming = readRequest(binaryRecord(body));
  return incoming.kind === 'request' && incoming.request.rejections.length === 0;
}

function classAccepts(body: object): boolean {
  return validateSync(Object.assign(new RefundRequested(), body)).length === 0;
}

/** class-validator asks the object itself for its class: one that brings these names is no question to it. */
function bringsItsClass(body: object): boolean {
  return Object.hasOwn(body, '__proto__') || Object.hasOwn(body, 'constructor');
}

/** As it arrives: undefined, -0 and the like do not survive JSON. */
function onTheWire(body: unknown): object {
  return JSON.parse(JSON.stringify(body)) as object;
}

describe('the reader, the class and the published schema', () => {
  it('all accept what the contract calls acceptable', () => {
    fc.assert(
      fc.property(acceptableRequest(), (body) => {
        expect(readerAccepts(body)).toBe(true);
        expect(classAccepts(onTheWire(body))).toBe(true);
        expect(schema(onTheWire(body))).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  it('reader and class agree about requests with mistakes; the schema never refuses what they accept', () => {
    let accepted = 0;
    let refused = 0;
    fc.assert(
      fc.property(almostRequest(), (body) => {
        const accepts = readerAccepts(body);
        if (accepts) accepted++;
        else refused++;
        expect(classAccepts(onTheWire(body))).toBe(accepts);
        expect(!accepts || schema(onTheWire(body))).toBe(true);
      }),
      { numRuns: 3_000 },
    );
    // A property over one kind alone would prove nothing.
    expect(accepted).toBeGreaterThan(300);
    expect(refused).toBeGreaterThan(300);
  });

  it('agree about any object at all, and the reader never throws', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), anyJson()), fc.uint8Array(), (body, bytes) => {
        const arriving = onTheWire(body);
        expect(readerAccepts(arriving)).toBe(!bringsItsClass(arriving) && classAccepts(arriving));
        expect(readRequest(binaryRecord(Buffer.from(bytes))).kind).toBe('deadLetter');
      }),
    );
  });

  it('never throws, whatever bytes stand in value and headers', () => {
    const bytes = fc.uint8Array({ maxLength: 40 }).map((array) => Buffer.from(array));
    const name = fc.constantFrom(
      'content-type',
      'ce_id',
      'ce_type',
      'ce_source',
      'ce_specversion',
      'traceparent',
      'x',
    );
    fc.assert(
      fc.property(
        fc.array(fc.record({ name, value: fc.option(bytes) })),
        fc.option(bytes),
        (headers, value) => {
          const incoming = readRequest({ key: null, value, headers });
          expect(incoming.kind).toBe('deadLetter');
        },
      ),
    );
  });
});
