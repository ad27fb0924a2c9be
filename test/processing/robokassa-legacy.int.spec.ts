import { openBenchTop, type BenchTop } from './bench-top.ts';
import { robokassa } from './robokassa-provider.ts';

let top: BenchTop;

const refunded = async (paymentId: string): Promise<readonly string[]> =>
  (await top.sandbox.payment('robokassa', paymentId)).refunds.map(({ amount }) => amount);

beforeEach(async () => {
  top = await openBenchTop({ provider: robokassa({ api: 'v1' }) });
  top.executor.start();
});

afterEach(async () => {
  await top.close();
});

describe("RoboKassa's legacy interface, which shows one state for an invoice", () => {
  it('completes the one refund of an invoice, and takes no second one', async () => {
    const paymentId = await top.payment('100.00');
    await top.request([
      { refundId: 'a', paymentId, amount: '60.00' },
      { refundId: 'b', paymentId, amount: '10.00' },
    ]);
    await top.until('a', 'completed');
    expect((await top.until('b', 'failed')).journal.at(-1)?.result).toContain('SECOND_REFUND_NOT_SUPPORTED');
    expect(await refunded(paymentId)).toEqual(['60.00']);
  });

  it('is free again for a refund after one that surely moved nothing', async () => {
    const paymentId = await top.payment('100.00');
    await top.request([
      { refundId: 'a', paymentId, amount: '100.01' },
      { refundId: 'b', paymentId },
    ]);
    expect((await top.until('a', 'failed')).journal.at(-1)?.result).toContain('EXCEEDS_REMAINING');
    await top.until('b', 'completed');
    expect(await refunded(paymentId)).toEqual(['100.00']);
  });

  it('leaves a lost answer to a person, and its invoice waits', async () => {
    const paymentId = await top.payment('100.00');
    const fault = {
      operation: 'create',
      mode: 'drop-after-process',
      count: 1,
      probability: 1,
      seed: 1,
    } as const;
    await top.sandbox.addFault('robokassa', fault);
    await top.request([{ refundId: 'a', paymentId, amount: '60.00' }]);
    expect((await top.until('a', 'review')).refund.reviewReason).toBe('LOST_ANSWER');
    await top.request([{ refundId: 'b', paymentId, amount: '10.00' }]);
    const other = await top.payment('100.00');
    await top.request([{ refundId: 'c', paymentId: other, amount: '10.00' }]);
    await top.until('c', 'completed');
    expect((await top.reports.refund('b'))?.refund.state).toBe('requested');
    expect(await refunded(paymentId)).toEqual(['60.00']);
  });
});
