/**
 * Every code on the wire, with its meaning in one sentence. docs/ERRORS.md is checked against these two lists.
 * A code, once released, keeps its meaning; new ones may be added.
 */

/** Codes of `RefundFailed`: in `failure.code` when `failure.kind` is `rejected` (`PROVIDER_DECLINED` with `declined`, `CANCELLED_AT_PROVIDER` with `cancelled`, `DECIDED_BY_PERSON` with `decided`). */
export const REJECTIONS = {
  FIELD_MISSING: 'A field that every request needs is absent.',
  FIELD_TYPE: 'A field has another JSON type than the contract gives it.',
  FIELD_TOO_LONG: 'A text field is longer than the contract allows.',
  PROVIDER_UNKNOWN: 'The provider is none of those that Refundry knows.',
  ACCOUNT_UNKNOWN: 'No account of that name, or no default account, is configured for the provider.',
  AMOUNT_NOT_A_STRING: 'An amount is a JSON number or another type; amounts are decimal strings.',
  AMOUNT_MALFORMED:
    'An amount is not a plain decimal: digits, at most one point, no sign, exponent, spaces or leading zeros.',
  AMOUNT_NOT_POSITIVE: 'An amount is zero or negative.',
  AMOUNT_TOO_PRECISE: 'An amount has more decimals than its currency, or more than four.',
  AMOUNT_TOO_LARGE: 'An amount has more than fifteen digits before the point.',
  CURRENCY_MALFORMED: 'The currency is not three capital letters.',
  CURRENCY_UNLISTED: 'The currency is not in the list of ISO 4217 currencies that Refundry carries.',
  CURRENCY_UNSUPPORTED: 'The provider does not take this currency.',
  CURRENCY_MISMATCH: 'The payment was made in another currency.',
  METADATA_TOO_MANY: 'The metadata has more pairs than the contract allows.',
  CARD_NUMBER_IN_TEXT: 'A text field holds what looks like a card number; the text was not kept.',
  OPTIONS_INVALID: 'The provider options do not fit the provider.',
  PAYMENT_ID_INVALID: 'The payment id does not have the form of this provider.',
  PAYMENT_NOT_FOUND: 'The provider does not know this payment for this account.',
  PAYMENT_NOT_CAPTURED: 'The payment was never captured, so there is nothing to give back.',
  PAYMENT_NOT_REFUNDABLE: 'The provider will never refund this payment.',
  PAYMENT_VOIDED: 'The payment was voided, so there is nothing to give back.',
  PAYMENT_HANDLE_MISSING:
    'The provider shows no key for refunds of this payment, so it cannot be asked for one.',
  SECOND_REFUND_NOT_SUPPORTED:
    'The payment has a refund already, and the provider could not tell a second one from it.',
  PARTIAL_NOT_SUPPORTED: 'The provider refunds all of this payment or nothing.',
  NOTHING_LEFT: 'Nothing of the payment is left to refund.',
  EXCEEDS_REMAINING: 'The amount is more than what is left of the payment.',
  EXPECTED_REMAINING_MISMATCH: 'What is left of the payment differs from what the caller expected.',
  ALREADY_REFUNDED: 'The provider says that the payment has already been refunded in full.',
  REQUEST_TOO_OLD: 'The request is older than the age up to which requests are still acted upon.',
  PROVIDER_DECLINED: 'The provider refused the refund; its own code and text stand beside this one.',
  DECIDED_BY_PERSON: 'A person found that no money moved and ended the refund.',
  CANCELLED_AT_PROVIDER: 'Somebody cancelled the refund at the provider; no money moved.',
  CREDIT_NOT_ALLOWED: 'The provider does not allow this account to give a credit for this payment.',
} as const satisfies Readonly<Record<string, string>>;

export type RejectionCode = keyof typeof REJECTIONS;

/** Codes of the dead-letter topic: the header `dlq-reason`. */
export const DEAD_LETTERS = {
  VALUE_MISSING: 'The message has no value.',
  PAYLOAD_TOO_LARGE: 'The value is larger than the limit on request payloads; it was not parsed.',
  CONTENT_TYPE_UNSUPPORTED: 'The content type announces a CloudEvents format other than JSON, or a batch.',
  CE_ATTRIBUTE_MISSING: 'A required CloudEvents attribute is absent or empty.',
  CE_ATTRIBUTE_INVALID: 'A CloudEvents attribute is not text, not UTF-8, holds a NUL or is too long.',
  CE_ATTRIBUTE_REPEATED: 'A CloudEvents header occurs more than once with different values.',
  CE_SPECVERSION_UNKNOWN: 'The CloudEvents version is not 1.0.',
  CE_TYPE_UNKNOWN: 'No event of this type is accepted here.',
  CE_TYPE_RESERVED: 'The event type is reserved for a later release and not acted upon yet.',
  NOT_UTF8: 'The value is not valid UTF-8.',
  NOT_A_JSON_OBJECT: 'The value, or the data of a structured event, is not a JSON object.',
  NESTED_TOO_DEEPLY: 'The JSON is nested more deeply than is read.',
  UNSTORABLE_TEXT: 'A string or key in the JSON holds a NUL or half of a surrogate pair.',
  REFUND_ID_UNREADABLE: 'The refund id is absent, not a string, or not 1 to 64 of A-Z a-z 0-9 _ -.',
  PAYMENT_ID_UNREADABLE: 'The payment id is absent, not a string, or not 1 to 64 of A-Z a-z 0-9 _ -.',
  CONFLICTING_DUPLICATE:
    'The refund id is already taken by a request with other content; the first refund is untouched.',
  STORE_REFUSED: 'The database refused this message because of its content.',
} as const satisfies Readonly<Record<string, string>>;

export type DeadLetterCode = keyof typeof DEAD_LETTERS;
