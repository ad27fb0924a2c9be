import type { RefundReport } from '#libs/store';
import { explain } from './explain.ts';

function report(
  refund: Partial<RefundReport['refund']>,
  rest: Partial<Omit<RefundReport, 'refund'>> = {},
): RefundReport {
  const base = {
    refundId: 'rf_1',
    provider: 'razorpay',
    account: 'default',
    waitingFor: null,
    reviewReason: null,
    stoppedBecause: null,
  };
  return {
    refund: { ...base, ...refund } as RefundReport['refund'],
    origin: { topic: 't', partition: 0, offset: 0, recordAtMs: 0 },
    journal: [],
    calls: [],
    lane: null,
    lookUp: null,
    leased: false,
    accountStopped: null,
    external: [],
    decisions: [],
    erased: null,
    ...rest,
  };
}

describe('what blocks a refund', () => {
  it('is the refund in front of it on the same payment', () => {
    const lane = { dueAtMs: 5, parked: false, headRefundId: 'rf_0' };
    expect(explain(report({ state: 'requested', waitingFor: 'turn' }, { lane }))).toMatchObject({
      blockedBy: 'rf_0 is in front of it',
      nextAtMs: 5,
    });
  });

  it('is the stopped account before anything else', () => {
    const accountStopped = { by: 'ann', reason: 'wrong key', byItself: false, untilMs: null };
    const lane = { dueAtMs: null, parked: true, headRefundId: 'rf_0' };
    expect(explain(report({ state: 'requested' }, { lane, accountStopped })).blockedBy).toBe(
      'razorpay/default is stopped by ann: wrong key',
    );
  });

  it('is the stop of the payment, with the refund whose money moved all the same', () => {
    const stoppedBecause = 'rf_0 is failed, but provider refund rfnd_1 succeeded';
    expect(explain(report({ state: 'requested', stoppedBecause }))).toMatchObject({
      blockedBy: `the payment is stopped: ${stoppedBecause}`,
      nextAtMs: null,
    });
  });

  it('is an account that stopped by itself, with the time when it is tried next', () => {
    const accountStopped = { by: 'itself', reason: 'no balance', byItself: true, untilMs: 5 };
    expect(explain(report({ state: 'requested' }, { accountStopped }))).toMatchObject({
      blockedBy: 'razorpay/default is stopped by itself: no balance',
      next: expect.stringMatching(/by itself/) as string,
      nextAtMs: 5,
    });
  });

  it('is what the head of a lane waits for', () => {
    const lane = { dueAtMs: 9, parked: false, headRefundId: 'rf_1' };
    expect(explain(report({ state: 'requested', waitingFor: 'balance' }, { lane })).blockedBy).toMatch(
      /balance/,
    );
  });

  it('is a person in review', () => {
    expect(explain(report({ state: 'review', reviewReason: 'KEY_EXPIRED' }))).toMatchObject({
      now: 'a person has to decide: KEY_EXPIRED',
      blockedBy: 'the decision',
      nextAtMs: null,
    });
  });
});

it('a failed refund whose money moved all the same is told as such', () => {
  const external = [
    {
      providerRefundId: 'rfnd_1',
      relatedRefundId: 'rf_1',
      amount: '10',
      shown: 'succeeded',
      seenAtMs: 0,
      released: null,
    },
  ];
  expect(explain(report({ state: 'failed' }, { external })).now).toMatch(/moved all the same/);
  expect(explain(report({ state: 'failed' })).now).toBe('it ended without money moving');
});

describe('what comes next', () => {
  it('is the next look-up of an unknown refund, by number and time', () => {
    const lookUp = { dueAtMs: 77, tries: 2 };
    expect(explain(report({ state: 'unknown' }, { lookUp }))).toMatchObject({
      next: 'look-up number 3',
      nextAtMs: 77,
    });
  });

  it('is nothing once it is final', () => {
    for (const state of ['completed', 'failed', 'reversed']) {
      expect(explain(report({ state }))).toMatchObject({ blockedBy: null, nextAtMs: null });
    }
  });
});
