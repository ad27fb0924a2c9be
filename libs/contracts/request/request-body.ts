import { holdsCardNumber, mayHoldCardNumber } from '../card-number.ts';
import { AMOUNT } from '#libs/refund';
import type { JsonObject } from './json-text.ts';

/** The known fields of a request, in the order of the canonical form. Anything else is ignored. */
export const FIELDS = [
  'account',
  'amount',
  'currency',
  'expectedRemaining',
  'metadata',
  'orderId',
  'paymentId',
  'provider',
  'providerOptions',
  'reason',
  'refundId',
  'requestedBy',
] as const;

export type Field = (typeof FIELDS)[number];

/** A request as it was parsed: any field may be of any type. */
export type RequestBody = Readonly<Partial<Record<Field, unknown>>>;

const KNOWN: ReadonlySet<string> = new Set(FIELDS);
const NONE: ReadonlySet<Field> = new Set();

/** Where card numbers stand: in which known fields, and if anywhere at all. */
export interface CardNumbers {
  readonly fields: ReadonlySet<Field>;
  readonly anywhere: boolean;
}

/**
 * Looks for card numbers in everything that is text. refundId and paymentId are not: they are identifiers of other systems, sixteen-digit numbers
 * are common among them, one in ten passes Luhn, and they are the key of every message before we ever see it. Nor are well-formed amounts.
 */
export function findCardNumbers(object: JsonObject, text: string): CardNumbers {
  if (!mayHoldCardNumber(text)) return { fields: NONE, anywhere: false };
  const body = object as RequestBody;
  const fields = new Set(
    FIELDS.filter((field) => isText(field, body[field]) && holdsCardNumber(body[field])),
  );
  const unknown = Object.entries(object).some(
    ([key, value]) => !KNOWN.has(key) && (holdsCardNumber(key) || holdsCardNumber(value)),
  );
  return { fields, anywhere: fields.size > 0 || unknown };
}

function isText(field: Field, value: unknown): boolean {
  if (field === 'refundId' || field === 'paymentId') return false;
  if (field === 'amount' || field === 'expectedRemaining')
    return !(typeof value === 'string' && AMOUNT.test(value));
  return true;
}
