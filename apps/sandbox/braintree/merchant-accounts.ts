import { isCurrency } from './currencies.ts';

/** Takes dollars, and whatever names no merchant account. */
export const DEFAULT_MERCHANT_ACCOUNT_ID = 'sandbox_account';

/** A merchant account decides the currency. There is one per currency: `sandbox_account` (USD), `sandbox_account_eur`, `sandbox_account_jpy` … */
export function merchantAccountOf(currency: string): string | undefined {
  if (!isCurrency(currency)) {
    return undefined;
  }
  return currency === 'USD'
    ? DEFAULT_MERCHANT_ACCOUNT_ID
    : `${DEFAULT_MERCHANT_ACCOUNT_ID}_${currency.toLowerCase()}`;
}

/** Undefined when there is no such merchant account. */
export function currencyOfMerchantAccount(id: string): string | undefined {
  if (id === DEFAULT_MERCHANT_ACCOUNT_ID) {
    return 'USD';
  }
  const code = /^sandbox_account_([a-z]{3})$/.exec(id)?.[1]?.toUpperCase();
  return code !== undefined && merchantAccountOf(code) === id ? code : undefined;
}
