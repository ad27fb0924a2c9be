import * as fc from 'fast-check';
import { fromMinorUnits, toMinorUnits } from './minor-units.ts';

describe('minor units', () => {
  it.each([
    ['10.50', 2, 1050],
    ['10.5', 2, 1050],
    ['295', 0, 295],
    ['99.990', 3, 99_990],
    ['99.99', 3, 99_990],
    ['0', 2, 0],
  ])('%s with %i decimals is %i', (amount, exponent, minor) => {
    expect(toMinorUnits(amount, exponent)).toBe(minor);
  });

  it.each([
    ['10.505', 2],
    ['0.5', 0],
    ['999999999999999.99', 3],
    ['1e2', 2],
  ])('%s with %i decimals is a mistake of ours', (amount, exponent) => {
    expect(() => toMinorUnits(amount, exponent)).toThrow('invariant broken');
  });

  it('come back as they went', () => {
    fc.assert(
      fc.property(fc.nat({ max: Number.MAX_SAFE_INTEGER }), fc.constantFrom(0, 2, 3), (minor, exponent) => {
        fc.pre(minor < 10 ** (15 + exponent));
        expect(toMinorUnits(fromMinorUnits(minor, exponent), exponent)).toBe(minor);
      }),
    );
  });
});
