import type { DeadLetterCode } from '#libs/contracts';

/** What to do about each dead letter, in the words of docs/ERRORS.md. */
const REMEDIES: Readonly<Record<DeadLetterCode, string>> = {
  VALUE_MISSING: 'The topic of requests takes no tombstones',
  PAYLOAD_TOO_LARGE: 'Send less, or raise the limit',
  CONTENT_TYPE_UNSUPPORTED: 'Send application/json with ce_* headers, or application/cloudevents+json',
  CE_ATTRIBUTE_MISSING: 'Add it',
  CE_ATTRIBUTE_INVALID: 'Correct it',
  CE_ATTRIBUTE_REPEATED: 'Send it once',
  CE_SPECVERSION_UNKNOWN: 'Send 1.0',
  CE_TYPE_UNKNOWN: 'Send RefundRequested; check the topic',
  CE_TYPE_RESERVED: 'Wait for a later release',
  NOT_UTF8: 'Encode it as UTF-8',
  NOT_A_JSON_OBJECT: 'Send one object',
  NESTED_TOO_DEEPLY: 'Flatten it',
  UNSTORABLE_TEXT: 'Clean the text',
  REFUND_ID_UNREADABLE: 'Correct it',
  PAYMENT_ID_UNREADABLE: 'Correct it',
  CONFLICTING_DUPLICATE: 'Use a new refundId for a new refund; find out who reused it',
  STORE_REFUSED: 'A defect of ours: report it with the original',
};

/** Codes of a newer release have no advice here. */
export function remedyOf(code: string): string {
  return (
    (REMEDIES as Readonly<Record<string, string | undefined>>)[code] ??
    'See docs/ERRORS.md of the release that kept it'
  );
}
