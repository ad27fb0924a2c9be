import {
  IsIn,
  IsOptional,
  Length,
  Matches,
  Validate,
  ValidatorConstraint,
  type ValidatorConstraintInterface,
} from 'class-validator';
import { checkOptionsBy, looksLikeReference, type OptionFault } from '#libs/provider-kit';

/** Razorpay takes 15 pairs; one of them is our refundId, and where the caller chose the receipt, another is our reference. */
export const NOTES_MAX = 15;

/** Documented are 256 characters each, and in a newer error text 255 for the key and 512 for the value; these fit both. */
const NOTE_KEY_LENGTH_MAX = 255;
const NOTE_VALUE_LENGTH_MAX = 256;

/** Keys of ours among the notes; a caller cannot set them. */
export const NOTE_REFUND_ID = 'refundry_id';
export const NOTE_REFERENCE = 'refundry_reference';

/** Whether each pair is one that a caller may write and that Razorpay takes. */
export function areNotes(notes: unknown): notes is Readonly<Record<string, string>> {
  if (typeof notes !== 'object' || notes === null || Array.isArray(notes)) return false;
  return Object.entries(notes).every(
    ([key, value]) =>
      key !== '' &&
      key.length <= NOTE_KEY_LENGTH_MAX &&
      !isOwnNote(key) &&
      typeof value === 'string' &&
      value.length <= NOTE_VALUE_LENGTH_MAX,
  );
}

export const NOTES_RULE =
  'an object of texts: keys of 1 to 255 characters that do not begin with refundry_, values of at most 256';

/** Notes of ours, by which a look-up finds the refund. */
export function isOwnNote(key: string): boolean {
  return key.startsWith('refundry_');
}

@ValidatorConstraint({ name: 'notes' })
class NotesConstraint implements ValidatorConstraintInterface {
  validate(notes: unknown): boolean {
    return areNotes(notes);
  }

  defaultMessage(): string {
    return `notes must be ${NOTES_RULE}`;
  }
}

@ValidatorConstraint({ name: 'foreignReceipt' })
class ForeignReceiptConstraint implements ValidatorConstraintInterface {
  validate(receipt: unknown): boolean {
    return typeof receipt !== 'string' || !looksLikeReference(receipt);
  }

  defaultMessage(): string {
    return 'receipt must not have the form of our own references';
  }
}

/** What a caller may put into `providerOptions` of a Razorpay refund. */
export class RazorpayOptions {
  /** `optimum` is an instant refund where the bank can do it. Absent: what the Razorpay dashboard says. */
  @IsOptional()
  @IsIn(['normal', 'optimum'])
  speed?: 'normal' | 'optimum';

  /** Shown in the dashboard, unique per payment. Absent: our own reference. 40 characters are documented for orders. */
  @IsOptional()
  @Length(1, 40)
  @Matches(/^[^\p{Cc}]*$/u, { message: 'receipt must not contain control characters' })
  @Validate(ForeignReceiptConstraint)
  receipt?: string;

  @IsOptional()
  @Validate(NotesConstraint)
  notes?: Record<string, string>;
}

/** Pure check of the caller's options; an empty list accepts. */
export function checkOptions(options: Readonly<Record<string, unknown>>): readonly OptionFault[] {
  const faults = checkOptionsBy(RazorpayOptions, options);
  if (faults.length > 0) return faults;
  const { notes, receipt } = options as RazorpayOptions;
  const pairsMax = NOTES_MAX - (receipt === undefined ? 1 : 2);
  if (Object.keys(notes ?? {}).length <= pairsMax) return [];
  const message = `notes may have ${String(pairsMax)} pairs here: Razorpay takes ${String(NOTES_MAX)}, the rest are ours`;
  return [{ code: 'OPTIONS_INVALID', field: 'notes', message }];
}

const PAYMENT_ID = /^pay_[A-Za-z0-9]{1,60}$/;

/** Pure check of the form of a payment's id; an empty list accepts. */
export function checkPaymentId(paymentId: string): readonly OptionFault[] {
  if (PAYMENT_ID.test(paymentId)) return [];
  return [
    {
      code: 'PAYMENT_ID_INVALID',
      field: 'paymentId',
      message: 'a Razorpay payment id is pay_ and letters and digits',
    },
  ];
}
