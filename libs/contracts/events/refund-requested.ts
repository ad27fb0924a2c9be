import { IsIn, IsObject, IsOptional, Matches } from 'class-validator';
import { ID, LIMITS, PROVIDERS } from '../rules.ts';
import { Describe } from './describe.ts';
import {
  FitsCurrency,
  HoldsNoCardNumber,
  IsAmount,
  IsListedCurrency,
  IsMetadata,
  IsMoreThanZero,
  TextUpTo,
} from './decorators.ts';

/** `RefundRequested` version 1: what an order service publishes. Unknown fields are ignored; null means absent. */
@Describe('Asks Refundry to give money of one payment back. Unknown fields are ignored; null means absent.')
export class RefundRequested {
  @Describe("The caller's idempotency key: one refund per refundId, for ever.")
  @Matches(ID)
  refundId!: string;

  @Describe('The provider that took the money.')
  @IsIn(PROVIDERS)
  provider!: string;

  @Describe("The configured account; the provider's default account when absent.")
  @IsOptional()
  @TextUpTo(LIMITS.nameCharactersMax)
  @HoldsNoCardNumber()
  account?: string | null;

  @Describe("The provider's payment: Razorpay payment id, Braintree transaction id, RoboKassa invoice id.")
  @Matches(ID)
  paymentId!: string;

  @Describe(
    'Major units as a decimal string, more than zero, never a JSON number; everything that is left when absent.',
  )
  @IsOptional()
  @IsAmount()
  @IsMoreThanZero()
  @FitsCurrency()
  amount?: string | null;

  @Describe('ISO 4217 code of the currency of the payment.')
  @IsListedCurrency()
  currency!: string;

  @Describe('Why, as free text; comes back on every event.')
  @IsOptional()
  @TextUpTo(LIMITS.textCharactersMax)
  @HoldsNoCardNumber()
  reason?: string | null;

  @Describe('Who asked, as free text; comes back on every event.')
  @IsOptional()
  @TextUpTo(LIMITS.textCharactersMax)
  @HoldsNoCardNumber()
  requestedBy?: string | null;

  @Describe("The caller's order; comes back on every event.")
  @IsOptional()
  @TextUpTo(LIMITS.textCharactersMax)
  @HoldsNoCardNumber()
  orderId?: string | null;

  @Describe('What the caller believes is left of the payment; a mismatch is rejected.')
  @IsOptional()
  @IsAmount()
  @FitsCurrency()
  expectedRemaining?: string | null;

  @Describe("The caller's own pairs; they come back on every event.")
  @IsOptional()
  @IsMetadata()
  @HoldsNoCardNumber()
  metadata?: Readonly<Record<string, string>> | null;

  @Describe('Options of the provider.')
  @IsOptional()
  @IsObject()
  @HoldsNoCardNumber()
  providerOptions?: Readonly<Record<string, unknown>> | null;
}
