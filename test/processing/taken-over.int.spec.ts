import { attemptReference } from '#libs/provider-kit';
import { HealStore } from '#libs/store';
import type { BenchTop } from './bench-top.ts';
import { COMPLETED, FAILED, named, RETRY, ReviewBench, SETTLED } from './review-bench.ts';

const DAYS_AGO_MS = 2 * 86_400_000;

let bench: ReviewBench;
let top: BenchTop;
let paymentId: string;

/** A refund of ours that was made before the database lost its row. */
const payBefore = async (): Promise<string> => {
  const response = await fetch(`${top.sandbox.url}/v1/payments/${paymentId}/refund`, {
    method: 'POST',
    headers: {
      authorization: `Basic ${Buffer.from('rzp_test_sandbox:sandbox_secret').toString('base64')}`,
      'content-type': 'application/json',
    },
    body: JSON.stringify({ amount: 1000, receipt: attemptReference('a', 1) }),
  });
  return ((await response.json()) as { id: string }).id;
};

/** It was recorded as made elsewhere, as a release did that asked only whether something of the payment was in doubt. */
const record = async (providerRefundId: string, inPayment = paymentId): Promise<boolean> =>
  await new HealStore(top.database).recordForeign({
    merchantNo: top.account.merchantNo,
    paymentId: inPayment,
    providerRefundId,
    amount: '10.00',
    shown: 'succeeded',
    cause: 'reconcile 1',
  });

const entered = async (): Promise<unknown> =>
  (
    await top.sql.query(
      'select coalesce(sum(amount), 0)::float8 as sum, (select count(*)::int from refundry.external_refund) as kept from refundry.external_change',
    )
  ).rows[0];

beforeEach(async () => {
  bench = await ReviewBench.open();
  ({ top } = bench);
  paymentId = await top.payment('100.00');
  await top.request([{ refundId: 'c', paymentId, amount: '5.00' }]);
  await top.until('c', 'completed');
});

afterEach(async () => {
  await top.close();
});

describe("a refund's own money, recorded as made elsewhere while its row was lost", () => {
  it('is given to it by the person who names it, and counted once', async () => {
    const id = await payBefore();
    expect(await record(id)).toBe(true);
    await top.request([{ refundId: 'a', paymentId, amount: '10.00' }], Date.now() - DAYS_AGO_MS);
    expect((await top.until('a', 'review')).refund.reviewReason).toBe('ANSWER_CONTRADICTS');
    expect(top.log.filter((text) => text.includes('recorded as made elsewhere'))).not.toEqual([]);
    await bench.anHourLater();
    for (const decision of [FAILED, RETRY])
      expect(await bench.resolve(decision)).toMatchObject({ code: 'REVIEW_CONTRADICTED' });
    expect(await bench.resolve(COMPLETED, named(id))).toMatchObject({
      to: 'completed',
      providerRefundId: id,
    });
    expect(await bench.lastResult()).toMatchObject({ amount: '10.00', remaining: null });
    expect(await bench.sums()).toEqual({ completed: '15', ...SETTLED });
    expect(await entered()).toEqual({ sum: 0, kept: 0 });
    await top.request([{ refundId: 'b', paymentId }]);
    const { refund } = await top.until('b', 'completed');
    expect(refund.amount).toBe('85');
    expect(await bench.bookedOn(paymentId)).toEqual(['5.00', '10.00', '85.00']);
    expect(await bench.sums()).toEqual({ completed: '100', ...SETTLED });
  });

  it('and not read since › is taken off what was given back elsewhere', async () => {
    const id = await payBefore();
    await bench.fault('drop-before-process');
    bench.shown = { kind: 'ambiguous', text: 'two of them' };
    await top.request([{ refundId: 'a', paymentId, amount: '10.00' }]);
    await top.until('a', 'review');
    await top.sql.query('update refundry.payment set doubtful = 0');
    expect(await record(id)).toBe(true);
    await top.sql.query('update refundry.payment set doubtful = 1');
    expect(await bench.sums()).toMatchObject({ external: '10.00', reserved: '10' });
    expect(await bench.resolve(COMPLETED, named(id))).toMatchObject({ to: 'completed' });
    expect(await bench.sums()).toMatchObject({ completed: '15', reserved: '0', doubtful: 0 });
    expect(await entered()).toEqual({ sum: 0, kept: 0 });
  });

  it('at another payment › is not given to it, and the person is told', async () => {
    const other = await top.payment('100.00');
    await top.request([{ refundId: 'd', paymentId: other, amount: '5.00' }]);
    await top.until('d', 'completed');
    await bench.fault('drop-before-process');
    bench.shown = { kind: 'ambiguous', text: 'two of them' };
    await top.request([{ refundId: 'a', paymentId, amount: '10.00' }]);
    await top.until('a', 'review');
    expect(await record('rfnd_elsewhere', other)).toBe(true);
    expect(await bench.resolve(COMPLETED, { ...named('rfnd_elsewhere'), force: true })).toMatchObject({
      code: 'REVIEW_NAME_TAKEN',
      text: 'provider refund rfnd_elsewhere belongs to another payment, as money given back elsewhere',
    });
  });
});

describe('a provider refund that was recorded as made elsewhere', () => {
  it.each([
    ['failed', FAILED],
    ['retry', RETRY],
  ] as const)(
    'and is named with the decision %s › is not taken over, and does not hold it up',
    async (_as, decision) => {
      await bench.fault('drop-before-process');
      bench.shown = { kind: 'ambiguous', text: 'two of them' };
      await top.request([{ refundId: 'a', paymentId, amount: '10.00' }]);
      await top.until('a', 'review');
      await top.sql.query('update refundry.payment set doubtful = 0');
      expect(await record('rfnd_elsewhere')).toBe(true);
      await top.sql.query('update refundry.payment set doubtful = 1');
      await bench.anHourLater();
      const word = { ...named('rfnd_elsewhere'), force: true };
      expect(await bench.resolve(decision, word)).toMatchObject({ kind: 'decided' });
      expect(await entered()).toMatchObject({ kept: 1 });
    },
  );
});

describe('a provider refund that nobody knows', () => {
  it('is not recorded as made elsewhere while a refund of the payment waits: it may be that one', async () => {
    const id = await payBefore();
    await top.accounts.stop('razorpay', 'default', { by: 'ann', reason: 'after a restore', untilMs: null });
    await top.request([{ refundId: 'a', paymentId, amount: '10.00' }]);
    expect(await record(id)).toBe(false);
    expect(await bench.sums()).toMatchObject({ external: '0', waiting: 1 });
  });
});
