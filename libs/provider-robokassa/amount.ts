import { Decimal } from 'decimal.js';
import { InexactNumber, type Json } from '#libs/provider-kit';

/** RoboKassa writes sums with up to six decimals, of which the last four are zeros. */
const SUM = /^\d{1,12}(\.\d{1,6})?$/;

/** A sum of an answer from its literal text; null when it is none, or has a fraction of a kopeck. */
export function readSum(text: string | null): Decimal | null {
  if (text === null || !SUM.test(text)) return null;
  const sum = new Decimal(text);
  return sum.decimalPlaces() <= 2 ? sum : null;
}

/** The literal text of a JSON number; null for anything else. */
export function literalOf(value: Json | undefined): string | null {
  if (value instanceof InexactNumber) return value.literal;
  return typeof value === 'number' ? String(value) : null;
}

/** The number that a request says a sum with, always with both decimals. */
export function sumLiteral(amount: string): string {
  return new Decimal(amount).toFixed(2);
}
