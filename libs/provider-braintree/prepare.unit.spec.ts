import type { PreviousAttempt, RefundTask } from '#libs/provider-kit';
import { readBraintreeAccount } from './account.ts';
import { decimalsOf } from './currency.ts';
import { prepare } from './prepare.ts';

const REFERENCE = 'rr_535cf39285ea102d94dc4886e337c465';
const KEY = 'rk_6c5ac15dda66792ae603d616452965d0';

function account(more: Readonly<Record<string, string>> = {}) {
  const settings = { merchantId: 'm', publicKey: 'p', privateKey: 'private', ...more };
  return readBraintreeAccount({ name: 'default', merchant: 'm', settings });
}

function task(more: Partial<RefundTask> = {}): RefundTask {
  return {
    refundId: 'rf_01J',
    paymentId: 'abc123',
    amount: '10.5',
    currency: 'USD',
    orderId: 'o-1',
    reason: 'late',
    metadata: { internal: 'x' },
    options: {},
    action: 'refund',
    paymentHandle: null,
    alone: true,
    ...more,
  };
}

function transactionIn(content: string): unknown {
  return (JSON.parse(content) as { transaction: unknown }).transaction;
}

function after(because: PreviousAttempt['because']): PreviousAttempt {
  return { content: '{}', key: 'rk_before', because };
}

describe('preparing a refund', () => {
  it('writes the amount, our reference as the order id, and the key', () => {
    expect(prepare(account(), task(), 1, null)).toEqual({
      action: 'refund',
      key: KEY,
      reference: REFERENCE,
      content: `{"transaction":{"amount":"10.50","order_id":"${REFERENCE}","api_request_key":"${KEY}"}}`,
      sameKeyForMs: 29 * 86_400_000,
    });
  });

  it("sends the caller's options by Braintree's names, in one order", () => {
    const lineItem = {
      url: 'https://x.example/1',
      unitAmount: '2.5',
      kind: 'credit',
      name: 'Pen',
      quantity: '4',
    };
    const options = {
      surchargeAmount: '0.50',
      orderId: 'o-1 refund',
      merchantAccountId: 'eur',
      lineItems: [{ ...lineItem, totalAmount: '10.00', upcCode: '036000291452', upcType: 'UPC-A' }],
    };
    const { content, reference } = prepare(account(), task({ options }), 1, null);
    expect(content).toBe(
      JSON.stringify({
        transaction: {
          amount: '10.50',
          order_id: 'o-1 refund',
          merchant_account_id: 'eur',
          line_items: [
            {
              name: 'Pen',
              kind: 'credit',
              quantity: '4',
              unit_amount: '2.5',
              total_amount: '10.00',
              upc_code: '036000291452',
              upc_type: 'UPC-A',
              url: 'https://x.example/1',
            },
          ],
          surcharge_amount: '0.50',
          api_request_key: KEY,
        },
      }),
    );
    expect(reference).toBe(REFERENCE);
  });

  it.each([
    ['JPY', '295', '295'],
    ['USD', '0.01', '0.01'],
    ['EUR', '7', '7.00'],
  ])('writes an amount in %s with exactly its decimals', (currency, amount, written) => {
    const { content } = prepare(account(), task({ currency, amount }), 1, null);
    expect(transactionIn(content)).toMatchObject({ amount: written });
  });

  it('fails loudly rather than round', () => {
    expect(() => prepare(account(), task({ currency: 'JPY', amount: '1.5' }), 1, null)).toThrow(/decimals/);
    expect(() => prepare(account(), task({ currency: 'KWD', amount: '1' }), 1, null)).toThrow(/accepted/);
  });
});

describe('preparing a void', () => {
  it('says nothing but the key: a void always takes all of it', () => {
    const options = { orderId: 'mine', surchargeAmount: '1.00' };
    expect(prepare(account(), task({ action: 'void', options }), 1, null)).toMatchObject({
      action: 'void',
      key: KEY,
      reference: REFERENCE,
      content: `{"transaction":{"api_request_key":"${KEY}"}}`,
    });
  });

  it('says nothing at all without keys', () => {
    const prepared = prepare(account({ requestKeys: 'false' }), task({ action: 'void' }), 1, null);
    expect(prepared).toMatchObject({ key: null, sameKeyForMs: null, content: '{"transaction":{}}' });
  });
});

describe('request keys', () => {
  const without = { key: null, sameKeyForMs: null };

  it.each([
    ['the account sends none', account({ requestKeys: 'false' }), null],
    ['the attempt before was refused for its key', account(), after('keyRefused')],
  ])('are left out when %s', (_why, read, previous) => {
    const prepared = prepare(read, task(), 2, previous);
    expect(prepared).toMatchObject(without);
    expect(prepared.content).not.toContain('api_request_key');
  });

  it('are left out from the start once one was refused', () => {
    const read = account();
    expect(prepare(read, task(), 1, null).key).toBe(KEY);
    read.credentials.rememberKeysRefused();
    expect(prepare(read, task(), 1, null)).toMatchObject(without);
  });

  it.each([['keySpent'], ['notSettled']] as const)('are new after %s', (because) => {
    const { key, content } = prepare(account(), task(), 2, after(because));
    expect(key).not.toBe(KEY);
    expect(transactionIn(content)).toMatchObject({ api_request_key: key });
  });
});

describe('the reference', () => {
  it.each([[2], [13], [2000]])(
    'of attempt %i is that of the first, which is all that a restored database knows',
    (attemptNo) => {
      const { reference, content } = prepare(account(), task(), attemptNo, after('notSettled'));
      expect(reference).toBe(REFERENCE);
      expect(transactionIn(content)).toMatchObject({ order_id: REFERENCE });
      expect(prepare(account(), task({ action: 'void' }), attemptNo, after('notSettled'))).toMatchObject({
        reference,
      });
    },
  );
});

describe('currencies', () => {
  it.each([
    ['USD', 2],
    ['JPY', 0],
    ['KWD', null],
    ['XXX', null],
    ['constructor', null],
  ])('%s has %p decimals', (currency, decimals) => {
    expect(decimalsOf(currency)).toBe(decimals);
  });
});
