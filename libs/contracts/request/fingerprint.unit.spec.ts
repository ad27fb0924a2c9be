import fc from 'fast-check';
import { readRequest } from '../index.ts';
import {
  acceptableRequest,
  almostRequest,
  anyJson,
  binaryRecord,
  structuredRecord,
} from '../testing/index.ts';
import { canonicalForm } from './fingerprint.ts';
import { FIELDS } from './request-body.ts';

const REQUEST = {
  refundId: 'rf_1',
  provider: 'razorpay',
  paymentId: 'pay_1',
  amount: '10.50',
  currency: 'INR',
};

function fingerprint(body: unknown): string {
  const incoming = readRequest(typeof body === 'string' ? binaryRecord(body) : binaryRecord(body));
  if (incoming.kind === 'deadLetter') throw new Error(incoming.code);
  return incoming.request.fingerprint.toString('hex');
}

/** The same JSON value, written with the keys of every object in another order. */
function shuffled(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(shuffled);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .toReversed()
      .map(([key, member]) => [key, shuffled(member)]),
  );
}

describe('the same content', () => {
  it('is pinned: version 1 of the canonical form and its digest never change', () => {
    const body = {
      ...REQUEST,
      account: 'india-main',
      reason: 'a "b" ä',
      expectedRemaining: '100.00',
      metadata: { z: '1', a: '2', é: '3' },
      providerOptions: { speed: 'normal', list: [1, 2.5, null, true, { y: 1, x: 'é' }] },
      unknown: 1,
    };
    expect(canonicalForm(body, new Set())).toBe(
      '{"account":"india-main","amount":"10.5","currency":"INR","expectedRemaining":"100","metadata":{"a":"2","z":"1","é":"3"},' +
        '"paymentId":"pay_1","provider":"razorpay","providerOptions":{"list":[1,2.5,null,true,{"x":"é","y":1}],"speed":"normal"},' +
        '"reason":"a \\"b\\" ä","refundId":"rf_1"}',
    );
    expect(fingerprint(body)).toBe('95193a69a6d8f5083b75664eb337a0511dc19992d4cd472faee6316444a0f8ee');
  });

  it.each([
    ['10.5', '10.50'],
    ['10.5', '10.5000'],
    ['10', '10.0'],
    ['100', '100.00'],
    ['0', '0.0'],
  ])('has one fingerprint as %s and as %s', (left, right) => {
    expect(fingerprint({ ...REQUEST, amount: left })).toBe(fingerprint({ ...REQUEST, amount: right }));
    expect(fingerprint({ ...REQUEST, expectedRemaining: left })).toBe(
      fingerprint({ ...REQUEST, expectedRemaining: right }),
    );
  });

  it('has one fingerprint whatever the order of keys, the white space, unknown fields, nulls, and the mode of the message', () => {
    fc.assert(
      fc.property(almostRequest(), anyJson(), (body, unknown) => {
        const known = { ...body, refundId: 'rf_1', paymentId: 'pay_1', unknownField: undefined };
        const expected = fingerprint(known);
        expect(fingerprint(shuffled({ ...known, somethingElse: unknown }))).toBe(expected);
        expect(fingerprint(JSON.stringify(known, null, 3))).toBe(expected);
        const nulls = Object.fromEntries(FIELDS.map((field) => [field, null]));
        expect(fingerprint({ ...nulls, ...known })).toBe(expected);
        const structured = readRequest(structuredRecord(known, { id: 'another event' }));
        expect(structured.kind === 'request' && structured.request.fingerprint.toString('hex')).toBe(
          expected,
        );
      }),
    );
  });
});

describe('other content', () => {
  it('has another fingerprint when any known field differs', () => {
    fc.assert(
      fc.property(
        acceptableRequest(),
        fc.constantFrom(...FIELDS),
        fc.constantFrom('7', 'x', 7, { x: '7' }, { x: 7 }),
        (body, field, value) => {
          fc.pre(typeof value === 'string' || (field !== 'refundId' && field !== 'paymentId'));
          fc.pre(JSON.stringify(body[field]) !== JSON.stringify(value));
          const amountIsSeven = typeof body[field] === 'string' && /^7\.0*$/.test(body[field]);
          fc.pre(!amountIsSeven);
          expect(fingerprint({ ...body, [field]: value })).not.toBe(fingerprint(body));
        },
      ),
    );
  });

  it.each([
    [{ amount: '10.5' }, { amount: 10.5 }],
    [{ amount: '1e1' }, { amount: '10' }],
    [{ amount: ' 10.5' }, { amount: '10.5' }],
    [{ amount: undefined }, { amount: '' }],
    [{ amount: '0' }, { amount: '-0' }],
    [{ account: '' }, { account: null }],
    [{ metadata: {} }, { metadata: null }],
    [{ metadata: { k: null } }, { metadata: {} }],
    [{ metadata: { a: 'b', c: 'd' } }, { metadata: { a: 'd', c: 'b' } }],
    [{ metadata: { a: '1","b":"2' } }, { metadata: { a: '1', b: '2' } }],
    [{ providerOptions: { n: [1, 2] } }, { providerOptions: { n: [2, 1] } }],
    [{ providerOptions: { n: null } }, { providerOptions: {} }],
    [{ providerOptions: { n: '1' } }, { providerOptions: { n: 1 } }],
  ])('%j is not %j', (left, right) => {
    expect(fingerprint({ ...REQUEST, ...left })).not.toBe(fingerprint({ ...REQUEST, ...right }));
  });

  it('numbers too large for JSON.parse are not null', () => {
    const text = (value: string): string =>
      JSON.stringify({ ...REQUEST, providerOptions: { n: 0 } }).replace('"n":0', `"n":${value}`);
    expect(fingerprint(text('1e400'))).not.toBe(fingerprint(text('null')));
  });
});
