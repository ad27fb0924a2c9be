import type { RefundTask } from '#libs/provider-kit';
import { exponentOf } from './currency.ts';
import { prepare } from './prepare.ts';

const REFERENCE = 'rr_535cf39285ea102d94dc4886e337c465';

function task(more: Partial<RefundTask> = {}): RefundTask {
  return {
    refundId: 'rf_01J',
    paymentId: 'pay_1',
    amount: '10.50',
    currency: 'EUR',
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

describe('preparing a refund', () => {
  it('writes the amount in minor units and our reference, byte for byte', () => {
    expect(prepare(task(), 1)).toEqual({
      action: 'refund',
      key: 'rk_6c5ac15dda66792ae603d616452965d0',
      reference: REFERENCE,
      content: `{"payment_id":"pay_1","amount":1050,"currency":"EUR","reference":"${REFERENCE}"}`,
      sameKeyForMs: 86_400_000,
    });
  });

  it("says the caller's description", () => {
    const { content } = prepare(task({ options: { description: 'Two shirts' } }), 1);
    expect(JSON.parse(content)).toMatchObject({ description: 'Two shirts' });
  });

  it('counts yen, which have no decimals', () => {
    const { content } = prepare(task({ currency: 'JPY', amount: '295' }), 1);
    expect(JSON.parse(content)).toMatchObject({ amount: 295, currency: 'JPY' });
  });
});

describe('currencies', () => {
  it.each([
    ['EUR', 2],
    ['JPY', 0],
    ['XXX', null],
  ])('%s has exponent %p', (currency, exponent) => {
    expect(exponentOf(currency)).toBe(exponent);
  });
});
