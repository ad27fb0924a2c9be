import { parseAmount } from '#libs/refund';
import type { BenchTop, BenchTopOptions } from './bench-top.ts';
import {
  COMPLETED,
  EARLY_MS,
  FAILED,
  named,
  requested,
  PERSON,
  RETRY,
  SETTLED,
  UNPROVED,
  ReviewBench,
} from './review-bench.ts';
import { robokassa } from './robokassa-provider.ts';

let bench: ReviewBench;
let top: BenchTop;

const open = async (options: BenchTopOptions = {}): Promise<void> => {
  bench = await ReviewBench.open(options);
  ({ top } = bench);
};

afterEach(async () => {
  await top.close();
});

describe('at a provider without keys, after a lost answer', () => {
  let paymentId: string;

  /** One whose answer is lost, and one that waits behind it. */
  const lose = async (mode: string, behaviour: object = { finishAfterMs: 50 }): Promise<void> => {
    await open({ provider: robokassa() });
    await top.sandbox.setBehaviour('robokassa', { ...behaviour });
    paymentId = await top.payment('100.00');
    await bench.fault(mode);
    await top.request([{ refundId: 'a', paymentId, amount: '10.00' }]);
    expect((await top.until('a', 'review')).refund).toMatchObject({
      reviewReason: 'LOST_ANSWER',
      held: '10',
    });
    await top.request([{ refundId: 'b', paymentId, amount: '5.00' }]);
  };

  const untilFinished = async (): Promise<void> => {
    for (;;) {
      const { refunds } = await top.sandbox.payment('robokassa', paymentId);
      if (refunds[0]?.status === 'finished') return;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  };

  const requestId = async (): Promise<string> =>
    (await top.sandbox.payment('robokassa', paymentId)).refunds[0]?.id ?? '';

  it('completed by the number of its request › is bound to it under a name that is no secret, and the lane goes on', async () => {
    await lose('drop-after-process');
    const secret = await requestId();
    await untilFinished();
    const resolved = await bench.resolve(COMPLETED, requested(secret));
    const { refund, journal, decisions } = await top.until('a', 'completed');
    expect(refund.providerRefundId).toMatch(/^rk_[0-9a-f]{32}$/);
    expect(resolved).toMatchObject({ to: 'completed', providerRefundId: refund.providerRefundId });
    expect(refund.handle).toBe(secret);
    expect(journal.at(-1)).toMatchObject({ cause: 'person', resultType: 'RefundCompleted', sequence: 4 });
    expect(await bench.lastResult()).toMatchObject({
      providerRefundId: refund.providerRefundId,
      amount: '10.00',
      remaining: '90.00',
    });
    expect(JSON.stringify([journal, decisions, top.log])).not.toContain(secret);
    expect(decisions).toMatchObject([
      { sequence: 4, as: 'completed', ...PERSON, shown: 'found succeeded', forced: false },
    ]);
    await top.until('b', 'completed');
    expect(await bench.bookedOn(paymentId)).toEqual(['10.00', '5.00']);
    expect(await bench.sums()).toEqual({ completed: '15', ...SETTLED });
  });

  it('named while it is under way › is bound, and ends when the provider says so', async () => {
    await lose('drop-after-process', { finishAfterMs: 3_600_000 });
    expect(await bench.resolve(COMPLETED, named(await requestId()))).toMatchObject({ kind: 'named' });
    const { refund, decisions } = await top.untilReport('a', ({ calls }) => calls.length > 3);
    expect(refund).toMatchObject({ state: 'review', held: '10', handle: await requestId() });
    expect(decisions).toMatchObject([{ sequence: null, as: 'named' }]);
    expect(await bench.resolve(RETRY)).toMatchObject({ code: 'REVIEW_RETRY_IMPOSSIBLE' });
    await top.sandbox.changeRefund('robokassa', await requestId(), 'settle');
    await top.until('a', 'completed');
    expect(await top.states('a')).toEqual(['requested', 'unknown', 'review', 'completed']);
  });

  it('failed › waits until a booking would be visible, then releases the money and tells who can act', async () => {
    await lose('drop-before-process');
    expect(await bench.resolveEarly(FAILED)).toMatchObject({ code: 'REVIEW_TOO_EARLY' });
    await bench.anHourLater();
    expect(await bench.resolve(FAILED)).toMatchObject({ kind: 'decided', to: 'failed' });
    expect(await bench.lastResult()).toMatchObject({
      failure: { kind: 'decided', code: 'DECIDED_BY_PERSON', actBy: 'customer', mayRequestAgain: false },
    });
    for (const again of [FAILED, RETRY, COMPLETED])
      expect(await bench.resolve(again, named('x'))).toMatchObject({ code: 'REVIEW_NOT_OPEN' });
    await top.until('b', 'completed');
    expect(await bench.bookedOn(paymentId)).toEqual(['5.00']);
    expect(await bench.sums()).toEqual({ completed: '5', ...SETTLED });
  });

  it('retried › needs proof and time, then pays once with another attempt', async () => {
    await lose('drop-before-process');
    expect(await bench.resolve(UNPROVED)).toMatchObject({
      code: 'REVIEW_ABSENCE_UNCONFIRMED',
    });
    const young = await bench.resolveEarly(RETRY);
    expect(young).toMatchObject({ code: 'REVIEW_TOO_EARLY' });
    // Fence, the time within which its bytes leave, the call's deadline, the provider's delay.
    expect('inMs' in young ? young.inMs : 0).toBeLessThanOrEqual(1000 + 400 + EARLY_MS);
    await bench.anHourLater();
    expect(await bench.resolve(RETRY)).toMatchObject({ to: 'requested', attempt: 'new' });
    await top.until('a', 'completed');
    await top.until('b', 'completed');
    expect(await top.states('a')).toEqual([
      'requested',
      'unknown',
      'review',
      'requested',
      'pending',
      'completed',
    ]);
    expect(await bench.attempts()).toBe(2);
    expect(await bench.bookedOn(paymentId)).toEqual(['10.00', '5.00']);
    expect(await bench.sums()).toEqual({ completed: '15', ...SETTLED });
  });

  it('completed by a refund of another amount, or one that was cancelled › is refused, unless somebody knows better', async () => {
    await lose('drop-after-process', { finishAfterMs: 3_600_000 });
    const secret = await requestId();
    await top.request([{ refundId: 'c', paymentId: await top.payment(), amount: '7.00' }]);
    await top.until('c', 'pending');
    const other = await top.sandbox.refunds('robokassa');
    const foreign = other.find(({ amount }) => amount === '7.00')?.id ?? '';
    expect(await bench.resolve(COMPLETED, requested(foreign))).toMatchObject({ code: 'REVIEW_NAME_TAKEN' });
    await top.sandbox.changeRefund('robokassa', secret, 'cancel');
    const refused = await bench.resolve(COMPLETED, requested(secret));
    expect(refused).toMatchObject({ code: 'REVIEW_CONTRADICTED', mayBeForced: true });
    expect((await top.reports.refund('a'))?.refund).toMatchObject({
      state: 'review',
      providerRefundId: null,
    });
    expect(await bench.resolve(COMPLETED, { ...requested(secret), force: true })).toMatchObject({
      to: 'completed',
    });
    expect((await top.reports.refund('a'))?.decisions).toMatchObject([
      { forced: true, shown: 'found declined canceled' },
    ]);
  });

  it('of a request that may have been carried out before › is sent only with proof', async () => {
    await open({ provider: robokassa() });
    paymentId = await top.payment('100.00');
    await top.request([{ refundId: 'a', paymentId, amount: '10.00' }], Date.now() - 2 * 86_400_000);
    await top.until('a', 'review');
    expect(await bench.resolve(UNPROVED)).toMatchObject({
      code: 'REVIEW_ABSENCE_UNCONFIRMED',
    });
    expect(await bench.resolve(RETRY)).toMatchObject({ to: 'requested', attempt: 'same' });
    await top.until('a', 'completed');
    expect(await bench.bookedOn(paymentId)).toEqual(['10.00']);
  });

  it('of a request that was carried out before › completes with its own amount', async () => {
    await open({ provider: robokassa() });
    paymentId = await top.payment('100.00');
    await top.request([{ refundId: 'a', paymentId }], Date.now() - 2 * 86_400_000);
    await top.until('a', 'review');
    const found = { ...named('seen-in-cabinet-1'), force: true };
    expect(await bench.resolve(COMPLETED, found)).toMatchObject({ code: 'REVIEW_AMOUNT_MISSING' });
    expect(await bench.resolve({ as: 'completed', amount: parseAmount('12.505') }, found)).toMatchObject({
      code: 'AMOUNT_TOO_PRECISE',
    });
    expect(await bench.resolve({ as: 'completed', amount: parseAmount('12.50') }, found)).toMatchObject({
      to: 'completed',
    });
    // Whether what is left counts it already is known only when the payment is read again.
    expect(await bench.lastResult()).toMatchObject({ amount: '12.50', remaining: null });
    expect(await bench.sums()).toEqual({ completed: '12.5', ...SETTLED });
  });
});
