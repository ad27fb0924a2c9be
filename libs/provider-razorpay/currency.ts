/** Razorpay's own list of currencies and their minor units (MAPPINGS.md, "Amounts"). A currency that is not on it is refused, never assumed. */
const CODES_BY_EXPONENT: readonly (readonly [number, string])[] = [
  [0, 'BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF'],
  [
    2,
    'AED ALL AMD AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BRL BSD BTN BWP BZD CAD CHF CNY COP CRC CUP CVE CZK DKK DOP DZD EGP ETB EUR ' +
      'FJD GBP GHS GIP GMD GTQ GYD HKD HNL HRK HTG HUF IDR ILS INR JMD KES KGS KHR KYD KZT LAK LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP ' +
      'MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SCR SEK SGD SLL SOS SVC SZL THB TRY TTD ' +
      'TWD TZS UAH USD UYU UZS XCD YER ZAR ZMW',
  ],
  [3, 'BHD IQD JOD KWD OMR TND'],
];

const EXPONENTS: ReadonlyMap<string, number> = new Map(
  CODES_BY_EXPONENT.flatMap(([exponent, codes]) => codes.split(' ').map((code) => [code, exponent] as const)),
);

/** Digits between major and minor units; null when the currency is not listed. */
export function exponentOf(currency: string): number | null {
  return EXPONENTS.get(currency) ?? null;
}

/** Decimals an amount may have; null when the currency is not listed. Of three decimals Razorpay wants the last to be 0, which leaves two. */
export function decimalsTaken(currency: string): number | null {
  const exponent = exponentOf(currency);
  return exponent === null ? null : Math.min(exponent, 2);
}
