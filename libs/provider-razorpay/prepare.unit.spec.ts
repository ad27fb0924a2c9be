import type { RefundTask } from '#libs/provider-kit';
import { decimalsTaken, exponentOf } from './currency.ts';
import { prepare } from './prepare.ts';

const REFERENCE = 'rr_535cf39285ea102d94dc4886e337c465';

function task(more: Partial<RefundTask> = {}): RefundTask {
  return {
    refundId: 'rf_01J',
    paymentId: 'pay_29QQoUBi66xm2f',
    amount: '10.50',
    currency: 'INR',
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
  it('writes the amount in minor units, our reference as receipt and our refundId as a note', () => {
    expect(prepare(task(), 1, null)).toEqual({
      action: 'refund',
      key: 'rk_6c5ac15dda66792ae603d616452965d0',
      reference: REFERENCE,
      content: `{"amount":1050,"receipt":"${REFERENCE}","notes":{"refundry_id":"rf_01J"}}`,
      sameKeyForMs: 86_400_000,
    });
  });

  it("keeps the caller's receipt and notes, and then carries our reference in a note", () => {
    const options = { speed: 'optimum', receipt: 'Receipt No. 31', notes: { a: 'b' } };
    expect(JSON.parse(prepare(task({ options }), 1, null).content)).toEqual({
      amount: 1050,
      speed: 'optimum',
      receipt: 'Receipt No. 31',
      notes: { a: 'b', refundry_id: 'rf_01J', refundry_reference: REFERENCE },
    });
  });

  it('asks at normal speed once the instant one was refused, whoever had wanted it', () => {
    for (const options of [{ speed: 'optimum' }, {}]) {
      const { content, key } = prepare(task({ options }), 2, {
        content: '{}',
        key: 'rk_1',
        because: 'optionUnsupported',
      });
      expect(JSON.parse(content)).toMatchObject({ speed: 'normal' });
      expect(key).not.toBe('rk_6c5ac15dda66792ae603d616452965d0');
    }
  });

  it('asks for the same under another key when the one before is spent, at the speed that was asked for last', () => {
    const options = { speed: 'optimum', receipt: 'Receipt No. 31' };
    const first = prepare(task({ options }), 1, null);
    const again = prepare(task({ options }), 2, { ...first, because: 'keySpent' });
    expect(again.key).not.toBe(first.key);
    expect(JSON.parse(again.content)).toMatchObject({ amount: 1050, ...options });
    const normal = prepare(task({ options }), 2, { ...first, because: 'optionUnsupported' });
    const third = prepare(task({ options }), 3, { ...normal, because: 'keySpent' });
    expect(JSON.parse(third.content)).toMatchObject({ amount: 1050, ...options, speed: 'normal' });
    const plain = prepare(task(), 1, null);
    expect(prepare(task(), 2, { ...plain, because: 'keySpent' }).content).not.toContain('speed');
  });

  it.each([
    ['JPY', '295', 295],
    ['KWD', '99.99', 99_990],
    ['USD', '0.01', 1],
  ])('counts %s in its own minor units', (currency, amount, minor) => {
    expect(JSON.parse(prepare(task({ currency, amount }), 1, null).content)).toMatchObject({ amount: minor });
  });
});

describe('currencies', () => {
  it.each([
    ['INR', 2, 2],
    ['JPY', 0, 0],
    ['KWD', 3, 2],
    ['LYD', null, null],
    ['XXX', null, null],
  ])('%s has exponent %p and takes %p decimals', (currency, exponent, decimals) => {
    expect([exponentOf(currency), decimalsTaken(currency)]).toEqual([exponent, decimals]);
  });
});
