import { parseJsonObject, type StoredAttempt } from '#libs/provider-kit';
import { outcomeOfRefund, providerRefundOf, readRefund } from './refund-entity.ts';

const attempt: StoredAttempt = {
  refundId: 'rf_1',
  attemptNo: 1,
  paymentId: 'pay_29QQoUBi66xm2f',
  action: 'refund',
  key: 'rk_1',
  reference: 'rr_1',
  content: '{}',
  amount: '10.50',
  currency: 'INR',
  armedAtMs: 0,
  providerRefundId: null,
  handle: null,
  references: ['rr_1'],
  alone: true,
};

const answer = {
  id: 'rfnd_FP8QHiV938haTz',
  entity: 'refund',
  amount: 1050,
  currency: 'INR',
  payment_id: 'pay_29QQoUBi66xm2f',
  notes: [],
  receipt: 'rr_1',
  acquirer_data: { arn: null },
  created_at: 1597078866,
  batch_id: null,
  status: 'processed',
};

function refund(changes: Readonly<Record<string, unknown>> = {}) {
  return readRefund(parseJsonObject(JSON.stringify({ ...answer, ...changes })) ?? undefined);
}

function outcome(changes: Readonly<Record<string, unknown>>) {
  const entity = refund(changes);
  return entity === null ? null : outcomeOfRefund(entity, attempt, true);
}

describe("a refund's status", () => {
  it.each([
    ['processed', { kind: 'succeeded', completedAtMs: null }],
    ['pending', { kind: 'pending' }],
    ['failed', { kind: 'declined', code: 'REFUND_FAILED', readingStale: true }],
    ['reversed', { kind: 'unknown', phase: 'unlisted' }],
    ['', { kind: 'unknown', phase: 'unlisted' }],
  ])('%j', (status, expected) => {
    expect(outcome({ status })).toMatchObject({ ...expected, providerRefundId: 'rfnd_FP8QHiV938haTz' });
  });
});

describe('references of the bank', () => {
  it('are taken where they are texts without spaces', () => {
    const acquirer_data = { arn: '10000000000000', rrn: null, utr: 'has spaces', other: 'x' };
    expect(outcome({ acquirer_data })).toMatchObject({ references: { arn: '10000000000000' } });
    expect(outcome({ acquirer_data: [] })).toMatchObject({ references: {} });
  });
});

describe('an answer that is about something else', () => {
  it.each([
    ['another amount', { amount: 1051 }, 'amount is 1051 instead of 1050'],
    ['no amount', { amount: null }, 'amount is absent instead of 1050'],
    ['an amount as text', { amount: '1050' }, 'amount is absent instead of 1050'],
    ['a fraction', { amount: 1050.5 }, 'amount is absent instead of 1050'],
    ['another currency', { currency: 'USD' }, 'currency is USD instead of INR'],
    ['another payment', { payment_id: 'pay_other' }, 'payment is pay_other instead of pay_29QQoUBi66xm2f'],
  ])('%s is a mismatch that names the refund', (_what, changes, text) => {
    expect(outcome(changes)).toEqual({
      kind: 'unknown',
      phase: 'mismatch',
      text,
      providerRefundId: 'rfnd_FP8QHiV938haTz',
    });
  });

  it('a reference that is not ours is a mismatch', () => {
    const entity = refund({ receipt: 'somebody' });
    expect(entity && outcomeOfRefund(entity, attempt, false)).toMatchObject({
      phase: 'mismatch',
      text: 'reference is somebody instead of rr_1',
    });
  });
});

describe('an answer that is no refund', () => {
  it.each([
    [{ id: undefined }],
    [{ id: 'pay_1' }],
    [{ id: 'rfnd_\u0000' }],
    [{ status: undefined }],
    [{ status: 1 }],
  ])('%j', (changes) => {
    expect(refund(changes)).toBeNull();
  });
});

describe('a refund in a listing', () => {
  it('has its amount in major units, and the reference and the note that tell whose it is', () => {
    const notes = { refundry_reference: 'rr_noted', refundry_id: 'rf_1' };
    const entity = refund({ notes, receipt: 'mine', status: 'reversed' });
    expect(entity && providerRefundOf(entity)).toEqual({
      providerRefundId: 'rfnd_FP8QHiV938haTz',
      paymentId: 'pay_29QQoUBi66xm2f',
      amount: '10.50',
      currency: 'INR',
      status: 'unlisted',
      reference: 'rr_noted',
      refundId: 'rf_1',
      createdAtMs: 1_597_078_866_000,
    });
  });

  it('is refused where its amount cannot be told', () => {
    for (const changes of [{ currency: 'XXX' }, { amount: 1.5 }, { payment_id: null }]) {
      const entity = refund(changes);
      expect(entity && providerRefundOf(entity)).toBeNull();
    }
  });
});
