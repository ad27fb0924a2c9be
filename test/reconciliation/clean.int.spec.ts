import { openWorld, type World } from './world.ts';

let world: World;

beforeAll(async () => {
  world = await openWorld();
});
afterAll(async () => {
  await world.close();
});

describe('books that agree', () => {
  it('have no difference, with refunds, partial refunds, a void, refusals and rejections at three providers that at first ask to wait', async () => {
    await world.sandbox.setBehaviour('robokassa', { finishAfterMs: 0 });
    await world.sandbox.setBehaviour('braintree', { settleAfterMs: 0 });
    for (const [provider, currency] of [
      ['razorpay', 'INR'],
      ['braintree', 'USD'],
      ['robokassa', 'RUB'],
    ] as const) {
      const paymentId = await world.payment(provider, '100.00', currency);
      const part = { provider, currency, paymentId, amount: '10.50' };
      await world.request({ ...part, refundId: `${provider}-part` });
      await world.until(`${provider}-part`, 'completed');
      await world.request({ ...part, refundId: `${provider}-rest`, amount: null });
      await world.until(`${provider}-rest`, 'completed');
      await world.request({ ...part, refundId: `${provider}-more` });
      await world.until(`${provider}-more`, 'failed');
      await world.request({ ...part, refundId: `${provider}-bad`, currency: 'XXX' });
      await world.until(`${provider}-bad`, 'failed');
    }
    const unsettled = await world.payment('braintree', '20.00', 'USD', {
      status: 'submitted_for_settlement',
    });
    await world.request({ refundId: 'voided', provider: 'braintree', currency: 'USD', paymentId: unsettled });
    await world.until('voided', 'completed');
    await world.acknowledge();
    await world.stop();
    for (const provider of ['razorpay', 'braintree', 'robokassa'])
      await world.sandbox.addFault(provider, {
        operation: 'lookup',
        mode: 'rate-limit',
        count: 2,
        probability: 1,
        seed: 1,
      });
    const { summary, differences } = await world.reconcile();
    expect(differences).toEqual([]);
    expect(summary.notCompared).toEqual([]);
    expect([...(await world.sandbox.faultsFired())]).toEqual([['rate-limit', 6]]);
    expect(summary.totals.filter(({ currency }) => currency !== 'XXX')).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ provider: 'razorpay', matched: { count: 3, amount: '110.50' } }),
        expect.objectContaining({ provider: 'braintree', matched: { count: 4, amount: '130.50' } }),
      ]),
    );
  });
});
