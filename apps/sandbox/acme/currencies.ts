import { Decimal } from 'decimal.js';

/** The currencies that Acme takes, with their decimals. */
const decimals: ReadonlyMap<string, number> = new Map([
  ['EUR', 2],
  ['GBP', 2],
  ['JPY', 0],
  ['USD', 2],
]);

/** `"500.00"` EUR → 50000; undefined when the currency is not taken or the text is no such amount above 0. */
export function toMinorUnits(text: string, currency: string): number | undefined {
  const digits = decimals.get(currency);
  if (digits === undefined || !/^(0|[1-9]\d{0,11})(\.\d{1,4})?$/.test(text)) {
    return undefined;
  }
  const minorUnits = new Decimal(text).times(10 ** digits);
  return minorUnits.isInteger() && minorUnits.gt(0) ? minorUnits.toNumber() : undefined;
}

/** 50000 EUR → `"500.00"`. */
export function toMajorUnits(minorUnits: number, currency: string): string {
  const digits = decimals.get(currency) ?? 0;
  return new Decimal(minorUnits).div(10 ** digits).toFixed(digits);
}
