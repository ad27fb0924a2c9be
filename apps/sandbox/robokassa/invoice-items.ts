import { asFields, NumberLiteral } from './exact-json.ts';

const ITEMS_MAX = 100;
const NAME_CHARACTERS_MAX = 128;

const quantityText = /^(?:0|[1-9]\d{0,4})(?:\.\d{1,3})?$/;
const costText = /^(?:0|[1-9]\d{0,7})(?:\.\d{1,2})?$/;

const words = (text: string): ReadonlySet<unknown> => new Set(text.trim().split(/\s+/));

/** Russian rates, those of 2026 included, and `vat12` of shops in Kazakhstan. */
const taxes = words('none vat0 vat10 vat110 vat20 vat120 vat5 vat7 vat105 vat107 vat22 vat122 vat12');
const paymentMethods = words(
  'full_prepayment prepayment advance full_payment partial_payment credit credit_payment',
);
const paymentObjects = words(`
  commodity excise job service gambling_bet gambling_prize lottery lottery_prize intellectual_activity payment agent_commission
  composite resort_fee another property_right non-operating_gain insurance_premium sales_tax tovar_mark
`);

const isPositiveIn = (pattern: RegExp, value: unknown): boolean =>
  value instanceof NumberLiteral && pattern.test(value.text) && /[1-9]/.test(value.text);

const rules: ReadonlyMap<string, (value: unknown) => boolean> = new Map([
  [
    'Name',
    (value: unknown) =>
      typeof value === 'string' && value.trim() !== '' && value.length <= NAME_CHARACTERS_MAX,
  ],
  ['Quantity', (value) => isPositiveIn(quantityText, value)],
  ['Cost', (value) => isPositiveIn(costText, value)],
  ['Tax', (value) => taxes.has(value)],
  ['PaymentMethod', (value) => paymentMethods.has(value)],
  ['PaymentObject', (value) => paymentObjects.has(value)],
]);
const required = ['Name', 'Quantity', 'Cost', 'Tax'];

/** True for lines that a fiscal receipt could be made of. Whether they add up to the refund is not looked at. */
export function areInvoiceItems(value: unknown): boolean {
  return Array.isArray(value) && value.length > 0 && value.length <= ITEMS_MAX && value.every(isInvoiceItem);
}

function isInvoiceItem(value: unknown): boolean {
  const item = asFields(value);
  return (
    item !== undefined &&
    required.every((name) => Object.hasOwn(item, name)) &&
    Object.entries(item).every(([name, member]) => rules.get(name)?.(member) === true)
  );
}
