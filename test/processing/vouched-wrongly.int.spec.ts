import type { BenchTop, BenchTopOptions } from './bench-top.ts';
import { RETRY, SETTLED, ReviewBench } from './review-bench.ts';
import { robokassa } from './robokassa-provider.ts';
import { TroubledStore } from './troubled-store.ts';

let bench: ReviewBench;
let top: BenchTop;
let troubled: TroubledStore;
let paymentId: string;

/** The first processor has heard that RoboKassa took the request, and its database is away; another one has given the refund to a person. */
const untilAsked = async (step: BenchTopOptions['step'] = () => undefined): Promise<void> => {
  bench = await ReviewBench.open({
    provider: robokassa(),
    step,
    store: (database) => {
      troubled = new TroubledStore(database, { gatherMs: () => 0, onFlush: () => undefined });
      troubled.wanted = (row) => row.to === 'pending';
      return troubled;
    },
  });
  ({ top } = bench);
  await top.sandbox.setBehaviour('robokassa', { finishAfterMs: 3_600_000 });
  paymentId = await top.payment('100.00');
  await top.request([{ refundId: 'a', paymentId, amount: '10.00' }]);
  await troubled.begun();
  top.processor({ step }).start();
  expect((await top.until('a', 'review')).refund.reviewReason).toBe('LOST_ANSWER');
  await bench.anHourLater();
};

const settleAll = async (): Promise<void> => {
  for (const { id, status } of (await top.sandbox.payment('robokassa', paymentId)).refunds)
    if (status === 'processing') await top.sandbox.changeRefund('robokassa', id, 'settle');
};

afterEach(async () => {
  troubled.repair();
  await top.close();
});

describe('a refund of which a person has said wrongly that nothing was booked', () => {
  it('and whose answer comes while it waits to be sent › is not sent: its money is held, and the end of what was booked ends it', async () => {
    await untilAsked();
    const stop = { by: 'ann', reason: 'maintenance', untilMs: null };
    expect(await top.accounts.stop('robokassa', 'default', stop)).toBe(true);
    expect(await bench.resolve(RETRY)).toMatchObject({ to: 'requested', attempt: 'new' });
    expect(await bench.sums()).toMatchObject({ reserved: '0' });
    troubled.repair();
    const { refund } = await top.until('a', 'review');
    expect(refund).toMatchObject({
      reviewReason: 'ANSWER_AFTER_RETRY',
      held: '10',
      providerRefundId: expect.stringMatching(/^rk_/) as string,
    });
    expect(await bench.sums()).toMatchObject({ reserved: '10', doubtful: 1, waiting: 1 });
    await top.accounts.resume('robokassa', 'default');
    expect(await bench.resolve(RETRY)).toMatchObject({ code: 'REVIEW_RETRY_IMPOSSIBLE' });
    await settleAll();
    await top.until('a', 'completed');
    expect(await top.states('a')).toEqual([
      'requested',
      'unknown',
      'review',
      'requested',
      'review',
      'completed',
    ]);
    expect(await bench.lastResult()).toMatchObject({ amount: '10.00', remaining: '90.00' });
    expect(await bench.bookedOn(paymentId)).toEqual(['10.00']);
    expect(await bench.sums()).toEqual({ completed: '10', ...SETTLED });
  });

  it('and whose answer comes while the next attempt is out › has the second refund kept beside it, and its payment is stopped', async () => {
    const answered = Promise.withResolvers<void>();
    const told = Promise.withResolvers<void>();
    let answers = 0;
    await untilAsked(async (name) => {
      if (name !== 'executor.answered') return;
      answers += 1;
      if (answers < 2) return;
      answered.resolve();
      await told.promise;
    });
    await bench.resolve(RETRY);
    await answered.promise;
    troubled.repair();
    const first = await top.until('a', 'pending');
    told.resolve();
    const { external, refund } = await top.untilReport('a', ({ external: kept }) => kept.length > 0);
    expect(refund).toMatchObject({ external: '10', reserved: '10' });
    expect(refund.providerRefundId).toBe(first.refund.providerRefundId);
    expect(external).toMatchObject([
      { relatedRefundId: 'a', amount: '10', shown: 'pending', released: null },
    ]);
    expect(external[0]?.providerRefundId).not.toBe(refund.providerRefundId);
    expect(top.log.filter((text) => text.includes('money moved'))).toHaveLength(1);
    await settleAll();
    await top.until('a', 'completed');
    // What the provider gave back is what the books count.
    expect(await bench.bookedOn(paymentId)).toEqual(['10.00', '10.00']);
    expect(await bench.sums()).toEqual({ completed: '10', ...SETTLED, external: '10' });
    const { rows } = await top.sql.query<{ why: string }>(
      'select stopped_because as why from refundry.payment order by payment_no limit 1',
    );
    expect(rows[0]?.why).toMatch(
      /^a is pending and bound to provider refund rk_\w+, but rk_\w+ is under way too$/,
    );
  });
});
