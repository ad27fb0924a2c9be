import { IsOptional, Length, Matches } from 'class-validator';
import { checkOptionsBy, type OptionFault } from '#libs/provider-kit';

/** What a caller may put into `providerOptions` of such a refund. */
export class AcmeOptions {
  /** Shown to the customer. */
  @IsOptional()
  @Length(1, 100)
  @Matches(/^[^\p{Cc}]*$/u, { message: 'description must not contain control characters' })
  description?: string;
}

/** Pure check of the caller's options; an empty list accepts. */
export function checkOptions(options: Readonly<Record<string, unknown>>): readonly OptionFault[] {
  return checkOptionsBy(AcmeOptions, options);
}

const PAYMENT_ID = /^pay_[A-Za-z0-9]{1,60}$/;

/** Pure check of the form of a payment's id; an empty list accepts. */
export function checkPaymentId(paymentId: string): readonly OptionFault[] {
  if (PAYMENT_ID.test(paymentId)) return [];
  const message = 'a payment id of this provider is pay_ and letters and digits';
  return [{ code: 'PAYMENT_ID_INVALID', field: 'paymentId', message }];
}
