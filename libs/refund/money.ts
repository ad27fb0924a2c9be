import { Decimal } from 'decimal.js';

/** An amount in major units of one currency. Never a binary float: the text is what counts. */
export interface Money {
  readonly amount: Decimal;
  readonly currency: string;
}

export const ZERO = new Decimal(0);

/** The wire form of an amount: no sign, no exponent, no leading zeros, at most 15 digits before and 4 after the point. */
export const AMOUNT = /^(0|[1-9]\d{0,14})(\.\d{1,4})?$/;

/** Reads an amount as it stands on the wire. Null when it is not a string of that form (decimal.js alone would take `1e2`, `0x1F` and `-0`). */
export function parseAmount(text: unknown): Decimal | null {
  return typeof text === 'string' && AMOUNT.test(text) ? new Decimal(text) : null;
}

const listed = (codes: string, decimals: number): [string, number][] =>
  codes.split(' ').map((code) => [code, decimals]);

/** ISO 4217 currencies and their decimals. A map, because an object would find `constructor` among the currencies. */
const DECIMALS: ReadonlyMap<string, number> = new Map([
  ...listed('BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF', 0),
  ...listed(
    'AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE CHF CHW CNY COP COU ' +
      'CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR ' +
      'KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK ' +
      'PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD ' +
      'USN UYU UZS VED VES WST XCD XCG YER ZAR ZMW ZWG',
    2,
  ),
  ...listed('BHD IQD JOD KWD LYD OMR TND', 3),
  ...listed('CLF UYW', 4),
]);

/** Decimals of a currency's amounts on our wire; null when the currency is not listed. Providers keep their own tables for minor units. */
export function currencyDecimals(currency: string): number | null {
  return DECIMALS.get(currency) ?? null;
}

/**
 * An amount with exactly the currency's decimals, as every event carries it. The currency must be listed and the amount must fit it:
 * rounding here would publish a sum that nobody moved.
 */
export function formatAmount(money: Money): string {
  const decimals = currencyDecimals(money.currency);
  invariant(decimals !== null, `currency ${money.currency} is not listed`);
  invariant(money.amount.decimalPlaces() <= decimals, `an amount in ${money.currency} has too many decimals`);
  return money.amount.toFixed(decimals);
}

/** A programmer's error: the message fails loudly, nothing swallows it. */
export function invariant(condition: boolean, why: string): asserts condition {
  if (!condition) throw new Error(`invariant broken: ${why}`);
}
