import fc from 'fast-check';
import { holdsCardNumber, mayHoldCardNumber } from './card-number.ts';
import { luhn } from './testing/index.ts';

const cardNumber = fc
  .tuple(fc.constantFrom('2', '3', '4', '5', '6', '8', '9'), fc.stringMatching(/^\d{11,17}$/))
  .map(([first, rest]) => luhn(`${first}${rest}`));

const spaced = fc
  .tuple(cardNumber, fc.array(fc.nat({ max: 17 }), { maxLength: 6 }), fc.constantFrom(' ', '-'))
  .map(([digits, places, separator]) =>
    Array.from(digits)
      .map((digit, index) => (index > 0 && places.includes(index) ? `${separator}${digit}` : digit))
      .join(''),
  );

describe('a card number in text', () => {
  it.each([
    '4111111111111111',
    '4111 1111 1111 1111',
    '4111-1111-1111-1111',
    '5555555555554444',
    '378282246310005',
    '3782 822463 10005',
    '6011111111111117',
    '2200000000000004',
    '3056930009020004',
    '4222222222222',
    'paid with 4111111111111111, please refund',
    'card4111111111111111',
    'order 12 4111 1111 1111 1111',
    '4111 1111 1111 1111 12/29',
    'x\n4111111111111111\ty',
  ])('is found in %j', (text) => {
    expect(holdsCardNumber(text)).toBe(true);
  });

  it('is found whatever its length from 13 to 19 digits, wherever it stands and however it is spaced', () => {
    fc.assert(
      fc.property(
        spaced,
        fc.constantFrom('', 'card ', 'no. ', 'PAN:', '(', '12 / '),
        fc.constantFrom('', '.', ')', ' thanks'),
        (number, before, after) => {
          expect(holdsCardNumber(`${before}${number}${after}`)).toBe(true);
          expect(mayHoldCardNumber(JSON.stringify({ reason: `${before}${number}${after}` }))).toBe(true);
        },
      ),
    );
  });

  it('is not any number with one digit changed', () => {
    fc.assert(
      fc.property(cardNumber, fc.nat({ max: 18 }), fc.integer({ min: 1, max: 9 }), (number, place, add) => {
        const at = 1 + (place % (number.length - 1));
        const changed = (Number(number[at]) + add) % 10;
        expect(holdsCardNumber(`${number.slice(0, at)}${String(changed)}${number.slice(at + 1)}`)).toBe(
          false,
        );
      }),
    );
  });

  it.each([
    ['twelve digits', luhn('41111111111')],
    ['twenty digits in one piece', luhn('4111111111111111111')],
    ['a Unix time in milliseconds', luhn('171983746512')],
    ['a Unix time in microseconds', luhn('171983746512345')],
    ['a number that begins with 0', luhn('000000000000000')],
    ['a UUID of digits alone', `${luhn('4111111')}-1111-4111-8111-111111111111`],
    ['a digest', 'a3f14111111111111111c0ffee0011223344556677889900aabbccddeeff0011'],
    ['an id that goes on after the digits', '4111111111111111AB12'],
    ['an id that begins before the digits', 'AB12C4111111111111111'],
    ['a decimal', '4111.1111.1111.1111'],
  ])('is not %s', (_what, text) => {
    expect(holdsCardNumber(text)).toBe(false);
  });

  it('is found in keys, in nested values and in whole JSON numbers, not in other values', () => {
    expect(holdsCardNumber({ '4111111111111111': 'x' })).toBe(true);
    expect(holdsCardNumber({ notes: [{ deep: '4111111111111111' }] })).toBe(true);
    expect(holdsCardNumber({ number: 4111111111111111 })).toBe(true);
    expect(holdsCardNumber([null, true, 1.5, 'fine', { a: 'b' }])).toBe(false);
  });

  it('may always hide behind an escape', () => {
    expect(mayHoldCardNumber('{"reason":"4111\\u00201111\\u00201111\\u00201111"}')).toBe(true);
    expect(mayHoldCardNumber('{"reason":"a plain reason of 12345"}')).toBe(false);
  });

  it('is searched for in linear time, also in text made to be slow', () => {
    const started = performance.now();
    expect(holdsCardNumber('a1'.repeat(40_000) + '1'.repeat(80_000))).toBe(false);
    expect(holdsCardNumber('9 '.repeat(40_000))).toBe(false);
    expect(holdsCardNumber('1-'.repeat(100_000))).toBe(false);
    expect(performance.now() - started).toBeLessThan(2_000);
  });
});
