import type { ProcessingAccount } from '#libs/processing';
import { openBenchTop, type BenchTop } from './bench-top.ts';

let top: BenchTop;

const rereading =
  (rereadFirstMs: number, rereadForMs: number) =>
  (configured: ProcessingAccount): ProcessingAccount => ({
    ...configured,
    policy: { ...configured.policy, rereadFirstMs, rereadForMs },
  });

const open = async (firstMs: number, forMs: number): Promise<void> => {
  top = await openBenchTop({ verify: 'first', account: rereading(firstMs, forMs) });
  top.executor.start();
};

const completed = async (amount = '60.00'): Promise<{ paymentId: string; providerRefundId: string }> => {
  const paymentId = await top.payment('100.00');
  await top.request([{ refundId: 'a', paymentId, amount }]);
  const { refund } = await top.until('a', 'completed');
  return { paymentId, providerRefundId: refund.providerRefundId ?? '' };
};

const reads = async (): Promise<number> =>
  (await top.sandbox.requests('razorpay', 1000)).filter(
    ({ method, path }) => method === 'GET' && path.includes('/refunds/'),
  ).length;

afterEach(async () => {
  await top.close();
});

describe('a completed refund whose money comes back', () => {
  it('is reversed, says which completion is undone, and its amount can be refunded again', async () => {
    await open(50, 60_000);
    const { paymentId, providerRefundId } = await completed();
    await top.sandbox.changeRefund('razorpay', providerRefundId, 'fail');
    const { journal } = await top.until('a', 'reversed');
    expect(await top.states('a')).toEqual(['requested', 'completed', 'reversed']);
    const reversed = JSON.parse(journal.at(-1)?.result ?? '{}') as Record<string, unknown>;
    const done = JSON.parse(journal.at(-2)?.result ?? '{}') as Record<string, unknown>;
    expect(journal.at(-1)?.resultType).toBe('RefundReversed');
    expect(reversed).toMatchObject({ amount: '60.00', reverses: `a.${String(done['sequence'])}` });
    const sides = (lines: unknown): unknown =>
      (lines as { account: string; debit?: string; credit?: string }[])
        .map(({ account, debit, credit }) => ({ account, in: debit ?? credit, side: debit === undefined }))
        .sort((one, other) => one.account.localeCompare(other.account));
    const undone = (sides(done['lines']) as { side: boolean }[]).map((line) => ({
      ...line,
      side: !line.side,
    }));
    expect(sides(reversed['lines'])).toEqual(undone);
    await top.request([{ refundId: 'b', paymentId, amount: '100.00' }]);
    await top.until('b', 'completed');
    expect((await top.sandbox.payment('razorpay', paymentId)).refunded).toBe('100.00');
    const { rows } = await top.sql.query(
      'select completed::text, reserved::text, external::text from refundry.payment',
    );
    expect(rows).toEqual([{ completed: '100', reserved: '0', external: '0' }]);
  });
});

describe('a completed refund that stays as it is', () => {
  it('is read again less and less often, and never again when its time is over', async () => {
    await open(40, 1000);
    await completed();
    await top.untilReport('a', ({ lookUp }) => lookUp === null);
    // After 40, 120, 280, 600 and 1000 ms; less often where the machine was busy.
    expect(await reads()).toBeGreaterThanOrEqual(2);
    expect(await reads()).toBeLessThanOrEqual(5);
    expect(await top.states('a')).toEqual(['requested', 'completed']);
  });

  it('is not read again where no reversal is expected', async () => {
    await open(10, 0);
    await completed();
    expect((await top.reports.refund('a'))?.lookUp).toBeNull();
    expect(await reads()).toBe(0);
  });

  it('does not count among the refunds that are open', async () => {
    await open(60_000, 600_000);
    await completed();
    expect((await top.reports.refund('a'))?.lookUp?.tries).toBe(0);
    expect((await top.reports.queues()).lookUps).toBe(0);
  });
});
