// The class of items is nested: its type is read from the class of options.
import 'reflect-metadata';
import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayMinSize,
  IsIn,
  IsOptional,
  Length,
  Matches,
  ValidateNested,
} from 'class-validator';
import { checkOptionsBy, type OptionFault } from '#libs/provider-kit';

/** Loose on purpose: only one form was ever seen, a GUID, a dash and ten letters or digits. */
export const OP_KEY = /^[A-Za-z0-9-]{16,160}$/;

const ITEMS_MAX = 100;
const NAME_LENGTH_MAX = 128;

/** 0.001 to 99999.999, and 0.01 to 99999999.99: as text, because a JSON number may have lost digits before it gets here. */
const QUANTITY = /^(?=.*[1-9])(0|[1-9]\d{0,4})(\.\d{1,3})?$/;
const COST = /^(?=.*[1-9])(0|[1-9]\d{0,7})(\.\d{1,2})?$/;

/** Rates of Russian shops, those of 2026 included, and of shops in Kazakhstan (`vat12`). */
const TAXES = [
  'none',
  'vat0',
  'vat5',
  'vat7',
  'vat10',
  'vat12',
  'vat20',
  'vat22',
  'vat105',
  'vat107',
  'vat110',
  'vat120',
  'vat122',
] as const;

const PAYMENT_METHODS = [
  'full_prepayment',
  'prepayment',
  'advance',
  'full_payment',
  'partial_payment',
  'credit',
  'credit_payment',
] as const;

const PAYMENT_OBJECTS = [
  'commodity',
  'excise',
  'job',
  'service',
  'gambling_bet',
  'gambling_prize',
  'lottery',
  'lottery_prize',
  'intellectual_activity',
  'payment',
  'agent_commission',
  'composite',
  'resort_fee',
  'another',
  'property_right',
  'non-operating_gain',
  'insurance_premium',
  'sales_tax',
  'tovar_mark',
] as const;

/** One line of the fiscal receipt for what is given back. */
export class RobokassaInvoiceItem {
  @Length(1, NAME_LENGTH_MAX)
  @Matches(/^[^\p{Cc}]*\S[^\p{Cc}]*$/u, { message: 'name must be a text without control characters' })
  name!: string;

  @Matches(QUANTITY, { message: 'quantity must be a decimal in a string, 0.001 to 99999.999' })
  quantity!: string;

  /** For one unit, not for the line. */
  @Matches(COST, { message: 'cost must be a decimal in a string, 0.01 to 99999999.99' })
  cost!: string;

  @IsIn(TAXES)
  tax!: (typeof TAXES)[number];

  @IsOptional()
  @IsIn(PAYMENT_METHODS)
  paymentMethod?: (typeof PAYMENT_METHODS)[number];

  @IsOptional()
  @IsIn(PAYMENT_OBJECTS)
  paymentObject?: (typeof PAYMENT_OBJECTS)[number];
}

/** What a caller may put into `providerOptions` of a RoboKassa refund. */
export class RobokassaOptions {
  /** The operation's key, where the caller knows it (from ResultURL2). Absent: RoboKassa is asked for it. */
  @IsOptional()
  @Matches(OP_KEY, { message: 'opKey must be 16 to 160 letters, digits and dashes' })
  opKey?: string;

  /** Where a fiscal receipt is due. Together the lines must be exactly the amount that is given back. */
  @IsOptional()
  @ArrayMinSize(1)
  @ArrayMaxSize(ITEMS_MAX)
  @ValidateNested({ each: true })
  @Type(() => RobokassaInvoiceItem)
  invoiceItems?: readonly RobokassaInvoiceItem[];
}

/** Pure check of the caller's options; an empty list accepts. */
export function checkOptions(options: Readonly<Record<string, unknown>>): readonly OptionFault[] {
  return checkOptionsBy(RobokassaOptions, options);
}

const INVOICE_ID = /^[1-9]\d{0,9}$/;
const INVOICE_ID_MAX = 2_147_483_647;

/**
 * Pure check of the form of an invoice's id; an empty list accepts. `01` is refused: it would be a payment of its own in our books and the invoice 1 at
 * RoboKassa, and together they could give back more than was paid.
 */
export function checkPaymentId(paymentId: string): readonly OptionFault[] {
  if (INVOICE_ID.test(paymentId) && Number(paymentId) <= INVOICE_ID_MAX) return [];
  const message = `a RoboKassa payment is its invoice id: a whole number from 1 to ${String(INVOICE_ID_MAX)}`;
  return [{ code: 'PAYMENT_ID_INVALID', field: 'paymentId', message }];
}
