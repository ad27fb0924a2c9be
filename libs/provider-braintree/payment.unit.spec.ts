import { readingOf, refundedTotal } from './payment.ts';
import { readTransaction, type Transaction } from './transaction.ts';
import { parseXml } from './xml.ts';

function transaction(fields: Readonly<Record<string, string>>): Transaction {
  const elements = Object.entries(fields).map(([name, value]) => `<${name}>${value}</${name}>`);
  const read = readTransaction(parseXml(`<transaction>${elements.join('')}</transaction>`));
  if (read === null) throw new Error('no transaction');
  return read;
}

function payment(status: string, more: Readonly<Record<string, string>> = {}): Transaction {
  const fields = { id: 'p1', type: 'sale', status, amount: '100.00', 'currency-iso-code': 'USD' };
  return transaction({ ...fields, ...more });
}

function refund(
  amount: string,
  status = 'settled',
  more: Readonly<Record<string, string>> = {},
): Transaction {
  const fields = { id: 'r1', type: 'credit', status, amount, 'currency-iso-code': 'USD' };
  return transaction({ ...fields, 'refunded-transaction-id': 'p1', ...more });
}

function reading(of: Transaction, refunds: readonly Transaction[] = []) {
  const read = readingOf(of, refunds);
  if (typeof read === 'string') return read;
  const { captured, refundedTotal: total, ...rest } = read;
  return { captured: captured.toFixed(2), refundedTotal: total?.toFixed(2), ...rest };
}

describe("a payment's status", () => {
  const later = { captured: '100.00', refundable: 'later', because: 'PAYMENT_NOT_SETTLED' };
  const never = { captured: '0.00', refundable: 'never', because: 'PAYMENT_NOT_CAPTURED' };

  it.each([
    ['settled', { captured: '100.00', refundable: 'now', because: null }],
    ['settling', { captured: '100.00', refundable: 'now', because: null }],
    ['authorized', { ...later, voidable: true }],
    ['submitted_for_settlement', { ...later, voidable: true }],
    ['authorizing', later],
    ['settlement_confirmed', later],
    ['settlement_pending', later],
    [
      'voided',
      { captured: '100.00', refundedTotal: '100.00', refundable: 'never', because: 'PAYMENT_VOIDED' },
    ],
    ['processor_declined', never],
    ['settlement_declined', never],
    ['gateway_rejected', never],
    ['failed', never],
    ['authorization_expired', never],
  ])('%s', (status, expected) => {
    expect(reading(payment(status))).toEqual({ currency: 'USD', refundedTotal: '0.00', ...expected });
  });

  it('settlement_pending lets PayPal payments be voided', () => {
    const atPayPal = { 'payment-instrument-type': 'paypal_account' };
    expect(reading(payment('settlement_pending', atPayPal))).toMatchObject({ voidable: true });
    expect(reading(payment('settlement_confirmed', atPayPal))).not.toHaveProperty('voidable');
  });

  it('that is not listed gives no reading', () => {
    expect(reading(payment('held_for_review'))).toMatch(/not listed/);
    expect(reading(payment('settled', { type: 'adjustment' }))).toMatch(/not listed/);
  });

  it('does not matter for a credit, which is never refunded', () => {
    expect(reading(payment('settled', { type: 'credit' }))).toMatchObject({
      refundable: 'never',
      because: 'PAYMENT_NOT_REFUNDABLE',
    });
  });
});

describe('what went back', () => {
  it('counts what is settled or under way, and not what was declined or voided', () => {
    const refunds = [
      refund('1.00'),
      refund('2.00', 'submitted_for_settlement'),
      refund('4.00', 'processor_declined'),
      refund('8.00', 'failed'),
      refund('16.00', 'voided'),
    ];
    expect(reading(payment('settled'), refunds)).toMatchObject({ refundedTotal: '3.00', refundable: 'now' });
  });

  it('leaves nothing when it is all of it', () => {
    expect(reading(payment('settled'), [refund('99.99'), refund('0.01')])).toMatchObject({
      refundable: 'never',
      because: 'ALREADY_REFUNDED',
    });
  });

  it.each([
    ['whose status is not listed', refund('1.00', 'returned')],
    ['whose amount cannot be read', refund('1e2')],
    ['of another payment', refund('1.00', 'settled', { 'refunded-transaction-id': 'p2' })],
    ['in another currency', refund('1.00', 'settled', { 'currency-iso-code': 'EUR' })],
  ])('cannot be told with a refund %s', (_what, odd) => {
    expect(refundedTotal(payment('settled'), [odd])).toBeNull();
    expect(reading(payment('settled'), [odd])).toMatch(/cannot be read/);
  });

  it('keeps an unsettled payment from being voided: a void would take it back a second time', () => {
    expect(reading(payment('authorized'), [refund('1.00')])).not.toHaveProperty('voidable');
  });
});

describe('escrow', () => {
  it.each([
    ['hold_pending', true],
    ['held', true],
    ['release_pending', true],
    ['released', undefined],
    ['refunded', undefined],
    ['something new', undefined],
  ])('%s', (escrowStatus, fullOnly) => {
    expect(reading(payment('settled', { 'escrow-status': escrowStatus }))).toEqual({
      captured: '100.00',
      refundedTotal: '0.00',
      currency: 'USD',
      refundable: 'now',
      because: null,
      ...(fullOnly === undefined ? {} : { fullOnly }),
    });
  });
});
