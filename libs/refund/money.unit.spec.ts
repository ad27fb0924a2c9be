import fc from 'fast-check';
import { Decimal } from 'decimal.js';
import { currencyDecimals, formatAmount, invariant, parseAmount, ZERO } from './money.ts';

describe('reading an amount from the wire', () => {
  it.each(['0', '0.0', '1', '10.5', '10.50', '0.0001', '999999999999999.9999'])('takes %s', (text) => {
    expect(parseAmount(text)?.equals(new Decimal(text))).toBe(true);
  });

  it.each([
    '',
    ' 1',
    '1 ',
    '1\n',
    '+1',
    '-1',
    '-0',
    '1e2',
    '0x1F',
    '01',
    '.5',
    '5.',
    '1,000',
    '1.00000',
    '1000000000000000',
    'NaN',
    'Infinity',
    '١',
  ])('refuses %j, whatever decimal.js makes of it', (text) => {
    expect(parseAmount(text)).toBeNull();
  });

  it('refuses everything that is not a string, numbers too', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.double(), fc.integer(), fc.boolean(), fc.constant(null), fc.object()),
        (value) => {
          expect(parseAmount(value)).toBeNull();
        },
      ),
    );
  });
});

describe('decimals of a currency', () => {
  it.each([
    ['INR', 2],
    ['RUB', 2],
    ['USD', 2],
    ['JPY', 0],
    ['KRW', 0],
    ['KWD', 3],
    ['CLF', 4],
  ])('%s has %d', (currency, decimals) => {
    expect(currencyDecimals(currency)).toBe(decimals);
  });

  it.each(['', ' ', 'usd', 'XXX', 'constructor', 'toString', '__proto__'])('%j is not listed', (currency) => {
    expect(currencyDecimals(currency)).toBeNull();
  });
});

describe('formatting an amount', () => {
  const money = (amount: string, currency: string): { amount: Decimal; currency: string } => ({
    amount: new Decimal(amount),
    currency,
  });

  it('writes exactly the decimals of the currency', () => {
    expect(formatAmount(money('10.5', 'INR'))).toBe('10.50');
    expect(formatAmount(money('10', 'KWD'))).toBe('10.000');
    expect(formatAmount(money('10.0', 'JPY'))).toBe('10');
    expect(formatAmount({ amount: ZERO, currency: 'USD' })).toBe('0.00');
  });

  it('never writes an exponent, and reading it back gives the same amount', () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: 0n, max: 99_999_999_999_999_999n }),
        fc.constantFrom('JPY', 'INR', 'KWD', 'CLF'),
        (minor, currency) => {
          const decimals = currencyDecimals(currency) ?? 0;
          const amount = new Decimal(minor.toString()).div(new Decimal(10).pow(decimals));
          fc.pre(amount.lessThan('1e15'));
          const text = formatAmount({ amount, currency });
          expect(parseAmount(text)?.equals(amount)).toBe(true);
        },
      ),
    );
  });

  it('throws instead of rounding, and for a currency that is not listed', () => {
    expect(() => formatAmount(money('10.555', 'INR'))).toThrow('too many decimals');
    expect(() => formatAmount(money('1', 'XXX'))).toThrow('not listed');
  });
});

it('a broken invariant throws with its reason', () => {
  expect(() => {
    invariant(false, 'the reason');
  }).toThrow('invariant broken: the reason');
  expect(() => {
    invariant(true, 'the reason');
  }).not.toThrow();
});
