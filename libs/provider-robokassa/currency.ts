import { currencyDecimals } from '#libs/refund';

/** A shop works in one currency: roubles, or tenge for shops in Kazakhstan. Both have two decimals. */
export const CURRENCIES = ['RUB', 'KZT'] as const;
export type RobokassaCurrency = (typeof CURRENCIES)[number];

/** Decimals an amount may have; null when no shop works in the currency. */
export function decimalsTaken(currency: string): number | null {
  return CURRENCIES.some((one) => one === currency) ? 2 : null;
}

/**
 * The currency of a payment. `OutCurrLabel` names it for some shops; for others it is a label of RoboKassa's own (`BNR`), which says nothing, and
 * the payment is in the shop's currency.
 */
export function paymentCurrency(label: string | null, shop: RobokassaCurrency): string {
  return label !== null && currencyDecimals(label) !== null ? label : shop;
}
