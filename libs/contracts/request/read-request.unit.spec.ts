import { LIMITS, type IncomingRecord } from '../index.ts';
import {
  binaryRecord,
  codeOf,
  readReadable,
  sampleRequest as REQUEST,
  structuredRecord,
} from '../testing/index.ts';

const TRACE = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

describe('a good request', () => {
  it('is read from binary mode', () => {
    const read = readReadable(binaryRecord(REQUEST, { traceparent: TRACE, tracestate: 'a=1' }));
    expect({ ...read, fingerprint: read.fingerprint.length }).toEqual({
      ...REQUEST,
      amount: '10.5',
      expectedRemaining: '100',
      amountOmitted: false,
      ceId: 'e-1',
      ceSource: '/orders',
      traceparent: TRACE,
      tracestate: 'a=1',
      rejections: [],
      redacted: false,
      fingerprint: 32,
      fingerprintVersion: 1,
    });
  });

  it.each([
    'application/cloudevents+json',
    'application/cloudevents+json; charset=UTF-8',
    'Application/CloudEvents+JSON',
  ])('is the same in structured mode, announced as %s', (contentType) => {
    const expected = readReadable(binaryRecord(REQUEST));
    expect(readReadable(structuredRecord(REQUEST, {}, contentType))).toEqual(expected);
  });

  it('is the same in structured mode with base64 data', () => {
    const attributes = {
      data: undefined,
      data_base64: Buffer.from(JSON.stringify(REQUEST)).toString('base64'),
    };
    expect(readReadable(structuredRecord(REQUEST, attributes))).toEqual(readReadable(binaryRecord(REQUEST)));
  });

  it('is read without a content type, with a byte order mark, with any key, and whatever unknown fields and headers say', () => {
    const expected = readReadable(binaryRecord(REQUEST));
    const text = JSON.stringify({ ...REQUEST, provider_options: 1, nested: { amount: 7 }, __proto__x: [] });
    const odd = binaryRecord(`\uFEFF${text}`, {
      'content-type': null,
      ce_custom: Buffer.from([0xff]),
      other: '',
    });
    expect(readReadable({ ...odd, key: null })).toEqual(expected);
  });

  it('needs no more than four fields; null means absent', () => {
    const { refundId, provider, paymentId, currency } = REQUEST;
    const nulls = Object.fromEntries(Object.keys(REQUEST).map((field) => [field, null]));
    const short = readReadable(binaryRecord({ refundId, provider, paymentId, currency }));
    expect(short).toMatchObject({
      account: null,
      amount: null,
      amountOmitted: true,
      reason: null,
      requestedBy: null,
      orderId: null,
      expectedRemaining: null,
      metadata: {},
      providerOptions: {},
      rejections: [],
    });
    expect(readReadable(binaryRecord({ ...nulls, refundId, provider, paymentId, currency }))).toEqual(short);
  });

  it('takes the last of a repeated key', () => {
    const text = JSON.stringify(REQUEST).replace('{', '{"amount":"99.00","refundId":"other",');
    expect(readReadable(binaryRecord(text))).toEqual(readReadable(binaryRecord(REQUEST)));
  });

  it('keeps keys named __proto__ and constructor as plain keys', () => {
    const odd =
      '"metadata":{"__proto__":"a","constructor":"b"},"__proto__":{"amount":"99","refundId":"evil"}';
    const read = readReadable(binaryRecord(JSON.stringify(REQUEST).replace('"metadata":{"k":"v"}', odd)));
    expect(read.refundId).toBe('rf_1');
    expect(JSON.stringify(read.metadata)).toBe('{"__proto__":"a","constructor":"b"}');
    expect(Object.getPrototypeOf(read.metadata)).toBe(Object.prototype);
    expect(({} as { amount?: unknown }).amount).toBeUndefined();
  });

  it('keeps text of other scripts, emoji and escapes as sent', () => {
    const reason = 'возврат "💳" \n \\u0000';
    expect(readReadable(binaryRecord({ ...REQUEST, reason }))).toMatchObject({ reason, rejections: [] });
  });
});

describe('tracing', () => {
  it.each([
    ['nonsense', 'x'],
    ['an invalid version', `ff${TRACE.slice(2)}`],
    ['a trace id of zeros', `00-${'0'.repeat(32)}-b7ad6b7169203331-01`],
    ['a span id of zeros', `00-0af7651916cd43dd8448eb211c80319c-${'0'.repeat(16)}-01`],
    ['capitals', TRACE.toUpperCase()],
    ['bytes that are not UTF-8', Buffer.from([0xff, 0xfe])],
  ])('is dropped for %s and never stops a refund', (_what, traceparent) => {
    expect(readReadable(binaryRecord(REQUEST, { traceparent, tracestate: 'a=1' }))).toMatchObject({
      traceparent: null,
      tracestate: null,
      rejections: [],
    });
  });

  it('prefers the transport header to the CloudEvents extension, in both modes', () => {
    const other = TRACE.replace('b7ad', 'aaaa');
    expect(readReadable(binaryRecord(REQUEST, { ce_traceparent: TRACE })).traceparent).toBe(TRACE);
    expect(
      readReadable(binaryRecord(REQUEST, { traceparent: other, ce_traceparent: TRACE })).traceparent,
    ).toBe(other);
    expect(readReadable(structuredRecord(REQUEST, { traceparent: TRACE })).traceparent).toBe(TRACE);
  });

  it('is dropped when the header repeats with different values', () => {
    const record = binaryRecord(REQUEST, { traceparent: TRACE });
    const other = { name: 'traceparent', value: Buffer.from(TRACE.replace('b7ad', 'aaaa')) };
    expect(readReadable({ ...record, headers: [...record.headers, other] }).traceparent).toBeNull();
  });
});

describe('a record that cannot be handled is a dead letter', () => {
  it.each([
    ['a tombstone', { ...binaryRecord(REQUEST), value: null }, 'VALUE_MISSING'],
    ['a tombstone without headers', { key: null, value: null, headers: [] }, 'VALUE_MISSING'],
    ['one megabyte', binaryRecord({ ...REQUEST, reason: 'x'.repeat(1024 * 1024) }), 'PAYLOAD_TOO_LARGE'],
    ['one megabyte that is not even JSON', binaryRecord('x'.repeat(1024 * 1024)), 'PAYLOAD_TOO_LARGE'],
    ['an empty value', binaryRecord(''), 'NOT_A_JSON_OBJECT'],
    ['text', binaryRecord('refund please'), 'NOT_A_JSON_OBJECT'],
    ['cut JSON', binaryRecord(JSON.stringify(REQUEST).slice(0, -1)), 'NOT_A_JSON_OBJECT'],
    ['JSON with a comment', binaryRecord(`/**/${JSON.stringify(REQUEST)}`), 'NOT_A_JSON_OBJECT'],
    ['an array', binaryRecord([REQUEST]), 'NOT_A_JSON_OBJECT'],
    ['a string', binaryRecord('"x"'), 'NOT_A_JSON_OBJECT'],
    ['null', binaryRecord('null'), 'NOT_A_JSON_OBJECT'],
    ['Latin-1', binaryRecord(Buffer.from(JSON.stringify({ ...REQUEST, reason: 'é' }), 'latin1')), 'NOT_UTF8'],
    ['an encoded surrogate', binaryRecord(Buffer.from('{"a":"\xed\xa0\x80"}', 'latin1')), 'NOT_UTF8'],
    ['UTF-16', binaryRecord(Buffer.from(JSON.stringify(REQUEST), 'utf16le')), 'NOT_A_JSON_OBJECT'],
    ['a raw NUL', binaryRecord('{"a":"\0"}'), 'NOT_A_JSON_OBJECT'],
    ['deep nesting', binaryRecord(`{"a":${'['.repeat(100_000)}${']'.repeat(100_000)}}`), 'NESTED_TOO_DEEPLY'],
    ['an unknown type', binaryRecord(REQUEST, { ce_type: 'RefundRequired' }), 'CE_TYPE_UNKNOWN'],
    [
      'a type of ours that is no request',
      binaryRecord(REQUEST, { ce_type: 'RefundCompleted' }),
      'CE_TYPE_UNKNOWN',
    ],
    [
      'a type named like an inherited member',
      binaryRecord(REQUEST, { ce_type: 'constructor' }),
      'CE_TYPE_UNKNOWN',
    ],
    ['the reserved type', binaryRecord(REQUEST, { ce_type: 'RefundCancelRequested' }), 'CE_TYPE_RESERVED'],
    [
      'another CloudEvents version',
      binaryRecord(REQUEST, { ce_specversion: '0.3' }),
      'CE_SPECVERSION_UNKNOWN',
    ],
    [
      'an id that is not UTF-8',
      binaryRecord(REQUEST, { ce_id: Buffer.from([0xc3]) }),
      'CE_ATTRIBUTE_INVALID',
    ],
    ['an id with a NUL', binaryRecord(REQUEST, { ce_id: 'a\0b' }), 'CE_ATTRIBUTE_INVALID'],
    ['an id that is too long', binaryRecord(REQUEST, { ce_id: 'x'.repeat(256) }), 'CE_ATTRIBUTE_INVALID'],
    [
      'a source that is too long',
      binaryRecord(REQUEST, { ce_source: 'x'.repeat(1025) }),
      'CE_ATTRIBUTE_INVALID',
    ],
    [
      'a batch',
      structuredRecord(REQUEST, {}, 'application/cloudevents-batch+json'),
      'CONTENT_TYPE_UNSUPPORTED',
    ],
    [
      'another event format',
      structuredRecord(REQUEST, {}, 'application/cloudevents+avro'),
      'CONTENT_TYPE_UNSUPPORTED',
    ],
    ['structured without data', structuredRecord(undefined), 'NOT_A_JSON_OBJECT'],
    ['structured with text as data', structuredRecord(JSON.stringify(REQUEST)), 'NOT_A_JSON_OBJECT'],
    ['structured with bad base64', structuredRecord(undefined, { data_base64: '!!' }), 'NOT_A_JSON_OBJECT'],
    [
      'structured with data twice',
      structuredRecord(REQUEST, { data_base64: 'e30=' }),
      'CE_ATTRIBUTE_INVALID',
    ],
    [
      'structured with a number as base64',
      structuredRecord(undefined, { data_base64: 7 }),
      'NOT_A_JSON_OBJECT',
    ],
    ['structured with a number as id', structuredRecord(REQUEST, { id: 7 }), 'CE_ATTRIBUTE_INVALID'],
    [
      'structured, of the reserved type',
      structuredRecord(REQUEST, { type: 'RefundCancelRequested' }),
      'CE_TYPE_RESERVED',
    ],
    ['structured, not UTF-8', { ...structuredRecord(REQUEST), value: Buffer.from([0xff]) }, 'NOT_UTF8'],
  ])('%s', (_what, record: IncomingRecord, code) => {
    expect(codeOf(record)).toBe(code);
  });

  it.each(['ce_specversion', 'ce_id', 'ce_source', 'ce_type'])('%s absent or empty', (name) => {
    expect(codeOf(binaryRecord(REQUEST, { [name]: null }))).toBe('CE_ATTRIBUTE_MISSING');
    expect(codeOf(binaryRecord(REQUEST, { [name]: '' }))).toBe('CE_ATTRIBUTE_MISSING');
    const attribute = name.slice('ce_'.length);
    expect(codeOf(structuredRecord(REQUEST, { [attribute]: undefined }))).toBe('CE_ATTRIBUTE_MISSING');
    expect(codeOf(structuredRecord(REQUEST, { [attribute]: null }))).toBe('CE_ATTRIBUTE_MISSING');
  });

  it('a header without a value counts as absent', () => {
    const record = binaryRecord(REQUEST);
    const headers = record.headers.map((header) =>
      header.name === 'ce_id' ? { ...header, value: null } : header,
    );
    expect(codeOf({ ...record, headers })).toBe('CE_ATTRIBUTE_MISSING');
  });

  it.each(['content-type', 'ce_specversion', 'ce_id', 'ce_source', 'ce_type'])(
    '%s repeated with another value; the same value twice is taken once',
    (name) => {
      const record = binaryRecord(REQUEST);
      const [first] = record.headers.filter((header) => header.name === name);
      const twice = (value: Buffer): IncomingRecord => ({
        ...record,
        headers: [...record.headers, { name, value }],
      });
      expect(codeOf(twice(Buffer.from('other')))).toBe('CE_ATTRIBUTE_REPEATED');
      expect(codeOf(twice(Buffer.from(first?.value ?? '')))).toBe('request');
    },
  );

  it.each(['\\u0000', '\\ud800', '\\udc00 x', '\\uDBFFx', '\\ud83d\\u0041'])(
    'the escape %s in any string or key, known or not',
    (escape) => {
      const spots = [
        JSON.stringify(REQUEST).replace('customer_request', `a${escape}b`),
        JSON.stringify(REQUEST).replace('"k":"v"', `"k${escape}":"v"`),
        JSON.stringify(REQUEST).replace('"v"', `"${escape}"`),
        JSON.stringify(REQUEST).replace('{"speed', `{"deep":[{"x":["${escape}"]}],"speed`),
        JSON.stringify(REQUEST).replace('{', `{"unknown":"${escape}",`),
        JSON.stringify(REQUEST).replace('{', `{"${escape}":1,`),
        JSON.stringify(REQUEST).replace('rf_1', `rf_1${escape}`),
      ];
      for (const text of spots) expect(codeOf(binaryRecord(text))).toBe('UNSTORABLE_TEXT');
    },
  );

  it('accepts escapes of whole characters', () => {
    expect(
      codeOf(binaryRecord(JSON.stringify(REQUEST).replace('customer', '\\ud83d\\ude00\\u0041\\\\u0000'))),
    ).toBe('request');
  });

  it.each([undefined, null, 7, true, {}, [], '', ' ', 'a b', 'a/b', 'ä', 'x'.repeat(65), 'a\n'])(
    'refundId or paymentId %j',
    (value) => {
      expect(codeOf(binaryRecord({ ...REQUEST, refundId: value }))).toBe('REFUND_ID_UNREADABLE');
      expect(codeOf(binaryRecord({ ...REQUEST, paymentId: value }))).toBe('PAYMENT_ID_UNREADABLE');
    },
  );

  it('obeys the given payload limit to the byte', () => {
    const record = binaryRecord(REQUEST);
    const length = record.value?.length ?? 0;
    expect(codeOf(record, { payloadBytesMax: length })).toBe('request');
    expect(codeOf(record, { payloadBytesMax: length - 1 })).toBe('PAYLOAD_TOO_LARGE');
  });

  it('reads JSON nested to the limit', () => {
    const levels = LIMITS.nestingLevelsMax - 1;
    const nested = (depth: number): string =>
      `{"a":${'['.repeat(depth)}${']'.repeat(depth)},${JSON.stringify(REQUEST).slice(1)}`;
    expect(codeOf(binaryRecord(nested(levels)))).toBe('request');
    expect(codeOf(binaryRecord(nested(levels + 1)))).toBe('NESTED_TOO_DEEPLY');
  });
});
