import { isPayable, toMajorUnits, toMinorUnits } from './currencies.ts';

describe('Razorpay’s minor units', () => {
  it.each([
    ['INR', '500.00', 50_000],
    ['INR', '0.05', 5],
    ['JPY', '500', 500],
    ['KWD', '99.990', 99_990],
    ['KWD', '0.010', 10],
    ['INR', '999999999999.99', 99_999_999_999_999],
  ])('writes and reads %s %s', (currency, major, minor) => {
    expect(toMinorUnits(major, currency)).toBe(minor);
    expect(toMajorUnits(minor, currency)).toBe(major);
  });

  it('pads missing decimals', () => {
    expect(toMinorUnits('500', 'INR')).toBe(50_000);
    expect(toMinorUnits('500.5', 'INR')).toBe(50_050);
  });

  it.each(['', '.5', '5.', '01', '-1', '+1', '1e2', '1,00', ' 1', '1.005', '١'])(
    'does not read "%s"',
    (text) => {
      expect(toMinorUnits(text, 'INR')).toBeUndefined();
    },
  );

  it('calls a three-decimal amount payable only with a last digit of 0', () => {
    expect([isPayable(99_990, 'KWD'), isPayable(99_991, 'KWD'), isPayable(99_991, 'INR')]).toEqual([
      true,
      false,
      true,
    ]);
  });
});
