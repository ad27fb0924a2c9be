/** The currencies that Acme takes, and their minor units (MAPPINGS.md, "Amounts"). One that is not here is refused, never assumed. */
const EXPONENTS: ReadonlyMap<string, number> = new Map([
  ['EUR', 2],
  ['GBP', 2],
  ['JPY', 0],
  ['USD', 2],
]);

/** Digits between major and minor units, and so the decimals an amount may have; null when the currency is not listed. */
export function exponentOf(currency: string): number | null {
  return EXPONENTS.get(currency) ?? null;
}
