import {
  LIMITS,
  readRequest,
  type Incoming,
  type IncomingRecord,
  type ReadLimits,
  type ReadRequest,
} from '../index.ts';
import { binaryRecord, structuredRecord } from '../testing/index.ts';

const REQUEST = {
  refundId: 'rf_1',
  provider: 'razorpay',
  account: 'india-main',
  paymentId: 'pay_1',
  amount: '10.50',
  currency: 'INR',
  reason: 'customer_request',
  requestedBy: 'orders/ann',
  orderId: 'o-1881',
  expectedRemaining: '100.00',
  metadata: { k: 'v' },
  providerOptions: { speed: 'normal' },
};
const CARD = '4111 1111 1111 1111';
const TRACE = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

function request(record: IncomingRecord, limits?: ReadLimits): ReadRequest {
  const incoming = readRequest(record, limits);
  if (incoming.kind !== 'request') throw new Error(`dead letter ${incoming.code}: ${incoming.message}`);
  return incoming.request;
}
const requestWith = (change: object): ReadRequest => request(binaryRecord({ ...REQUEST, ...change }));
const codes = (change: object): string[] =>
  requestWith(change).rejections.map(({ code, field }) => `${code} ${String(field)}`);
const codeOf = (incoming: Incoming): string =>
  incoming.kind === 'deadLetter' ? incoming.code : incoming.kind;
const deadLetterCode = (record: IncomingRecord, limits?: ReadLimits): string =>
  codeOf(readRequest(record, limits));

describe('a good request', () => {
  it('is read from binary mode', () => {
    const read = request(binaryRecord(REQUEST, { traceparent: TRACE, tracestate: 'a=1' }));
    expect(read).toEqual({
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
      fingerprint: expect.any(Buffer),
      fingerprintVersion: 1,
    });
    expect(read.fingerprint).toHaveLength(32);
  });

  it.each([
    'application/cloudevents+json',
    'application/cloudevents+json; charset=UTF-8',
    'Application/CloudEvents+JSON',
  ])('is the same in structured mode, announced as %s', (contentType) => {
    const expected = request(binaryRecord(REQUEST));
    expect(request(structuredRecord(REQUEST, {}, contentType))).toEqual(expected);
  });

  it('is the same in structured mode with base64 data', () => {
    const attributes = {
      data: undefined,
      data_base64: Buffer.from(JSON.stringify(REQUEST)).toString('base64'),
    };
    expect(request(structuredRecord(REQUEST, attributes))).toEqual(request(binaryRecord(REQUEST)));
  });

  it('is read without a content type, with a byte order mark, with any key, and whatever unknown fields and headers say', () => {
    const expected = request(binaryRecord(REQUEST));
    const text = JSON.stringify({ ...REQUEST, provider_options: 1, nested: { amount: 7 }, __proto__x: [] });
    const odd = binaryRecord(`\uFEFF${text}`, {
      'content-type': null,
      ce_custom: Buffer.from([0xff]),
      other: '',
    });
    expect(request({ ...odd, key: null })).toEqual(expected);
  });

  it('needs no more than four fields; null means absent', () => {
    const { refundId, provider, paymentId, currency } = REQUEST;
    const nulls = Object.fromEntries(Object.keys(REQUEST).map((field) => [field, null]));
    const short = request(binaryRecord({ refundId, provider, paymentId, currency }));
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
    expect(request(binaryRecord({ ...nulls, refundId, provider, paymentId, currency }))).toEqual(short);
  });

  it('takes the last of a repeated key', () => {
    const text = JSON.stringify(REQUEST).replace('{', '{"amount":"99.00","refundId":"other",');
    expect(request(binaryRecord(text))).toEqual(request(binaryRecord(REQUEST)));
  });

  it('keeps keys named __proto__ and constructor as plain keys', () => {
    const odd =
      '"metadata":{"__proto__":"a","constructor":"b"},"__proto__":{"amount":"99","refundId":"evil"}';
    const read = request(binaryRecord(JSON.stringify(REQUEST).replace('"metadata":{"k":"v"}', odd)));
    expect(read.refundId).toBe('rf_1');
    expect(JSON.stringify(read.metadata)).toBe('{"__proto__":"a","constructor":"b"}');
    expect(Object.getPrototypeOf(read.metadata)).toBe(Object.prototype);
    expect(({} as { amount?: unknown }).amount).toBeUndefined();
  });

  it('keeps text of other scripts, emoji and escapes as sent', () => {
    expect(requestWith({ reason: 'возврат "💳" \n \\u0000' }).reason).toBe('возврат "💳" \n \\u0000');
    expect(requestWith({ reason: 'возврат "💳" \n \\u0000' }).rejections).toEqual([]);
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
    expect(request(binaryRecord(REQUEST, { traceparent, tracestate: 'a=1' }))).toMatchObject({
      traceparent: null,
      tracestate: null,
      rejections: [],
    });
  });

  it('prefers the transport header to the CloudEvents extension, in both modes', () => {
    const other = TRACE.replace('b7ad', 'aaaa');
    expect(request(binaryRecord(REQUEST, { ce_traceparent: TRACE })).traceparent).toBe(TRACE);
    expect(request(binaryRecord(REQUEST, { traceparent: other, ce_traceparent: TRACE })).traceparent).toBe(
      other,
    );
    expect(request(structuredRecord(REQUEST, { traceparent: TRACE })).traceparent).toBe(TRACE);
  });

  it('is dropped when the header repeats with different values', () => {
    const record = binaryRecord(REQUEST, { traceparent: TRACE });
    const other = { name: 'traceparent', value: Buffer.from(TRACE.replace('b7ad', 'aaaa')) };
    expect(request({ ...record, headers: [...record.headers, other] }).traceparent).toBeNull();
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
    ['structured with a number as id', structuredRecord(REQUEST, { id: 7 }), 'CE_ATTRIBUTE_INVALID'],
    [
      'structured, of the reserved type',
      structuredRecord(REQUEST, { type: 'RefundCancelRequested' }),
      'CE_TYPE_RESERVED',
    ],
    ['structured, not UTF-8', { ...structuredRecord(REQUEST), value: Buffer.from([0xff]) }, 'NOT_UTF8'],
  ])('%s', (_what, record: IncomingRecord, code) => {
    expect(deadLetterCode(record)).toBe(code);
  });

  it.each(['ce_specversion', 'ce_id', 'ce_source', 'ce_type'])('%s absent or empty', (name) => {
    expect(deadLetterCode(binaryRecord(REQUEST, { [name]: null }))).toBe('CE_ATTRIBUTE_MISSING');
    expect(deadLetterCode(binaryRecord(REQUEST, { [name]: '' }))).toBe('CE_ATTRIBUTE_MISSING');
    const attribute = name.slice('ce_'.length);
    expect(deadLetterCode(structuredRecord(REQUEST, { [attribute]: undefined }))).toBe(
      'CE_ATTRIBUTE_MISSING',
    );
    expect(deadLetterCode(structuredRecord(REQUEST, { [attribute]: null }))).toBe('CE_ATTRIBUTE_MISSING');
  });

  it('a header without a value counts as absent', () => {
    const record = binaryRecord(REQUEST);
    const headers = record.headers.map((header) =>
      header.name === 'ce_id' ? { ...header, value: null } : header,
    );
    expect(deadLetterCode({ ...record, headers })).toBe('CE_ATTRIBUTE_MISSING');
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
      expect(deadLetterCode(twice(Buffer.from('other')))).toBe('CE_ATTRIBUTE_REPEATED');
      expect(deadLetterCode(twice(Buffer.from(first?.value ?? '')))).toBe('request');
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
      for (const text of spots) expect(deadLetterCode(binaryRecord(text))).toBe('UNSTORABLE_TEXT');
    },
  );

  it('accepts escapes of whole characters', () => {
    expect(
      deadLetterCode(
        binaryRecord(JSON.stringify(REQUEST).replace('customer', '\\ud83d\\ude00\\u0041\\\\u0000')),
      ),
    ).toBe('request');
  });

  it.each([undefined, null, 7, true, {}, [], '', ' ', 'a b', 'a/b', 'ä', 'x'.repeat(65), 'a\n'])(
    'refundId or paymentId %j',
    (value) => {
      expect(deadLetterCode(binaryRecord({ ...REQUEST, refundId: value }))).toBe('REFUND_ID_UNREADABLE');
      expect(deadLetterCode(binaryRecord({ ...REQUEST, paymentId: value }))).toBe('PAYMENT_ID_UNREADABLE');
    },
  );

  it('obeys the given payload limit to the byte', () => {
    const record = binaryRecord(REQUEST);
    const length = record.value?.length ?? 0;
    expect(deadLetterCode(record, { payloadBytesMax: length })).toBe('request');
    expect(deadLetterCode(record, { payloadBytesMax: length - 1 })).toBe('PAYLOAD_TOO_LARGE');
  });

  it('reads JSON nested to the limit', () => {
    const levels = LIMITS.nestingLevelsMax - 1;
    const nested = (depth: number): string =>
      `{"a":${'['.repeat(depth)}${']'.repeat(depth)},${JSON.stringify(REQUEST).slice(1)}`;
    expect(deadLetterCode(binaryRecord(nested(levels)))).toBe('request');
    expect(deadLetterCode(binaryRecord(nested(levels + 1)))).toBe('NESTED_TOO_DEEPLY');
  });
});

describe('an amount', () => {
  it.each([
    [10.5, 'AMOUNT_NOT_A_STRING'],
    [0, 'AMOUNT_NOT_A_STRING'],
    [true, 'AMOUNT_NOT_A_STRING'],
    [{ value: '10.50' }, 'AMOUNT_NOT_A_STRING'],
    [['10.50'], 'AMOUNT_NOT_A_STRING'],
    ['', 'AMOUNT_MALFORMED'],
    ['1e2', 'AMOUNT_MALFORMED'],
    ['1E2', 'AMOUNT_MALFORMED'],
    ['0x1F', 'AMOUNT_MALFORMED'],
    ['+1', 'AMOUNT_MALFORMED'],
    [' 1', 'AMOUNT_MALFORMED'],
    ['1\n', 'AMOUNT_MALFORMED'],
    ['01', 'AMOUNT_MALFORMED'],
    ['.5', 'AMOUNT_MALFORMED'],
    ['5.', 'AMOUNT_MALFORMED'],
    ['1,50', 'AMOUNT_MALFORMED'],
    ['NaN', 'AMOUNT_MALFORMED'],
    ['Infinity', 'AMOUNT_MALFORMED'],
    ['0', 'AMOUNT_NOT_POSITIVE'],
    ['0.00', 'AMOUNT_NOT_POSITIVE'],
    ['-0', 'AMOUNT_NOT_POSITIVE'],
    ['-10.50', 'AMOUNT_NOT_POSITIVE'],
    ['10.505', 'AMOUNT_TOO_PRECISE'],
    ['10.50000', 'AMOUNT_TOO_PRECISE'],
    ['0.00001', 'AMOUNT_TOO_PRECISE'],
    ['1000000000000000', 'AMOUNT_TOO_LARGE'],
    [`1${'0'.repeat(400)}.5`, 'AMOUNT_TOO_LARGE'],
  ])('%j is rejected as %s', (amount, code) => {
    expect(codes({ amount })).toEqual([`${code} amount`]);
    expect(requestWith({ amount }).amountOmitted).toBe(false);
  });

  it.each([
    ['10.505', 'KWD', []],
    ['10.5', 'JPY', ['AMOUNT_TOO_PRECISE amount']],
    ['10.0', 'JPY', []],
    ['10.5000', 'INR', []],
    ['10.0001', 'CLF', []],
    ['10.0001', 'KWD', ['AMOUNT_TOO_PRECISE amount']],
    ['999999999999999.99', 'INR', []],
  ])('%s in %s: %j', (amount, currency, expected) => {
    expect(codes({ amount, currency, expectedRemaining: null })).toEqual(expected);
  });

  it('keeps what could be read for the event and nothing else', () => {
    expect(requestWith({ amount: '10.505' }).amount).toBe('10.505');
    expect(requestWith({ amount: '0.00' }).amount).toBe('0');
    expect(requestWith({ amount: '1e2' }).amount).toBeNull();
    expect(requestWith({ amount: 10.5 }).amount).toBeNull();
  });

  it('that is expected to remain follows the same rules, but may be zero', () => {
    expect(codes({ expectedRemaining: 100 })).toEqual(['AMOUNT_NOT_A_STRING expectedRemaining']);
    expect(codes({ expectedRemaining: '1e2' })).toEqual(['AMOUNT_MALFORMED expectedRemaining']);
    expect(codes({ expectedRemaining: '1.005' })).toEqual(['AMOUNT_TOO_PRECISE expectedRemaining']);
    expect(codes({ expectedRemaining: '0.00' })).toEqual([]);
  });
});

describe('everything else that is wrong is rejected with a code', () => {
  it.each([
    [{ provider: 'stripe' }, 'PROVIDER_UNKNOWN provider'],
    [{ provider: '__proto__' }, 'PROVIDER_UNKNOWN provider'],
    [{ provider: 'Razorpay' }, 'PROVIDER_UNKNOWN provider'],
    [{ provider: undefined }, 'FIELD_MISSING provider'],
    [{ provider: 7 }, 'FIELD_TYPE provider'],
    [{ currency: undefined }, 'FIELD_MISSING currency'],
    [{ currency: null }, 'FIELD_MISSING currency'],
    [{ currency: ['INR'] }, 'FIELD_TYPE currency'],
    [{ currency: 'inr' }, 'CURRENCY_MALFORMED currency'],
    [{ currency: 'RUPEES' }, 'CURRENCY_MALFORMED currency'],
    [{ currency: 'XXX' }, 'CURRENCY_UNLISTED currency'],
    [{ account: 7 }, 'FIELD_TYPE account'],
    [{ account: 'a'.repeat(65) }, 'FIELD_TOO_LONG account'],
    [{ reason: {} }, 'FIELD_TYPE reason'],
    [{ reason: 'a'.repeat(256) }, 'FIELD_TOO_LONG reason'],
    [{ requestedBy: false }, 'FIELD_TYPE requestedBy'],
    [{ requestedBy: 'a'.repeat(256) }, 'FIELD_TOO_LONG requestedBy'],
    [{ orderId: 1881 }, 'FIELD_TYPE orderId'],
    [{ orderId: 'a'.repeat(256) }, 'FIELD_TOO_LONG orderId'],
    [{ metadata: [] }, 'FIELD_TYPE metadata'],
    [{ metadata: 'k=v' }, 'FIELD_TYPE metadata'],
    [{ metadata: { k: 1 } }, 'FIELD_TYPE metadata'],
    [{ metadata: { k: null } }, 'FIELD_TYPE metadata'],
    [{ metadata: { k: { k: 'v' } } }, 'FIELD_TYPE metadata'],
    [{ metadata: { ['k'.repeat(65)]: 'v' } }, 'FIELD_TOO_LONG metadata'],
    [{ metadata: { k: 'v'.repeat(256) } }, 'FIELD_TOO_LONG metadata'],
    [
      { metadata: Object.fromEntries(Array.from({ length: 16 }, (_, n) => [`k${String(n)}`, 'v'])) },
      'METADATA_TOO_MANY metadata',
    ],
    [{ providerOptions: [] }, 'FIELD_TYPE providerOptions'],
    [{ providerOptions: 'fast' }, 'FIELD_TYPE providerOptions'],
  ])('%j', (change, expected) => {
    expect(codes(change)).toEqual([expected]);
  });

  it('lists every fault, in a fixed order', () => {
    expect(codes({ metadata: 1, amount: 1, provider: 'x', currency: 'x' })).toEqual([
      'PROVIDER_UNKNOWN provider',
      'CURRENCY_MALFORMED currency',
      'AMOUNT_NOT_A_STRING amount',
      'FIELD_TYPE metadata',
    ]);
  });

  it('knows only the providers it is given', () => {
    const record = binaryRecord(REQUEST);
    expect(request(record, { providers: ['razorpay'] }).rejections).toEqual([]);
    expect(request(record, { providers: ['braintree'] }).rejections[0]?.code).toBe('PROVIDER_UNKNOWN');
  });

  it('counts characters, not code units', () => {
    expect(codes({ reason: '💳'.repeat(255) })).toEqual([]);
    expect(codes({ reason: '💳'.repeat(256) })).toEqual(['FIELD_TOO_LONG reason']);
  });

  it('clips what it shows back, never through a character', () => {
    const provider = `${'x'.repeat(63)}💳`;
    expect(requestWith({ provider }).provider).toBe('x'.repeat(63));
    expect(requestWith({ currency: 'y'.repeat(1000) }).currency).toBe('y'.repeat(64));
    expect(requestWith({ account: 'z'.repeat(1000) }).account).toBe('z'.repeat(64));
    expect(requestWith({ provider: 7, currency: 7 })).toMatchObject({ provider: '', currency: '' });
  });
});

describe('a card number', () => {
  const fields: [string, object][] = [
    ['reason', { reason: `paid with ${CARD}` }],
    ['requestedBy', { requestedBy: CARD }],
    ['orderId', { orderId: CARD.replaceAll(' ', '-') }],
    ['metadata', { metadata: { note: CARD } }],
    ['metadata', { metadata: { [CARD]: 'v' } }],
    ['providerOptions', { providerOptions: { notes: [{ text: CARD }] } }],
    ['account', { account: CARD }],
    ['provider', { provider: CARD }],
    ['currency', { currency: CARD }],
    ['amount', { amount: CARD }],
    ['reason', { reason: 4111111111111111 }],
  ];

  it.each(fields)('in %s is rejected first, and appears nowhere in what goes on', (field, change) => {
    const read = requestWith(change);
    expect(read.rejections[0]).toMatchObject({ code: 'CARD_NUMBER_IN_TEXT', field });
    expect(read).toMatchObject({
      redacted: true,
      reason: null,
      requestedBy: null,
      orderId: null,
      metadata: {},
      providerOptions: {},
    });
    expect(JSON.stringify(read).replaceAll(/[ -]/g, '')).not.toContain('4111111111111111');
  });

  it('written with escapes is found too', () => {
    const text = JSON.stringify({ ...REQUEST, reason: CARD }).replace('4111 ', '\\u0034111\\u0020');
    expect(request(binaryRecord(text)).rejections[0]?.code).toBe('CARD_NUMBER_IN_TEXT');
  });

  it('in an unknown field does not reject, but nothing of the original is to be kept', () => {
    expect(requestWith({ unknown: { card: CARD } })).toMatchObject({
      redacted: true,
      rejections: [],
      reason: REQUEST.reason,
    });
  });

  it('is not looked for in identifiers and amounts', () => {
    const read = requestWith({
      refundId: '4111111111111111',
      paymentId: '5555555555554444',
      amount: '4222222222222',
    });
    expect(read).toMatchObject({
      redacted: false,
      rejections: [],
      refundId: '4111111111111111',
      amount: '4222222222222',
    });
  });

  it('does not enter the fingerprint, from which it could be guessed', () => {
    const one = requestWith({ reason: '4111111111111111' });
    const other = requestWith({ reason: '5555555555554444' });
    const innocent = requestWith({ reason: '#' });
    expect(one.fingerprint).toEqual(other.fingerprint);
    expect(one.fingerprint).not.toEqual(innocent.fingerprint);
  });
});
