import type { StoredAttempt } from '#libs/provider-kit';
import { readBraintreeAccount } from './account.ts';
import { outcomeOfRefund, outcomeOfVoid, providerRefundOf, sentOrderId } from './outcome.ts';
import { STATUS_WORDS } from './status-table.ts';
import { readTransaction } from './transaction.ts';
import { parseXml } from './xml.ts';

const attempt: StoredAttempt = {
  refundId: 'rf_1',
  attemptNo: 1,
  paymentId: 'payment1',
  action: 'refund',
  key: 'rk_1',
  reference: 'rr_1',
  content: '{"transaction":{"amount":"10.50","order_id":"rr_1"}}',
  amount: '10.50',
  currency: 'USD',
  armedAtMs: 0,
  providerRefundId: null,
  handle: null,
  alone: true,
  references: ['rr_1'],
};

const fields: Readonly<Record<string, string>> = {
  id: 'refund1',
  status: 'settled',
  type: 'credit',
  'currency-iso-code': 'USD',
  amount: '10.50',
  'order-id': 'rr_1',
  'refunded-transaction-id': 'payment1',
  'processor-response-code': '2004',
  'processor-response-text': 'Expired Card',
  'processor-settlement-response-code': '4001',
  'processor-settlement-response-text': 'Settlement Declined',
  'gateway-rejection-reason': 'risk_threshold',
  'created-at': '2026-01-01T00:00:00Z',
};

const HISTORY =
  '<status-history type="array"><status-event><timestamp type="datetime">2026-01-01T00:00:00Z</timestamp>' +
  '<status>submitted_for_settlement</status></status-event><status-event>' +
  '<timestamp type="datetime">2026-01-02T06:30:00Z</timestamp><status>settled</status></status-event></status-history>';

function account(completeAt = 'settled') {
  const settings = { merchantId: 'm', publicKey: 'p', privateKey: 'private', completeAt };
  return readBraintreeAccount({ name: 'default', merchant: 'm', settings });
}

/** A field that is null is left out. */
function transaction(changes: Readonly<Record<string, string | null>> = {}) {
  const elements = Object.entries({ ...fields, ...changes })
    .filter(([, value]) => value !== null)
    .map(([name, value]) => `<${name}>${value ?? ''}</${name}>`);
  return readTransaction(parseXml(`<transaction>${elements.join('')}${HISTORY}</transaction>`));
}

function outcome(changes: Readonly<Record<string, string | null>>, completeAt?: string) {
  const refund = transaction(changes);
  return refund === null ? null : outcomeOfRefund(refund, attempt, account(completeAt), ['rr_1', 'rr_0']);
}

describe("a refund's status", () => {
  it.each([
    ['authorizing', { kind: 'pending' }],
    ['authorized', { kind: 'pending' }],
    ['submitted_for_settlement', { kind: 'pending' }],
    ['settlement_pending', { kind: 'pending' }],
    ['settlement_confirmed', { kind: 'pending' }],
    ['settling', { kind: 'pending' }],
    ['settled', { kind: 'succeeded', completedAtMs: Date.parse('2026-01-02T06:30:00Z') }],
    ['voided', { kind: 'declined', cancelled: true, code: 'REFUND_VOIDED' }],
    ['processor_declined', { kind: 'declined', code: '2004', text: 'processor_declined: Expired Card' }],
    ['failed', { kind: 'declined', code: '2004' }],
    ['settlement_declined', { kind: 'declined', code: '4001' }],
    ['gateway_rejected', { kind: 'declined', code: 'GATEWAY_REJECTED_RISK_THRESHOLD' }],
    ['authorization_expired', { kind: 'declined' }],
    ['reversed', { kind: 'unknown', phase: 'unlisted' }],
    ['constructor', { kind: 'unknown', phase: 'unlisted' }],
  ])('%s, and the refund is named', (status, expected) => {
    expect(outcome({ status })).toMatchObject({ ...expected, providerRefundId: 'refund1' });
  });

  it('is complete as soon as it is submitted where the account says so', () => {
    const submitted = { status: 'submitted_for_settlement' };
    expect(outcome(submitted, 'submitted_for_settlement')).toMatchObject({
      kind: 'succeeded',
      completedAtMs: Date.parse('2026-01-01T00:00:00Z'),
    });
    expect(outcome({ status: 'authorized' }, 'submitted_for_settlement')).toMatchObject({ kind: 'pending' });
    expect(outcome({ status: 'settlement_declined' }, 'submitted_for_settlement')).toMatchObject({
      kind: 'declined',
    });
  });

  it('is a success although the bank did not authorise it: the money is taken all the same', () => {
    const soft = { status: 'submitted_for_settlement', 'processor-response-code': '1005' };
    expect(outcome(soft)).toMatchObject({ kind: 'pending' });
  });

  it('has a code of its own where the bank gives none', () => {
    const silent = { status: 'processor_declined', 'processor-response-code': null };
    expect(outcome({ ...silent, 'processor-response-text': null })).toMatchObject({
      code: 'PROCESSOR_DECLINED',
    });
    expect(outcome({ status: 'failed', 'processor-response-code': 'a b' })).toMatchObject({ code: 'FAILED' });
  });
});

describe('an answer that is about something else', () => {
  it.each([
    ['another amount', { amount: '10.51' }, 'amount is 10.51 instead of 10.50'],
    ['no amount', { amount: null }, 'amount is absent instead of 10.50'],
    ['an amount that is none', { amount: '1e1' }, 'amount is 1e1 instead of 10.50'],
    ['another currency', { 'currency-iso-code': 'EUR' }, 'currency is EUR instead of USD'],
    ['another payment', { 'refunded-transaction-id': 'other' }, 'payment is other instead of payment1'],
    ['no payment', { 'refunded-transaction-id': null }, 'payment is absent instead of payment1'],
    ['a sale', { type: 'sale' }, 'type is sale instead of credit'],
    ['another order id', { 'order-id': 'o-1' }, 'reference is o-1 instead of rr_1'],
    ['no order id', { 'order-id': null }, 'reference is absent instead of rr_1'],
  ])('%s is a mismatch that names the refund', (_what, changes, text) => {
    expect(outcome(changes)).toMatchObject({
      kind: 'unknown',
      phase: 'mismatch',
      text: expect.stringContaining(text) as unknown,
      providerRefundId: 'refund1',
    });
  });

  it('is none when the amount is only written in another way', () => {
    expect(outcome({ amount: '10.5' })).toMatchObject({ kind: 'succeeded' });
    expect(outcome({ 'order-id': 'rr_0' })).toMatchObject({ kind: 'succeeded' });
  });
});

describe('an answer that is no transaction', () => {
  it.each([[{ id: null }], [{ id: '../x' }], [{ status: null }], [{ type: null }]])('%j', (changes) => {
    expect(transaction(changes)).toBeNull();
  });
});

describe('a void', () => {
  const voided: StoredAttempt = { ...attempt, action: 'void' };

  function payment(changes: Readonly<Record<string, string | null>> = {}) {
    const read = transaction({ id: 'payment1', type: 'sale', 'refunded-transaction-id': null, ...changes });
    return read === null ? null : outcomeOfVoid(read, voided);
  }

  it('is done when the payment is voided, whatever its order id', () => {
    expect(payment({ status: 'voided', 'order-id': 'o-1' })).toMatchObject({
      kind: 'succeeded',
      providerRefundId: 'payment1',
    });
  });

  it.each(STATUS_WORDS.map(([status]) => status).filter((status) => status !== 'voided'))(
    'is not done when the payment is %s',
    (status) => {
      expect(payment({ status })).toBeNull();
    },
  );

  it.each([[{ amount: '10.49' }], [{ 'currency-iso-code': 'EUR' }], [{ id: 'payment2' }]])(
    'of something else is a mismatch: %j',
    (changes) => {
      expect(payment({ status: 'voided', ...changes })).toMatchObject({ phase: 'mismatch' });
    },
  );
});

describe('a refund in a listing', () => {
  it('has its amount with the decimals of its currency and the order id that tells whose it is', () => {
    const refund = transaction({ amount: '10.5', status: 'settling' });
    expect(refund && providerRefundOf(refund)).toEqual({
      providerRefundId: 'refund1',
      paymentId: 'payment1',
      amount: '10.50',
      currency: 'USD',
      status: 'pending',
      reference: 'rr_1',
      refundId: null,
      createdAtMs: Date.parse('2026-01-01T00:00:00Z'),
    });
  });

  it('is refused where its amount or its payment cannot be told', () => {
    for (const changes of [
      { amount: 'x' },
      { 'currency-iso-code': 'XXX' },
      { 'refunded-transaction-id': null },
    ]) {
      const refund = transaction(changes);
      expect(refund && providerRefundOf(refund)).toBeNull();
    }
  });
});

describe('the order id that an attempt sent', () => {
  it("is the caller's where there is one, otherwise our reference", () => {
    expect(sentOrderId({ ...attempt, content: '{"transaction":{"order_id":"mine"}}' })).toBe('mine');
    expect(sentOrderId({ ...attempt, content: '{"transaction":{}}' })).toBe('rr_1');
    expect(sentOrderId({ ...attempt, content: '' })).toBe('rr_1');
  });
});
