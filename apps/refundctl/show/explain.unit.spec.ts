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
    const accountStopped = { by: 'ann', reason: 'wrong key' };
    const lane = { dueAtMs: null, parked: true, headRefundId: 'rf_0' };
    expect(explain(report({ state: 'requested' }, { lane, accountStopped })).blockedBy).toBe(
      'razorpay/default is stopped by ann: wrong key',
    );
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
