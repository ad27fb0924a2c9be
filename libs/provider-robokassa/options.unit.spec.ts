import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { checkOptions, checkPaymentId } from './options.ts';

const contract = join(process.cwd(), 'contracts/provider-options/robokassa.schema.json');
/** What the published contract says of the same options. */
const isByContract = new Ajv({ strict: true }).compile(JSON.parse(readFileSync(contract, 'utf8')) as object);

const OP_KEY = '0005F891-0C5E-4A3C-8E5D-0123456DBF37-0VOisWikFF';
const item = { name: 'Tea', quantity: '1', cost: '50.00', tax: 'vat20' };
const many = (count: number): object[] => Array.from({ length: count }, () => item);

describe("a caller's options", () => {
  it.each<[Record<string, unknown>]>([
    [{}],
    [{ opKey: OP_KEY }],
    [{ invoiceItems: [item] }],
    [{ opKey: OP_KEY, invoiceItems: many(100) }],
    [{ invoiceItems: [{ ...item, name: 'Чай', quantity: '0.001', cost: '0.01', tax: 'vat122' }] }],
    [{ invoiceItems: [{ ...item, quantity: '99999.999', cost: '99999999.99', tax: 'vat12' }] }],
    [
      {
        invoiceItems: [
          { ...item, paymentMethod: 'full_prepayment', paymentObject: 'non-operating_gain', tax: 'vat22' },
        ],
      },
    ],
  ])('are accepted: %#', (options) => {
    expect(checkOptions(options)).toEqual([]);
    expect(isByContract(options)).toBe(true);
  });

  it.each<[string, Record<string, unknown>]>([
    ['opKey', { opKey: 'short' }],
    ['opKey', { opKey: `${OP_KEY}"` }],
    ['opKey', { opKey: 'x'.repeat(161) }],
    ['opKey', { opKey: 5 }],
    ['invoiceItems', { invoiceItems: [] }],
    ['invoiceItems', { invoiceItems: many(101) }],
    ['invoiceItems', { invoiceItems: 'Tea' }],
    ['invoiceItems.0.name', { invoiceItems: [{ ...item, name: '' }] }],
    ['invoiceItems.0.name', { invoiceItems: [{ ...item, name: '   ' }] }],
    ['invoiceItems.0.name', { invoiceItems: [{ ...item, name: 'x'.repeat(129) }] }],
    ['invoiceItems.0.name', { invoiceItems: [{ ...item, name: 'line\nbreak' }] }],
    ['invoiceItems.0.quantity', { invoiceItems: [{ ...item, quantity: '0' }] }],
    ['invoiceItems.0.quantity', { invoiceItems: [{ ...item, quantity: '1.0001' }] }],
    ['invoiceItems.0.quantity', { invoiceItems: [{ ...item, quantity: '100000' }] }],
    ['invoiceItems.0.quantity', { invoiceItems: [{ ...item, quantity: 1 }] }],
    ['invoiceItems.0.cost', { invoiceItems: [{ ...item, cost: '0.00' }] }],
    ['invoiceItems.0.cost', { invoiceItems: [{ ...item, cost: '1.001' }] }],
    ['invoiceItems.0.cost', { invoiceItems: [{ ...item, cost: '1e2' }] }],
    ['invoiceItems.0.cost', { invoiceItems: [{ ...item, cost: '100000000' }] }],
    ['invoiceItems.0.cost', { invoiceItems: [{ ...item, cost: 50 }] }],
    ['invoiceItems.1.tax', { invoiceItems: [item, { ...item, tax: 'vat18' }] }],
    ['invoiceItems.0.paymentMethod', { invoiceItems: [{ ...item, paymentMethod: 'cash' }] }],
    ['invoiceItems.0.paymentObject', { invoiceItems: [{ ...item, paymentObject: 'tea' }] }],
    ['invoiceItems.0.colour', { invoiceItems: [{ ...item, colour: 'green' }] }],
    ['opkey', { opkey: OP_KEY }],
  ])('are refused for %s: %#', (field, options) => {
    const faults = checkOptions(options).map((fault) => `${fault.code} ${fault.field}`);
    expect(new Set(faults)).toEqual(new Set([`OPTIONS_INVALID ${field}`]));
    expect(isByContract(options)).toBe(false);
  });
});

describe("a payment's id", () => {
  it.each([
    ['1', 0],
    ['2147483647', 0],
    ['2147483648', 1],
    ['9999999999', 1],
    ['0', 1],
    ['01', 1],
    ['-1', 1],
    ['1.0', 1],
    ['1e3', 1],
    ['pay_1', 1],
    ['', 1],
  ])('%j has %i faults', (paymentId, faults) => {
    expect(checkPaymentId(paymentId)).toHaveLength(faults);
  });
});
