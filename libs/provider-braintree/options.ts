import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  IsArray,
  IsOptional,
  Length,
  Matches,
  Validate,
  ValidateNested,
  ValidatorConstraint,
  type ValidatorConstraintInterface,
} from 'class-validator';
import { checkOptionsBy, looksLikeReference, type OptionFault } from '#libs/provider-kit';
import { LINE_ITEMS_MAX, LineItem } from './line-item.ts';
import { TRANSACTION_ID } from './transaction.ts';

@ValidatorConstraint({ name: 'foreignOrderId' })
class ForeignOrderIdConstraint implements ValidatorConstraintInterface {
  validate(orderId: unknown): boolean {
    return typeof orderId !== 'string' || !looksLikeReference(orderId);
  }

  defaultMessage(): string {
    return 'orderId must not have the form of our own references';
  }
}

/** What a caller may put into `providerOptions` of a Braintree refund. A payment that is not settled is voided, and a void takes none of it. */
export class BraintreeOptions {
  /**
   * The refund's order id. Absent: our own reference, by which a lost answer is found again for certain. At PayPal it is the invoice number: at most
   * 127 characters, unique in the merchant's PayPal account; Braintree refuses a longer one.
   */
  @IsOptional()
  @Length(1, 255)
  @Matches(/^[^\p{Cc}]*$/u, { message: 'orderId must not contain control characters' })
  @Validate(ForeignOrderIdConstraint)
  orderId?: string;

  /** Of the payment's currency. Absent: the payment's own. */
  @IsOptional()
  @Matches(/^[A-Za-z0-9_-]{1,64}$/, { message: 'merchantAccountId must be 1 to 64 letters, digits, _ or -' })
  merchantAccountId?: string;

  /** Only for Custom Actions transactions. */
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(LINE_ITEMS_MAX)
  @ValidateNested({ each: true })
  @Type(() => LineItem)
  lineItems?: LineItem[];

  /** The part of the amount that is a surcharge. */
  @IsOptional()
  @Matches(/^(0|[1-9]\d{0,9})(\.\d{1,2})?$/, {
    message: 'surchargeAmount must be a decimal text, not negative, with at most 2 decimals',
  })
  surchargeAmount?: string;
}

/** Pure check of the caller's options; an empty list accepts. */
export function checkOptions(options: Readonly<Record<string, unknown>>): readonly OptionFault[] {
  if (Object.hasOwn(options, 'credit')) {
    const message =
      'a credit that gives back no payment is not made here: whoever has the keys could pay any card with it';
    return [{ code: 'CREDIT_NOT_ALLOWED', field: 'credit', message }];
  }
  return checkOptionsBy(BraintreeOptions, options);
}

/** Pure check of the form of a payment's id; an empty list accepts. */
export function checkPaymentId(paymentId: string): readonly OptionFault[] {
  if (TRANSACTION_ID.test(paymentId)) return [];
  return [
    {
      code: 'PAYMENT_ID_INVALID',
      field: 'paymentId',
      message: 'a Braintree transaction id is 1 to 64 letters, digits, _ or -',
    },
  ];
}
