import { binaryRecord, readReadable, sampleRequest } from '../testing/index.ts';
import type { ReadRequest } from '../index.ts';

const CARD = '4111 1111 1111 1111';

const requestWith = (change: object): ReadRequest =>
  readReadable(binaryRecord({ ...sampleRequest, ...change }));
const codes = (change: object): string[] =>
  requestWith(change).rejections.map(({ code, field }) => `${code} ${String(field)}`);

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
    [{ provider: 'nobody' }, 'PROVIDER_UNKNOWN provider'],
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
    const record = binaryRecord(sampleRequest);
    expect(readReadable(record, { providers: ['razorpay'] }).rejections).toEqual([]);
    expect(readReadable(record, { providers: ['braintree'] }).rejections[0]?.code).toBe('PROVIDER_UNKNOWN');
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
    const text = JSON.stringify({ ...sampleRequest, reason: CARD }).replace(
      CARD,
      CARD.replaceAll(' ', '\\u0020'),
    );
    expect(readReadable(binaryRecord(text)).rejections[0]?.code).toBe('CARD_NUMBER_IN_TEXT');
  });

  it('in an unknown field does not reject, but nothing of the original is to be kept', () => {
    expect(requestWith({ unknown: { card: CARD } })).toMatchObject({
      redacted: true,
      rejections: [],
      reason: sampleRequest.reason,
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
