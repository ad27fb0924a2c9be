import { currencyDecimals } from '#libs/refund';

/** Providers the contract knows. */
export const PROVIDERS = ['robokassa', 'braintree', 'razorpay'] as const;

/** Event types of version 1; the names stand in `ce_type` and in the schema's URN. */
export const RESULT_TYPES = ['RefundCompleted', 'RefundFailed', 'RefundReversed'] as const;
export type ResultType = (typeof RESULT_TYPES)[number];

/** refundId and paymentId: nothing that needs escaping in a URL, a header, a log or a provider's reference. */
export const ID = /^[A-Za-z0-9_-]{1,64}$/;
/** `ce_id` of every event of ours: refundId and sequence. */
export const RESULT_ID = /^[A-Za-z0-9_-]{1,64}\.[1-9]\d{0,9}$/;
export const CURRENCY = /^[A-Z]{3}$/;

export const LIMITS = {
  /** Larger values are dead letters without being parsed. */
  payloadBytesMax: 256 * 1024,
  /** Deeper JSON is not read: the walks over it are recursive. */
  nestingLevelsMax: 32,
  /** reason, requestedBy, orderId. */
  textCharactersMax: 255,
  /** Names of accounts, and everything invalid that is shown back. */
  nameCharactersMax: 64,
  metadataPairsMax: 15,
  metadataKeyCharactersMax: 64,
  metadataValueCharactersMax: 255,
  ceIdCharactersMax: 255,
  ceSourceCharactersMax: 1024,
} as const;

/** Whether a text has at most so many characters, counted as JSON Schema does: by code points. */
export function fits(text: string, charactersMax: number): boolean {
  if (text.length <= charactersMax) return true;
  if (text.length > charactersMax * 2) return false;
  let characters = 0;
  for (const _ of text) characters++;
  return characters <= charactersMax;
}

/** The first characters of a text, never half a surrogate pair (PostgreSQL refuses those). */
export function clip(text: string, charactersMax: number): string {
  return text.length <= charactersMax ? text : text.slice(0, charactersMax).replace(/[\uD800-\uDBFF]$/, '');
}

/** An amount in wire form without trailing zeros: 10.50 and 10.5 are one amount. */
export function normaliseAmount(amount: string): string {
  return amount.includes('.') ? amount.replace(/\.?0+$/, '') : amount;
}

export function decimalsUsed(amount: string): number {
  const point = amount.indexOf('.');
  return point === -1 ? 0 : amount.length - point - 1;
}

/**
 * An amount as events show it: with exactly the currency's decimals. Only zeros are added: an amount that does not fit its currency,
 * or whose currency is not listed, is shown as it was sent (only a rejected request can have one).
 */
export function eventAmount(amount: string | null, currency: string): string | null {
  if (amount === null) return null;
  const missing = (currencyDecimals(currency) ?? 0) - decimalsUsed(amount);
  if (missing <= 0) return amount;
  return `${amount}${amount.includes('.') ? '' : '.'}${'0'.repeat(missing)}`;
}
