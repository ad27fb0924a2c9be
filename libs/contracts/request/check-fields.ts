import { AMOUNT, currencyDecimals } from '#libs/refund';
import type { RejectionCode } from '../codes.ts';
import { clip, CURRENCY, decimalsUsed, fits, LIMITS, normaliseAmount } from '../rules.ts';
import type { Rejection } from './incoming.ts';
import { isJsonObject, type JsonObject } from './json-text.ts';
import type { Field } from './request-body.ts';

/**
 * The checks of a request's fields, written out by hand: class-validator would take as long per message as all the rest of reading it (10 µs
 * beside 11), and finds faults without finding codes. The class `RefundRequested` says the same with decorators; a property test proves that
 * both accept and reject alike.
 * Every check answers the field's value as it goes on (for events and the store) and adds to `rejections` what is wrong with it.
 */
type Rejections = Rejection[];

function reject(rejections: Rejections, code: RejectionCode, field: Field, message: string): void {
  rejections.push({ code, field, message });
}

export function checkProvider(value: unknown, providers: readonly string[], rejections: Rejections): string {
  const provider = requiredText(value, 'provider', rejections);
  if (provider === null) return '';
  if (providers.includes(provider)) return provider;
  reject(rejections, 'PROVIDER_UNKNOWN', 'provider', 'The provider is not known here.');
  return clip(provider, LIMITS.nameCharactersMax);
}

export function checkCurrency(value: unknown, rejections: Rejections): string {
  const currency = requiredText(value, 'currency', rejections);
  if (currency === null) return '';
  if (!CURRENCY.test(currency)) {
    reject(rejections, 'CURRENCY_MALFORMED', 'currency', 'The currency must be three capital letters.');
    return clip(currency, LIMITS.nameCharactersMax);
  }
  if (currencyDecimals(currency) === null) {
    reject(rejections, 'CURRENCY_UNLISTED', 'currency', 'The currency is not in the list of currencies.');
  }
  return currency;
}

function requiredText(value: unknown, field: Field, rejections: Rejections): string | null {
  if (value === undefined || value === null) {
    reject(rejections, 'FIELD_MISSING', field, `The field ${field} is missing.`);
    return null;
  }
  if (typeof value === 'string') return value;
  reject(rejections, 'FIELD_TYPE', field, `The field ${field} must be a string.`);
  return null;
}

export function checkText(
  value: unknown,
  field: Field,
  charactersMax: number,
  rejections: Rejections,
): string | null {
  if (value === undefined || value === null) return null;
  if (typeof value !== 'string') {
    reject(rejections, 'FIELD_TYPE', field, `The field ${field} must be a string.`);
    return null;
  }
  if (fits(value, charactersMax)) return value;
  reject(
    rejections,
    'FIELD_TOO_LONG',
    field,
    `The field ${field} may have at most ${String(charactersMax)} characters.`,
  );
  return clip(value, charactersMax);
}

/** Answers the amount without trailing zeros, or null when there is none to read. A currency that is not listed is not this field's fault. */
export function checkAmount(
  value: unknown,
  field: 'amount' | 'expectedRemaining',
  currency: string,
  rejections: Rejections,
): string | null {
  if (value === undefined || value === null) return null;
  if (typeof value !== 'string') {
    reject(
      rejections,
      'AMOUNT_NOT_A_STRING',
      field,
      `The field ${field} must be a decimal in a string, never a JSON number.`,
    );
    return null;
  }
  if (!AMOUNT.test(value)) {
    const code = faultOfAmount(value);
    reject(rejections, code, field, `The field ${field} is not an amount: ${REASON[code]}.`);
    return null;
  }
  const amount = normaliseAmount(value);
  if (amount === '0' && field === 'amount') {
    reject(
      rejections,
      'AMOUNT_NOT_POSITIVE',
      field,
      `The field ${field} is not an amount: ${REASON.AMOUNT_NOT_POSITIVE}.`,
    );
  } else if (decimalsUsed(amount) > (currencyDecimals(currency) ?? 4)) {
    reject(
      rejections,
      'AMOUNT_TOO_PRECISE',
      field,
      `The field ${field} has more decimals than its currency.`,
    );
  }
  return amount;
}

const REASON = {
  AMOUNT_NOT_POSITIVE: 'it must be more than zero',
  AMOUNT_TOO_PRECISE: 'it may have at most four decimals',
  AMOUNT_TOO_LARGE: 'it may have at most fifteen digits before the point',
  AMOUNT_MALFORMED:
    'it must be digits with at most one point, without sign, exponent, spaces or leading zeros',
} as const;

function faultOfAmount(text: string): keyof typeof REASON {
  if (/^-\d+(\.\d+)?$/.test(text)) return 'AMOUNT_NOT_POSITIVE';
  if (/^(0|[1-9]\d{0,14})\.\d{5,}$/.test(text)) return 'AMOUNT_TOO_PRECISE';
  if (/^[1-9]\d{15,}(\.\d+)?$/.test(text)) return 'AMOUNT_TOO_LARGE';
  return 'AMOUNT_MALFORMED';
}

const NO_PAIRS: Readonly<Record<string, string>> = Object.freeze({});
const NO_OPTIONS: JsonObject = Object.freeze({});

export function checkMetadata(value: unknown, rejections: Rejections): Readonly<Record<string, string>> {
  if (value === undefined || value === null) return NO_PAIRS;
  const fault = faultOfMetadata(value);
  if (fault === null) return value as Readonly<Record<string, string>>;
  reject(rejections, fault, 'metadata', METADATA_MESSAGES[fault]);
  return NO_PAIRS;
}

const METADATA_MESSAGES = {
  FIELD_TYPE: 'The field metadata must be an object whose values are strings.',
  METADATA_TOO_MANY: `The field metadata may have at most ${String(LIMITS.metadataPairsMax)} pairs.`,
  FIELD_TOO_LONG: `The field metadata may have keys of at most ${String(LIMITS.metadataKeyCharactersMax)} and values of at most ${String(LIMITS.metadataValueCharactersMax)} characters.`,
} as const;

function faultOfMetadata(value: unknown): keyof typeof METADATA_MESSAGES | null {
  if (!isJsonObject(value)) return 'FIELD_TYPE';
  const pairs = Object.entries(value);
  if (pairs.some(([, text]) => typeof text !== 'string')) return 'FIELD_TYPE';
  if (pairs.length > LIMITS.metadataPairsMax) return 'METADATA_TOO_MANY';
  const allFit = (pairs as [string, string][]).every(
    ([key, text]) =>
      fits(key, LIMITS.metadataKeyCharactersMax) && fits(text, LIMITS.metadataValueCharactersMax),
  );
  return allFit ? null : 'FIELD_TOO_LONG';
}

export function checkOptions(value: unknown, rejections: Rejections): JsonObject {
  if (value === undefined || value === null) return NO_OPTIONS;
  if (isJsonObject(value)) return value;
  reject(rejections, 'FIELD_TYPE', 'providerOptions', 'The field providerOptions must be an object.');
  return NO_OPTIONS;
}
