// Decimals of each currency as Razorpay's page on international payments lists them; every other currency has two.
const zeroDecimals = new Set('BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF'.split(' '));
const threeDecimals = new Set('BHD IQD JOD KWD OMR TND'.split(' '));
const currencies = new Set(Intl.supportedValuesOf('currency'));

const decimalText = /^(0|[1-9]\d{0,11})(?:\.(\d{1,3}))?$/;

export function isCurrency(code: string): boolean {
  return currencies.has(code);
}

export function decimalsOf(currency: string): number {
  if (zeroDecimals.has(currency)) {
    return 0;
  }
  return threeDecimals.has(currency) ? 3 : 2;
}

/** Razorpay takes three-decimal currencies only with a last digit of 0: 99.991 KWD is sent as 99990. */
export function isPayable(minorUnits: number, currency: string): boolean {
  return decimalsOf(currency) !== 3 || minorUnits % 10 === 0;
}

/** `"500.00"` INR → 50000; undefined when the text is no such amount or has more decimals than the currency. */
export function toMinorUnits(text: string, currency: string): number | undefined {
  const match = decimalText.exec(text);
  const decimals = decimalsOf(currency);
  const [whole = '', fraction = ''] = match?.slice(1) ?? [];
  if (match === null || fraction.length > decimals) {
    return undefined;
  }
  return Number(whole + fraction.padEnd(decimals, '0'));
}

/** 50000 INR → `"500.00"`: always exactly the currency's decimals. */
export function toMajorUnits(minorUnits: number, currency: string): string {
  const decimals = decimalsOf(currency);
  if (decimals === 0) {
    return String(minorUnits);
  }
  const digits = String(minorUnits).padStart(decimals + 1, '0');
  return `${digits.slice(0, -decimals)}.${digits.slice(-decimals)}`;
}
