import type { Decimal } from 'decimal.js';
import { invariant, parseAmount } from '#libs/refund';
import { decimalsOf } from './currency.ts';

/** The amount as Braintree takes it: major units with exactly the currency's decimals. */
export function wireAmount(amount: string, currency: string): string {
  const [decimal, decimals] = [parseAmount(amount), decimalsOf(currency)];
  invariant(
    decimal !== null && decimals !== null,
    `${amount} ${currency} was accepted but cannot be written`,
  );
  invariant(decimal.decimalPlaces() <= decimals, `${amount} has more decimals than ${currency}`);
  return decimal.toFixed(decimals);
}

/** An amount of an answer, from its literal text; null when it is none of this currency. `295.00` yen are 295. */
export function readAmount(text: string | null, currency: string | null): Decimal | null {
  const decimals = currency === null ? null : decimalsOf(currency);
  const amount = parseAmount(text);
  return amount === null || decimals === null || amount.decimalPlaces() > decimals ? null : amount;
}
