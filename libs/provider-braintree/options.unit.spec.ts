import { attemptReference } from '#libs/provider-kit';
import { checkOptions, checkPaymentId } from './options.ts';

const lineItem = { name: 'Pen', kind: 'credit', quantity: '1', unitAmount: '9.99', totalAmount: '9.99' };

function lines(count: number): readonly object[] {
  return Array.from({ length: count }, () => lineItem);
}

describe("a caller's options", () => {
  it.each([
    [{}],
    [{ orderId: 'x'.repeat(255), merchantAccountId: 'eur-account', surchargeAmount: '0' }],
    [{ lineItems: [] }],
    [{ lineItems: lines(249) }],
    [
      {
        lineItems: ['A', 'B', 'C', 'D', 'E', '2', '5'].map((type) => ({
          ...lineItem,
          upcCode: '036000291452',
          upcType: `UPC-${type}`,
        })),
      },
    ],
    [
      {
        lineItems: [
          {
            ...lineItem,
            name: 'n'.repeat(35),
            quantity: '0.0001',
            unitAmount: '1.2345',
            unitTaxAmount: '0.01',
            taxAmount: '0',
            discountAmount: '0.00',
            unitOfMeasure: 'u'.repeat(12),
            productCode: 'p'.repeat(12),
            commodityCode: 'c'.repeat(12),
            description: 'd'.repeat(127),
            upcCode: '1'.repeat(17),
            upcType: 'UPC-5',
            url: 'https://x.example/pen',
          },
        ],
      },
    ],
  ])('are accepted: %#', (options) => {
    expect(checkOptions(options)).toEqual([]);
  });

  it.each([
    ['orderId', { orderId: '' }],
    ['orderId', { orderId: 'x'.repeat(256) }],
    ['orderId', { orderId: 'a\nb' }],
    ['orderId', { orderId: 5 }],
    ['merchantAccountId', { merchantAccountId: 'a/b' }],
    ['surchargeAmount', { surchargeAmount: '1.234' }],
    ['surchargeAmount', { surchargeAmount: '-1' }],
    ['surchargeAmount', { surchargeAmount: 1 }],
    ['lineItems', { lineItems: lines(250) }],
    ['lineItems', { lineItems: lineItem }],
    ['amount', { amount: '5.00' }],
  ])('are refused for %s: %#', (field, options) => {
    const faults = checkOptions(options).map((fault) => `${fault.code} ${fault.field}`);
    expect(new Set(faults)).toEqual(new Set([`OPTIONS_INVALID ${field}`]));
  });

  it.each([
    ['name', ''],
    ['name', 'n'.repeat(36)],
    ['name', undefined],
    ['kind', 'refund'],
    ['quantity', '0'],
    ['quantity', '0.00'],
    ['quantity', '1.23456'],
    ['quantity', 1],
    ['unitAmount', '-1'],
    ['unitAmount', '1.23456'],
    ['totalAmount', '1.001'],
    ['totalAmount', undefined],
    ['unitTaxAmount', '0'],
    ['taxAmount', '0.001'],
    ['discountAmount', '-0.01'],
    ['unitOfMeasure', 'u'.repeat(13)],
    ['productCode', 'p'.repeat(13)],
    ['commodityCode', 'c'.repeat(13)],
    ['description', 'd'.repeat(128)],
    ['url', 'javascript:alert(1)'],
    ['url', `https://x.example/${'a'.repeat(250)}`],
    ['colour', 'blue'],
  ])('are refused for a line item with %s %p', (name, value) => {
    const faults = checkOptions({ lineItems: [lineItem, { ...lineItem, [name]: value }] });
    expect(new Set(faults.map((fault) => `${fault.code} ${fault.field}`))).toEqual(
      new Set([`OPTIONS_INVALID lineItems.1.${name}`]),
    );
  });

  it.each([
    [{ upcCode: '036000291452' }],
    [{ upcType: 'UPC-A' }],
    [{ upcCode: '1'.repeat(18), upcType: 'UPC-A' }],
    [{ upcCode: '036000291452', upcType: 'EAN' }],
  ])('are refused for a line item with %j', (upc) => {
    expect(checkOptions({ lineItems: [{ ...lineItem, ...upc }] })).not.toEqual([]);
  });

  it('cannot have what we tell our refunds by', () => {
    expect(checkOptions({ orderId: attemptReference('rf_other', 1) })).toMatchObject([{ field: 'orderId' }]);
  });

  it('cannot ask for a credit of nothing', () => {
    expect(checkOptions({ credit: true })).toMatchObject([{ code: 'CREDIT_NOT_ALLOWED', field: 'credit' }]);
  });
});

describe("a payment's id", () => {
  it.each([
    ['6f3k9a2b', 0],
    ['a_b-C', 0],
    ['x'.repeat(64), 0],
    ['x'.repeat(65), 1],
    ['', 1],
    ['a/refund', 1],
    ['a b', 1],
  ])('%s has %i faults', (paymentId, faults) => {
    expect(checkPaymentId(paymentId)).toHaveLength(faults);
  });
});
