import { isFields, scalarText, textOfField, type Fields } from './request-body.ts';
import { invalid, type ValidationError } from './validation-errors.ts';

export type LineItem = Readonly<Record<string, string>>;

const LINE_ITEMS_MAX = 249;
const upcTypes = ['UPC-A', 'UPC-B', 'UPC-C', 'UPC-D', 'UPC-E', 'UPC-2', 'UPC-5'];

interface DecimalRule {
  readonly decimalsMax: number;
  readonly required?: string;
  readonly malformed: string;
  readonly tooLarge: string;
  /** Broken by anything below 0, and by 0 itself where `zeroIsAllowed` is false. */
  readonly tooSmall: string;
  readonly zeroIsAllowed: boolean;
}

interface LengthRule {
  readonly max: number;
  readonly tooLong: string;
}

const decimalRules: Readonly<Record<string, DecimalRule>> = {
  quantity: {
    decimalsMax: 4,
    required: '95811',
    malformed: '95810',
    tooLarge: '95812',
    tooSmall: '95810',
    zeroIsAllowed: false,
  },
  unit_amount: {
    decimalsMax: 4,
    required: '95818',
    malformed: '95817',
    tooLarge: '95819',
    tooSmall: '95820',
    zeroIsAllowed: false,
  },
  total_amount: {
    decimalsMax: 2,
    required: '95814',
    malformed: '95813',
    tooLarge: '95815',
    tooSmall: '95816',
    zeroIsAllowed: false,
  },
  discount_amount: {
    decimalsMax: 2,
    malformed: '95804',
    tooLarge: '95805',
    tooSmall: '95806',
    zeroIsAllowed: true,
  },
  tax_amount: {
    decimalsMax: 2,
    malformed: '95827',
    tooLarge: '95828',
    tooSmall: '95829',
    zeroIsAllowed: true,
  },
  unit_tax_amount: {
    decimalsMax: 2,
    malformed: '95824',
    tooLarge: '95825',
    tooSmall: '95826',
    zeroIsAllowed: false,
  },
};

const lengthRules: Readonly<Record<string, LengthRule>> = {
  commodity_code: { max: 12, tooLong: '95801' },
  description: { max: 127, tooLong: '95803' },
  name: { max: 35, tooLong: '95823' },
  product_code: { max: 12, tooLong: '95809' },
  unit_of_measure: { max: 12, tooLong: '95821' },
  upc_code: { max: 17, tooLong: '95831' },
};

const names = new Set([
  ...Object.keys(decimalRules),
  ...Object.keys(lengthRules),
  'kind',
  'upc_type',
  'url',
  'image_url',
  'item_type',
]);

export type LineItemsReading =
  | { readonly kind: 'items'; readonly items: readonly LineItem[] }
  | { readonly kind: 'refused'; readonly errors: readonly ValidationError[] };

/** True when a line item carries a parameter nobody knows; the whole request is then 403. */
export function hasUnknownLineItemField(fields: Fields): boolean {
  const items = fields['line_items'];
  return (
    Array.isArray(items) &&
    items.some((item) => isFields(item) && Object.keys(item).some((name) => !names.has(name)))
  );
}

/** Absent, null and an empty list are no line items. */
export function readLineItems(fields: Fields): LineItemsReading {
  const value = fields['line_items'] ?? [];
  if (!Array.isArray(value) || !value.every(isFields)) {
    return { kind: 'refused', errors: [invalid.lineItemsExpected] };
  }
  if (value.length > LINE_ITEMS_MAX) {
    return { kind: 'refused', errors: [invalid.tooManyLineItems] };
  }
  const errors = value.flatMap((item, index) =>
    problemsOf(item).map((problem) => ({ ...problem, path: ['line-items', `index-${index}`] })),
  );
  return errors.length > 0 ? { kind: 'refused', errors } : { kind: 'items', items: value.map(asText) };
}

function problemsOf(item: Fields): ValidationError[] {
  const problems: ValidationError[] = [];
  const report = (code: string, attribute: string, message: string): void => {
    problems.push({ code, attribute, message });
  };
  const kind = textOfField(item, 'kind');
  if (kind === undefined) {
    report('95808', 'kind', 'Kind is required.');
  } else if (kind !== 'credit' && kind !== 'debit') {
    report('95807', 'kind', 'Kind must be debit or credit.');
  }
  if ((textOfField(item, 'name') ?? '') === '') {
    report('95822', 'name', 'Name is required.');
  }
  for (const [name, { max, tooLong }] of Object.entries(lengthRules)) {
    if ((textOfField(item, name) ?? '').length > max) {
      report(tooLong, name, `${name} has more than ${max} characters.`);
    }
  }
  for (const [name, rule] of Object.entries(decimalRules)) {
    const code = decimalProblem(textOfField(item, name), rule);
    if (code !== undefined) {
      report(code, name, `${name} is missing, malformed or out of range.`);
    }
  }
  reportUpc(item, report);
  return problems;
}

function reportUpc(item: Fields, report: (code: string, attribute: string, message: string) => void): void {
  const code = textOfField(item, 'upc_code');
  const type = textOfField(item, 'upc_type');
  if (code === undefined && type !== undefined) {
    report('95830', 'upc_code', 'UPC code is missing.');
  }
  if (type === undefined && code !== undefined) {
    report('95832', 'upc_type', 'UPC type is missing.');
  }
  if (type !== undefined && !upcTypes.includes(type)) {
    report('95833', 'upc_type', `UPC type must be one of ${upcTypes.join(', ')}.`);
  }
}

function decimalProblem(text: string | undefined, rule: DecimalRule): string | undefined {
  if (text === undefined || text === '') {
    return rule.required;
  }
  const match = /^(-?)(\d+)(?:\.(\d+))?$/.exec(text);
  const [sign = '', whole = '', fraction = ''] = match?.slice(1) ?? [];
  if (match === null || fraction.length > rule.decimalsMax) {
    return rule.malformed;
  }
  const isZero = /^0*$/.test(whole + fraction);
  if ((sign !== '' && !isZero) || (isZero && !rule.zeroIsAllowed)) {
    return rule.tooSmall;
  }
  return whole.length > 10 ? rule.tooLarge : undefined;
}

function asText(item: Fields): LineItem {
  return Object.fromEntries(
    Object.entries(item).flatMap(([name, value]): [string, string][] => {
      const text = scalarText(value);
      return text === undefined ? [] : [[name, text]];
    }),
  );
}
