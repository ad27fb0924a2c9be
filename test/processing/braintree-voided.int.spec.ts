import { openBenchTop, type BenchTop } from './bench-top.ts';
import { braintree } from './braintree-provider.ts';
import { voidByHand } from './braintree-shop.ts';
import { loseRows } from './lost-rows.ts';

const LONG_AGO_MS = 2 * 86_400_000;

let top: BenchTop;

beforeEach(async () => {
  top = await openBenchTop({ provider: braintree() });
  top.executor.start();
});

afterEach(async () => {
  await top.close();
});

const unsettled = async (): Promise<string> => await top.payment('100.00', { status: 'authorized' });

const endOf = async (refundId: string): Promise<string> => {
  await top.until(refundId, 'failed', 'completed', 'review');
  return (await top.reports.refund(refundId))?.journal.at(-1)?.result ?? 'review';
};

describe('a payment that was voided over the API', () => {
  it.each(['100.00', '10.00', undefined])(
    'by the shop › fails a later refund of %s, and nobody is asked',
    async (amount) => {
      const paymentId = await unsettled();
      await voidByHand(top, paymentId);
      await top.request([{ refundId: 'a', paymentId, ...(amount && { amount }) }]);
      expect(await endOf('a')).toContain('"code":"PAYMENT_VOIDED"');
    },
  );

  it('by a refund of ours › fails a later one, and nobody is asked', async () => {
    const paymentId = await unsettled();
    await top.request([{ refundId: 'a', paymentId }]);
    await top.until('a', 'completed');
    await top.request([{ refundId: 'b', paymentId, amount: '10.00' }]);
    expect(await endOf('b')).toContain('"code":"NOTHING_LEFT"');
  });

  it('by a refund of ours that is still known › fails one that is taken in late', async () => {
    const paymentId = await unsettled();
    await top.request([{ refundId: 'a', paymentId }]);
    await top.until('a', 'completed');
    await top.request([{ refundId: 'b', paymentId, amount: '100.00' }], Date.now() - LONG_AGO_MS);
    expect(await endOf('b')).toContain('"code":"NOTHING_LEFT"');
  });

  it('by a refund of ours that the books have lost › leaves that refund to a person', async () => {
    const paymentId = await unsettled();
    await top.request([{ refundId: 'a', paymentId, amount: '100.00' }]);
    await top.until('a', 'completed');
    await loseRows(top);
    await top.request([{ refundId: 'a', paymentId, amount: '100.00' }], Date.now() - LONG_AGO_MS);
    const { refund } = await top.until('a', 'failed', 'completed', 'review');
    expect(refund).toMatchObject({ state: 'review', reviewReason: 'AMBIGUOUS_LOOK_UP' });
  });
});
