import { Decimal } from 'decimal.js';
import type { RefundTask } from '#libs/provider-kit';
import type { PaymentReading } from '#libs/refund';
import { readRobokassaAccount } from './account.ts';
import { prepare } from './prepare.ts';

const OP_KEY = '0005F891-0C5E-4A3C-8E5D-0123456DBF37-0VOisWikFF';
const OTHER = '1115F891-0C5E-4A3C-8E5D-0123456DBF37-0VOisWikFF';

function account(more: Readonly<Record<string, string>> = {}) {
  return readRobokassaAccount({
    name: 'shop',
    merchant: 'demo',
    settings: { login: 'demo', password2: 'password2', password3: 'password3', ...more },
  });
}

const legacy = account({ api: 'v1', password1: 'password1' });

const task: RefundTask = {
  refundId: 'rf_1',
  paymentId: '12345',
  amount: '50.5',
  currency: 'RUB',
  orderId: 'o-1',
  reason: 'private',
  metadata: { private: 'yes' },
  options: {},
  action: 'refund',
  paymentHandle: null,
  alone: true,
};

const reading: PaymentReading = {
  captured: new Decimal('50.50'),
  refundedTotal: new Decimal(0),
  currency: 'RUB',
  refundable: 'now',
  because: null,
  handle: OP_KEY,
};
const { handle: _handle, ...withoutKey } = reading;

function content(given: Partial<RefundTask>, shown: PaymentReading | null = reading): unknown {
  const prepared = prepare(account(), { ...task, ...given }, shown, 1);
  return 'refused' in prepared ? prepared.refused.code : prepared.content;
}

describe('a refund that is prepared', () => {
  it('has no key, a reference of its own, and content without authentication', () => {
    expect(prepare(account(), task, reading, 1)).toEqual({
      action: 'refund',
      key: null,
      reference: 'rr_782f06b32f785d90c3386de22774e3a3',
      content: `{"OpKey":"${OP_KEY}","RefundSum":50.50}`,
      sameKeyForMs: null,
    });
    expect(prepare(account(), task, reading, 2)).not.toMatchObject({
      reference: 'rr_782f06b32f785d90c3386de22774e3a3',
    });
  });

  it('says its sum also where it is all of the payment, with two decimals however it was asked for', () => {
    expect(content({ amount: '50.50' })).toBe(`{"OpKey":"${OP_KEY}","RefundSum":50.50}`);
    expect(content({ amount: '7' })).toBe(`{"OpKey":"${OP_KEY}","RefundSum":7.00}`);
    expect(content({ amount: '99999999999.99' })).toBe(`{"OpKey":"${OP_KEY}","RefundSum":99999999999.99}`);
  });

  it("writes the lines of the receipt in RoboKassa's words, their decimals as the caller wrote them", () => {
    const invoiceItems = [
      { name: 'Tea "green"', quantity: '1.0', cost: '20.50', tax: 'vat22' },
      {
        name: 'Чай',
        quantity: '3',
        cost: '10',
        tax: 'none',
        paymentMethod: 'full_payment',
        paymentObject: 'service',
      },
    ];
    expect(content({ options: { invoiceItems } })).toBe(
      `{"OpKey":"${OP_KEY}","RefundSum":50.50,"InvoiceItems":[` +
        '{"Name":"Tea \\"green\\"","Quantity":1.0,"Cost":20.50,"Tax":"vat22"},' +
        '{"Name":"Чай","Quantity":3,"Cost":10,"Tax":"none","PaymentMethod":"full_payment","PaymentObject":"service"}]}',
    );
  });

  const line = (quantity: string, cost: string): unknown =>
    content({ options: { invoiceItems: [{ name: 'Tea', quantity, cost, tax: 'none' }] } });

  it.each([
    ['1', '50.49'],
    ['2', '50.50'],
    ['0.333', '151.63'],
  ])('is refused with a receipt of %s times %s', (quantity, cost) => {
    expect(line(quantity, cost)).toBe('OPTIONS_INVALID');
  });

  it('rounds a line of its receipt to whole kopecks: 50.49945 is 50.50', () => {
    expect(line('0.333', '151.65')).toContain('"Quantity":0.333,"Cost":151.65');
  });
});

describe("the operation's key", () => {
  it.each<[string, Partial<RefundTask>, PaymentReading | null, string]>([
    ['the reading', {}, reading, OP_KEY],
    ['the reading, newer than the stored one', { paymentHandle: OTHER }, reading, OP_KEY],
    ['an earlier reading', { paymentHandle: OP_KEY }, withoutKey, OP_KEY],
    ['an earlier reading, without one now', { paymentHandle: OP_KEY }, null, OP_KEY],
    ['the caller, where RoboKassa shows none', { options: { opKey: OTHER } }, withoutKey, OTHER],
    ['both alike', { options: { opKey: OP_KEY } }, reading, OP_KEY],
  ])('comes from %s', (_from, given, shown, key) => {
    expect(content(given, shown)).toContain(`"OpKey":"${key}"`);
  });

  it.each<[string, Partial<RefundTask>, PaymentReading | null, string]>([
    ['nobody knows', {}, withoutKey, 'PAYMENT_HANDLE_MISSING'],
    ['the caller gives otherwise than RoboKassa', { options: { opKey: OTHER } }, reading, 'OPTIONS_INVALID'],
    [
      'the caller gives otherwise than an earlier reading',
      { options: { opKey: OTHER }, paymentHandle: OP_KEY },
      withoutKey,
      'OPTIONS_INVALID',
    ],
  ])('that %s ends the refund', (_what, given, shown, code) => {
    expect(content(given, shown)).toBe(code);
  });

  it('is of no use in another currency than the shop works in', () => {
    expect(content({ currency: 'KZT' })).toBe('CURRENCY_UNSUPPORTED');
    expect(prepare(account({ currency: 'KZT' }), { ...task, currency: 'KZT' }, reading, 1)).toMatchObject({
      content: `{"OpKey":"${OP_KEY}","RefundSum":50.50}`,
    });
  });
});

describe('a refund that is prepared for the legacy interface', () => {
  it('is a document without signature that names invoice and sum', () => {
    expect(prepare(legacy, task, withoutKey, 1)).toMatchObject({
      key: null,
      sameKeyForMs: null,
      content:
        '<RefundRequest><MerchantLogin>demo</MerchantLogin><InvoiceID>12345</InvoiceID><Amount>50.50</Amount></RefundRequest>',
    });
  });

  it('is refused where another refund of the invoice moved money, or with options', () => {
    expect(prepare(legacy, { ...task, alone: false }, reading, 1)).toMatchObject({
      refused: { code: 'SECOND_REFUND_NOT_SUPPORTED' },
    });
    expect(prepare(legacy, { ...task, options: { opKey: OP_KEY } }, reading, 1)).toMatchObject({
      refused: { code: 'OPTIONS_INVALID', field: 'opKey' },
    });
  });
});
