import { Decimal } from 'decimal.js';
import { invariant, parseAmount } from '#libs/refund';

/** 1, 10, 100 …: asked for with every call, and a power is dear. */
const POWERS = Array.from({ length: 10 }, (_, exponent) => Decimal.pow(10, exponent));

/** An amount in minor units of a provider's own table. The amount must be one of our wire form that the exponent can hold. */
export function toMinorUnits(amount: string, exponent: number): number {
  const decimal = parseAmount(amount);
  invariant(decimal !== null, `${amount} is not an amount`);
  const minor = decimal.times(powerOfTen(exponent));
  invariant(
    minor.isInteger() && minor.lte(Number.MAX_SAFE_INTEGER),
    `${amount} does not fit ${String(exponent)} decimals`,
  );
  return minor.toNumber();
}

/** The amount in major units, with exactly the exponent's decimals. */
export function fromMinorUnits(minor: number, exponent: number): string {
  invariant(Number.isSafeInteger(minor) && minor >= 0, `${String(minor)} is not a count of minor units`);
  return new Decimal(minor).div(powerOfTen(exponent)).toFixed(exponent);
}

function powerOfTen(exponent: number): Decimal {
  return POWERS[exponent] ?? Decimal.pow(10, exponent);
}
