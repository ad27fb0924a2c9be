// The processor's words, from Braintree's page of authorization responses and its page of settlement responses.
const texts: Readonly<Record<string, string>> = {
  '1000': 'Approved',
  '1002': 'Processed',
  '1004': 'Approved for Partial Amount',
  '1005': 'Auth Declined but Settlement Captured',
  '2000': 'Do Not Honor',
  '2001': 'Insufficient Funds',
  '2002': 'Limit Exceeded',
  '2003': "Cardholder's Activity Limit Exceeded",
  '2004': 'Expired Card',
  '2005': 'Invalid Credit Card Number',
  '2006': 'Invalid Expiration Date',
  '2007': 'No Account',
  '2009': 'No Such Issuer',
  '2010': 'Card Issuer Declined CVV',
  '2014': 'Processor Declined - Fraud Suspected',
  '2015': 'Transaction Not Allowed',
  '2019': 'Invalid Transaction',
  '2038': 'Processor Declined',
  '2041': 'Declined - Call For Approval',
  '2044': 'Declined - Call Issuer',
  '2046': 'Declined',
  '2047': 'Call Issuer. Pick Up Card.',
  '2053': 'Card reported as lost or stolen',
  '3000': 'Processor Network Unavailable - Try Again',
  '4000': 'Confirmed',
  '4001': 'Settlement Declined',
  '4002': 'Settlement Pending',
  '4003': 'Already Captured',
  '4004': 'Already Refunded',
  '4018': 'PayPal Pending Payments Not Supported',
  '4019': 'PayPal Refund Transaction with an Open Case Not Allowed',
  '4020': 'PayPal Refund Attempts Exhausted',
};

/** Soft declines between 2004 and 2108; below and above that range every decline is soft, within it every other one hard. */
const softDeclines = new Set(
  '2016 2025 2026 2034 2035 2038 2040 2042 2046 2048 2057 2062 2078 2080 2092 2099 2101 2102 2103 2104 2105 2106'.split(
    ' ',
  ),
);
const FIRST_HARD_DECLINE = 2004;
const LAST_HARD_DECLINE = 2108;

type ResponseType = 'approved' | 'soft_declined' | 'hard_declined';

export interface ProcessorResponse {
  readonly code: string;
  readonly text: string;
  readonly type: ResponseType;
  /** `additionalProcessorResponse`: the issuer's own answer, `code : text`. */
  readonly additional: string | null;
}

export function isHardDecline(code: string): boolean {
  const number = Number(code);
  return number >= FIRST_HARD_DECLINE && number <= LAST_HARD_DECLINE && !softDeclines.has(code);
}

export function textOf(code: string): string {
  return texts[code] ?? (code.startsWith('4') ? 'Settlement Declined' : 'Processor Declined');
}

export function approved(code: '1000' | '1002' | '1004'): ProcessorResponse {
  return { code, text: textOf(code), type: 'approved', additional: null };
}

export function declined(code: string): ProcessorResponse {
  const type = isHardDecline(code) ? 'hard_declined' : 'soft_declined';
  return { code, text: textOf(code), type, additional: `${code} : ${textOf(code)}` };
}

/** A refund the issuer did not authorize and the processor pays all the same. */
export function capturedAllTheSame(code: string): ProcessorResponse {
  return {
    code: '1005',
    text: textOf('1005'),
    type: 'approved',
    additional: `${code} : ${textOf(code)}`,
  };
}

/** The issuer's answer that the sandbox reads out of an amount: 2004.00 means 2004, also in a currency without decimals. */
export function codeInAmount(majorUnits: string, from: number, below: number): string | undefined {
  const whole = Math.floor(Number(majorUnits));
  return whole >= from && whole < below ? String(whole) : undefined;
}
