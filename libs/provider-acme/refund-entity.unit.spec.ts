import { parseJsonObject, type StoredAttempt } from '#libs/provider-kit';
import { outcomeOfRefund, readRefund } from './refund-entity.ts';

const attempt: StoredAttempt = {
  refundId: 'rf_1',
  attemptNo: 1,
  paymentId: 'pay_1',
  action: 'refund',
  key: 'rk_1',
  reference: 'rr_1',
  content: '{}',
  amount: '10.50',
  currency: 'EUR',
  armedAtMs: 0,
  providerRefundId: null,
  handle: null,
  references: ['rr_1'],
  alone: true,
};

const answer = {
  id: 're_1',
  payment_id: 'pay_1',
  amount: 1050,
  currency: 'EUR',
  reference: 'rr_1',
  status: 'succeeded',
};

function refund(changes: Readonly<Record<string, unknown>> = {}) {
  return readRefund(parseJsonObject(JSON.stringify({ ...answer, ...changes })) ?? undefined);
}

function outcome(changes: Readonly<Record<string, unknown>>) {
  const entity = refund(changes);
  return entity === null ? null : outcomeOfRefund(entity, attempt, attempt.references);
}

describe("a refund's status", () => {
  it.each([
    ['succeeded', { kind: 'succeeded' }],
    ['pending', { kind: 'pending' }],
    ['failed', { kind: 'declined', code: 'REFUND_FAILED', readingStale: true }],
    ['reversed', { kind: 'unknown', phase: 'unlisted' }],
  ])('%j', (status, expected) => {
    expect(outcome({ status })).toMatchObject({ ...expected, providerRefundId: 're_1' });
  });
});

describe('an answer that is about something else', () => {
  it.each([
    ['another amount', { amount: 1051 }, 'amount is 1051 instead of 1050'],
    ['an amount as text', { amount: '1050' }, 'amount is absent instead of 1050'],
    ['a fraction', { amount: 1050.5 }, 'amount is absent instead of 1050'],
    ['another currency', { currency: 'USD' }, 'currency is USD instead of EUR'],
    ['another payment', { payment_id: 'pay_2' }, 'payment is pay_2 instead of pay_1'],
    ['another reference', { reference: 'rr_2' }, 'reference is rr_2 instead of rr_1'],
    ['no reference', { reference: null }, 'reference is absent instead of rr_1'],
  ])('%s is a mismatch that names the refund', (_what, changes, text) => {
    expect(outcome(changes)).toEqual({ kind: 'unknown', phase: 'mismatch', text, providerRefundId: 're_1' });
  });
});

describe('an answer that is no refund', () => {
  it.each([[{ id: undefined }], [{ id: 'pay_1' }], [{ id: 're_\u0000' }], [{ status: 1 }]])(
    '%j',
    (changes) => {
      expect(refund(changes)).toBeNull();
    },
  );
});
