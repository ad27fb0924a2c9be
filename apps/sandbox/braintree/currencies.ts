// Decimals as Braintree takes them: none for the zero-decimal currencies of its page on amounts, two for every other one it settles.
const zeroDecimals = new Set('BIF CLP DJF GNF JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF'.split(' '));
/** Currencies with three decimals have no merchant account here: how Braintree writes them is not documented. */
const unsupported = new Set('BHD IQD JOD KWD LYD OMR TND'.split(' '));
const currencies = new Set(Intl.supportedValuesOf('currency'));

/** Ten digits before the point; more is "too large". */
const WHOLE_DIGITS_MAX = 10;

export type AmountReading =
  | { readonly kind: 'amount'; readonly minorUnits: number }
  | { readonly kind: 'negative' | 'zero' | 'too-large' | 'malformed' };

export function isCurrency(code: string): boolean {
  return currencies.has(code) && !unsupported.has(code);
}

export function decimalsOf(currency: string): number {
  return zeroDecimals.has(currency) ? 0 : 2;
}

/** Reads an amount as a request carries it: a decimal string, or a JSON number as the Node SDK sends for `refund(id, 10)`. */
export function readAmount(value: unknown, currency: string): AmountReading {
  const text = typeof value === 'number' ? String(value) : value;
  const match = typeof text === 'string' ? /^(-?)(\d+)(?:\.(\d+))?$/.exec(text) : null;
  const decimals = decimalsOf(currency);
  const [sign = '', whole = '', fraction = ''] = match?.slice(1) ?? [];
  if (match === null || fraction.length > decimals) {
    return { kind: 'malformed' };
  }
  if (sign !== '') {
    return { kind: 'negative' };
  }
  const digits = whole.replace(/^0+(?=\d)/, '');
  if (digits.length > WHOLE_DIGITS_MAX) {
    return { kind: 'too-large' };
  }
  const minorUnits = Number(digits + fraction.padEnd(decimals, '0'));
  return minorUnits === 0 ? { kind: 'zero' } : { kind: 'amount', minorUnits };
}

/** 1050 USD → `"10.50"`: always exactly the currency's decimals. */
export function toMajorUnits(minorUnits: number, currency: string): string {
  const decimals = decimalsOf(currency);
  if (decimals === 0) {
    return String(minorUnits);
  }
  const digits = String(minorUnits).padStart(decimals + 1, '0');
  return `${digits.slice(0, -decimals)}.${digits.slice(-decimals)}`;
}
