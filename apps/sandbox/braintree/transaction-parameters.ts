import { readAmount } from './currencies.ts';
import { textOfField, type Fields } from './request-body.ts';
import { invalid, type ValidationError } from './validation-errors.ts';

const ORDER_ID_CHARACTERS_MAX = 255;
/** Where it becomes PayPal's invoice number. */
const PAYPAL_ORDER_ID_CHARACTERS_MAX = 127;

export type AmountField =
  | { readonly kind: 'amount'; readonly minorUnits: number }
  | { readonly kind: 'absent' }
  | { readonly kind: 'refused'; readonly error: ValidationError };

/** Null counts as absent; an empty text is an amount that is missing. */
export function readAmountField(fields: Fields, currency: string): AmountField {
  const value = fields['amount'] ?? undefined;
  if (value === undefined) {
    return { kind: 'absent' };
  }
  if (value === '') {
    return { kind: 'refused', error: invalid.amountMissing };
  }
  const reading = readAmount(value, currency);
  switch (reading.kind) {
    case 'amount':
      return reading;
    case 'negative':
      return { kind: 'refused', error: invalid.amountNegative };
    case 'zero':
      return { kind: 'refused', error: invalid.amountZero };
    case 'too-large':
      return { kind: 'refused', error: invalid.amountTooLarge };
    case 'malformed':
      return { kind: 'refused', error: invalid.amountMalformed };
  }
}

export function orderIdProblems(fields: Fields, isPayPal: boolean): readonly ValidationError[] {
  const max = isPayPal ? PAYPAL_ORDER_ID_CHARACTERS_MAX : ORDER_ID_CHARACTERS_MAX;
  return (textOfField(fields, 'order_id') ?? '').length > max ? [invalid.orderIdTooLong] : [];
}

/** Null without one. A surcharge is shown and changes no sum. */
export function readSurcharge(
  fields: Fields,
  currency: string,
): { readonly minorUnits: number | null; readonly problems: readonly ValidationError[] } {
  const value = fields['surcharge_amount'] ?? undefined;
  if (value === undefined) {
    return { minorUnits: null, problems: [] };
  }
  const reading = readAmount(value, currency);
  if (reading.kind === 'amount') {
    return { minorUnits: reading.minorUnits, problems: [] };
  }
  const attribute = 'surcharge_amount';
  return reading.kind === 'zero'
    ? { minorUnits: 0, problems: [] }
    : { minorUnits: null, problems: [{ ...invalid.amountMalformed, attribute }] };
}
