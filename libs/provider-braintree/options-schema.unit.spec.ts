import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import fc from 'fast-check';
import { attemptReference } from '#libs/provider-kit';
import { checkOptions } from './options.ts';

const published = JSON.parse(
  readFileSync(join(process.cwd(), 'contracts/provider-options/braintree.schema.json'), 'utf8'),
) as object;
const schemaAccepts = new Ajv({ allowUnionTypes: true }).compile(published);

const TEXTS = [
  '',
  'a',
  'x'.repeat(12),
  'x'.repeat(13),
  'x'.repeat(35),
  'x'.repeat(128),
  'x'.repeat(256),
  'a\nb',
];
const DECIMALS = ['0', '0.00', '1', '1.5', '1.55', '1.555', '1.55555', '-1', '01', '1e2', '12345678901'];
const OTHERS = [
  null,
  1,
  true,
  [],
  {},
  'credit',
  'debit',
  'UPC-A',
  'https://x.example/a',
  attemptReference('rf', 1),
];
const value = fc.constantFrom<unknown>(...TEXTS, ...DECIMALS, ...OTHERS);
/** Mostly a value that fits, or nearly all requests would be refused for one reason or another. */
const mostly = (fitting: unknown) =>
  fc.oneof({ weight: 9, arbitrary: fc.constant(fitting) }, { weight: 1, arbitrary: value });

const lineItem = fc.record(
  {
    name: mostly('Pen'),
    kind: mostly('credit'),
    quantity: mostly('0.0001'),
    unitAmount: mostly('2.5555'),
    totalAmount: mostly('2.55'),
    unitTaxAmount: mostly('0.01'),
    taxAmount: mostly('0'),
    discountAmount: mostly('0.00'),
    unitOfMeasure: mostly('kg'),
    productCode: mostly(null),
    commodityCode: mostly('x'),
    description: mostly('A pen'),
    url: mostly('https://x.example/pen'),
  },
  { requiredKeys: ['name', 'kind', 'quantity', 'unitAmount', 'totalAmount'] },
);

const options = fc.oneof(
  { weight: 4, arbitrary: fc.record({ lineItems: fc.array(lineItem, { maxLength: 1 }) }) },
  {
    weight: 4,
    arbitrary: fc.record(
      {
        orderId: mostly('o-1'),
        merchantAccountId: mostly('eur'),
        surchargeAmount: mostly('0.50'),
        lineItems: mostly(null),
      },
      { requiredKeys: [] },
    ),
  },
  { weight: 1, arbitrary: fc.dictionary(fc.constantFrom('credit', 'orderid', 'amount'), value) },
);

describe("the published schema of Braintree's options", () => {
  it('accepts what the class accepts, and refuses what it refuses', () => {
    const verdicts = new Map<boolean, number>();
    fc.assert(
      fc.property(options, (given) => {
        const accepts = checkOptions(given).length === 0;
        verdicts.set(accepts, (verdicts.get(accepts) ?? 0) + 1);
        expect([given, schemaAccepts(given)]).toEqual([given, accepts]);
      }),
      { numRuns: 2000 },
    );
    // A property over one kind alone would prove nothing.
    expect(Math.min(verdicts.get(true) ?? 0, verdicts.get(false) ?? 0)).toBeGreaterThan(100);
  });

  it('leaves one rule to the class: that a UPC code and its type come together', () => {
    const item = { name: 'Pen', kind: 'credit', quantity: '1', unitAmount: '1', totalAmount: '1' };
    const given = { lineItems: [{ ...item, upcCode: '036000291452' }] };
    expect([schemaAccepts(given), checkOptions(given).length]).toEqual([true, 1]);
  });
});
