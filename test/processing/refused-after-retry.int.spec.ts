import type { BenchTop } from './bench-top.ts';
import { backUp, loseRows, restore } from './lost-rows.ts';
import { COMPLETED, requested, UNPROVED, RETRY, ReviewBench, SETTLED } from './review-bench.ts';
import { robokassa } from './robokassa-provider.ts';

let bench: ReviewBench;
let top: BenchTop;
let paymentId: string;

beforeEach(async () => {
  bench = await ReviewBench.open({ provider: robokassa() });
  ({ top } = bench);
  await top.sandbox.setBehaviour('robokassa', { finishAfterMs: 3_600_000 });
  paymentId = await top.payment('10.00');
});

afterEach(async () => {
  await top.close();
});

/** A person says that nothing was booked, and is wrong: the next attempt is refused, as nothing is left. */
const retryInVain = async (attemptNo: number): Promise<void> => {
  expect(await bench.resolve(RETRY)).toMatchObject({ to: 'requested' });
  const { refund, calls } = await top.untilReport(
    'a',
    ({ refund: now }) => now.attemptNo === attemptNo && ['review', 'failed'].includes(now.state),
  );
  expect(refund).toMatchObject({ state: 'review', reviewReason: 'LOST_ANSWER', held: '10' });
  expect(calls.map(({ verdict }) => verdict)).toContain('declined AMOUNT_TOO_HIGH');
};

const completeByNumber = async (): Promise<void> => {
  const [booked] = (await top.sandbox.payment('robokassa', paymentId)).refunds;
  await top.sandbox.changeRefund('robokassa', booked?.id ?? '', 'settle');
  expect(await bench.resolve(COMPLETED, requested(booked?.id ?? ''))).toMatchObject({ to: 'completed' });
  expect(await bench.bookedOn(paymentId)).toEqual(['10.00']);
  expect(await bench.sums()).toEqual({ completed: '10', ...SETTLED });
};

describe('an attempt without a key that is refused for its amount, after a person had the refund sent again', () => {
  it('does not fail the refund: the attempt whose answer was lost may have been paid', async () => {
    await bench.fault('drop-after-process');
    await top.request([{ refundId: 'a', paymentId, amount: '10.00' }]);
    expect((await top.until('a', 'review')).refund.reviewReason).toBe('LOST_ANSWER');
    await bench.anHourLater();
    await retryInVain(2);
    await completeByNumber();
  });

  it('does not fail a refund that may have been carried out before rows were lost', async () => {
    await top.request([{ refundId: 'a', paymentId, amount: '10.00' }]);
    await top.until('a', 'pending');
    await loseRows(top);
    await top.request([{ refundId: 'a', paymentId, amount: '10.00' }], Date.now() - 2 * 86_400_000);
    expect((await top.until('a', 'review')).refund.reviewReason).toBe('LOOK_UP_IMPOSSIBLE');
    await retryInVain(1);
    await completeByNumber();
  });
});

describe('an attempt without a key that is refused for its amount, of a refund of which an earlier attempt is known', () => {
  it('does not fail it: the one that was paid may be among the lost rows', async () => {
    // Not once: on a busy machine the next attempt is made before the probe of the first is answered.
    await bench.fault('status', { status: 401, count: 99 });
    await top.request([{ refundId: 'a', paymentId, amount: '10.00' }]);
    const { refund } = await top.until('a', 'review');
    expect(refund.reviewReason).toBe('CREDENTIALS_REFUSED_ALONE');
    await top.sandbox.clearFaults();
    await backUp(top);
    expect(await bench.resolve(UNPROVED)).toMatchObject({ to: 'requested' });
    await top.until('a', 'pending');
    await restore(top);
    await retryInVain(refund.attemptNo + 1);
    await completeByNumber();
  });
});

describe('an attempt without a key that is refused for its amount, while no earlier one can have been paid', () => {
  it('fails the refund', async () => {
    await top.request([{ refundId: 'earlier', paymentId, amount: '10.00' }]);
    await top.until('earlier', 'pending');
    await loseRows(top);
    await top.request([{ refundId: 'a', paymentId, amount: '10.00' }]);
    await top.until('a', 'failed');
    expect(await bench.lastResult()).toMatchObject({
      failure: { kind: 'declined', provider: { code: 'AMOUNT_TOO_HIGH' } },
    });
    expect(await bench.bookedOn(paymentId)).toEqual(['10.00']);
  });
});
