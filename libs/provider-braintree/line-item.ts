import {
  IsIn,
  IsOptional,
  Length,
  Matches,
  MaxLength,
  Validate,
  ValidatorConstraint,
  type ValidationArguments,
  type ValidatorConstraintInterface,
} from 'class-validator';

/** The most line items that Braintree takes. */
export const LINE_ITEMS_MAX = 249;

const UPC_TYPES = ['UPC-A', 'UPC-B', 'UPC-C', 'UPC-D', 'UPC-E', 'UPC-2', 'UPC-5'] as const;

const PLAIN = /^[^\p{Cc}]*$/u;
const PLAIN_RULE = { message: '$property must not contain control characters' };

/** A decimal text with at most so many decimals, as the wire form of amounts; `positive` also excludes zero. */
function decimalPattern(decimalsMax: number, sign: 'positive' | 'zeroToo'): RegExp {
  const nonZero = sign === 'positive' ? String.raw`(?!0*(?:\.0*)?$)` : '';
  return new RegExp(String.raw`^${nonZero}(0|[1-9]\d{0,9})(\.\d{1,${String(decimalsMax)}})?$`);
}

const UP_TO_4_POSITIVE = decimalPattern(4, 'positive');
const UP_TO_2_POSITIVE = decimalPattern(2, 'positive');
const UP_TO_2 = decimalPattern(2, 'zeroToo');

const POSITIVE_4 = { message: '$property must be a decimal text above zero with at most 4 decimals' };
const POSITIVE_2 = { message: '$property must be a decimal text above zero with at most 2 decimals' };
const NOT_NEGATIVE_2 = { message: '$property must be a decimal text, not negative, with at most 2 decimals' };

@ValidatorConstraint({ name: 'upcPair' })
class UpcPairConstraint implements ValidatorConstraintInterface {
  validate(_type: unknown, { object }: ValidationArguments): boolean {
    const { upcCode, upcType } = object as LineItem;
    return (typeof upcCode === 'string') === (typeof upcType === 'string');
  }

  defaultMessage(): string {
    return 'upcCode and upcType must be given together';
  }
}

/** One line of the items that are given back. Braintree takes them for Custom Actions transactions only. */
export class LineItem {
  @Length(1, 35)
  @Matches(PLAIN, PLAIN_RULE)
  name!: string;

  /** `credit`: given back to the customer. */
  @IsIn(['debit', 'credit'])
  kind!: 'debit' | 'credit';

  @Matches(UP_TO_4_POSITIVE, POSITIVE_4)
  quantity!: string;

  /** Price of one unit. */
  @Matches(UP_TO_4_POSITIVE, POSITIVE_4)
  unitAmount!: string;

  /** Quantity times price. */
  @Matches(UP_TO_2_POSITIVE, POSITIVE_2)
  totalAmount!: string;

  @IsOptional()
  @Matches(UP_TO_2_POSITIVE, POSITIVE_2)
  unitTaxAmount?: string;

  @IsOptional()
  @Matches(UP_TO_2, NOT_NEGATIVE_2)
  taxAmount?: string;

  @IsOptional()
  @Matches(UP_TO_2, NOT_NEGATIVE_2)
  discountAmount?: string;

  @IsOptional()
  @Length(1, 12)
  @Matches(PLAIN, PLAIN_RULE)
  unitOfMeasure?: string;

  @IsOptional()
  @Length(1, 12)
  @Matches(PLAIN, PLAIN_RULE)
  productCode?: string;

  @IsOptional()
  @Length(1, 12)
  @Matches(PLAIN, PLAIN_RULE)
  commodityCode?: string;

  @IsOptional()
  @Length(1, 127)
  @Matches(PLAIN, PLAIN_RULE)
  description?: string;

  @IsOptional()
  @Length(1, 17)
  @Matches(PLAIN, PLAIN_RULE)
  @Validate(UpcPairConstraint)
  upcCode?: string;

  @IsOptional()
  @IsIn(UPC_TYPES)
  @Validate(UpcPairConstraint)
  upcType?: (typeof UPC_TYPES)[number];

  /** Where the product is described. No length is documented; 255 is what Braintree's other texts take. */
  @IsOptional()
  @MaxLength(255)
  @Matches(/^https?:\/\/[\x21-\x7e]+$/, { message: 'url must be an http(s) address' })
  url?: string;
}

const WIRE_NAMES = {
  name: 'name',
  kind: 'kind',
  quantity: 'quantity',
  unitAmount: 'unit_amount',
  totalAmount: 'total_amount',
  unitTaxAmount: 'unit_tax_amount',
  taxAmount: 'tax_amount',
  discountAmount: 'discount_amount',
  unitOfMeasure: 'unit_of_measure',
  productCode: 'product_code',
  commodityCode: 'commodity_code',
  description: 'description',
  upcCode: 'upc_code',
  upcType: 'upc_type',
  url: 'url',
} as const satisfies Readonly<Record<keyof LineItem, string>>;

/** The item by Braintree's names, always in the same order: the same request must give the same bytes. */
export function lineItemOnWire(item: LineItem): Readonly<Record<string, string>> {
  const names = Object.keys(WIRE_NAMES) as (keyof LineItem)[];
  return Object.fromEntries(
    names.flatMap((name) => (typeof item[name] === 'string' ? [[WIRE_NAMES[name], item[name]]] : [])),
  );
}
