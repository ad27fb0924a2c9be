import { createHash } from 'node:crypto';
import {
  PARKED,
  type AcceptRow,
  type ArmRow,
  type CallRow,
  type ClaimedLookUp,
  type ClaimedRefund,
  type JournalRow,
  type RefundView,
  type SettleRow,
} from '../rows.ts';
import type { LookAgainRow } from '../statements/look-again.ts';
import type { WebhookRow } from '../statements/take-webhooks.ts';

const hash = (text: string): Buffer => createHash('sha256').update(text).digest();

/** A request of 10.00 USD on payment `pay_1`, changed by `with`. */
export function acceptRow(refundId: string, change: Partial<AcceptRow> = {}): AcceptRow {
  return {
    refundId,
    merchantNo: 1,
    accountNo: 1,
    paymentId: 'pay_1',
    fingerprint: hash(refundId),
    fingerprintVersion: 1,
    origin: {
      cluster: 'c1',
      topic: 'refunds.requested.v1',
      partition: 0,
      offset: 0,
      recordAtMs: 1_700_000_000_000,
    },
    ceId: `e-${refundId}`,
    ceSource: '/orders',
    traceparent: null,
    provider: 'razorpay',
    account: 'default',
    mode: 'test',
    currency: 'USD',
    task: '{}',
    request: '{}',
    freeText: '',
    freeDigest: '',
    salt: Buffer.alloc(16),
    state: 'requested',
    asked: '10.00',
    expected: null,
    lookFirst: false,
    occurredAtMs: 1_700_000_000_500,
    status: `{"state":"requested","refundId":"${refundId}"}`,
    result: null,
    resultType: null,
    digest: hash(`digest ${refundId}`),
    publish: true,
    ...change,
  };
}

export function journalRow(view: RefundView, state: string, change: Partial<JournalRow> = {}): JournalRow {
  const status = JSON.stringify({ state, refundId: view.refundId, sequence: view.sequence + 1 });
  return {
    refundId: view.refundId,
    paymentId: view.paymentId,
    occurredAtMs: 1_700_000_001_000,
    cause: 'answer',
    traceparent: null,
    status,
    result: null,
    resultType: null,
    digest: hash(status),
    publish: true,
    ...change,
  };
}

const CREATED: CallRow = {
  attemptNo: 1,
  verb: 'create',
  startedAtMs: 1_700_000_000_900,
  durationMs: 12,
  httpStatus: 200,
  answer: '{}',
  verdict: 'succeeded',
};

/** A completed refund of its whole held amount, leaving the lane; changed by `with`. */
export function settleRow(
  view: RefundView & { readonly token?: string },
  change: Partial<SettleRow> = {},
): SettleRow {
  return {
    paymentNo: view.paymentNo,
    ordinal: view.ordinal,
    accountNo: view.accountNo,
    token: view.token ?? null,
    version: view.version,
    to: 'completed',
    release: '10.00',
    complete: '10.00',
    doubt: 0,
    leaves: 1,
    laneMs: 0,
    held: '0',
    amount: null,
    bind: `rfnd_${view.refundId}`,
    handle: null,
    merchantNo: view.merchantNo,
    resend: false,
    waitingFor: null,
    reviewReason: null,
    uncounted: 0,
    lookUpMs: null,
    readingStale: false,
    entry: journalRow(view, 'completed'),
    call: CREATED,
    ...change,
  };
}

/** A first attempt of 10.00 with a reading of 100.00 captured; changed by `with`. */
export function armRow(claimed: ClaimedRefund, change: Partial<ArmRow> = {}): ArmRow {
  return {
    paymentNo: claimed.paymentNo,
    ordinal: claimed.ordinal,
    token: claimed.token,
    attemptNo: 1,
    fresh: true,
    resend: false,
    sum: '10.00',
    paymentHandle: null,
    expected: null,
    captured: '100.00',
    refundedTotal: '0',
    currency: 'USD',
    version: claimed.version,
    action: 'refund',
    key: 'key-1',
    reference: 'ref-1',
    content: '{"amount":1000}',
    sameKeyForMs: 86_400_000,
    ...change,
  };
}

/** A look-up that found nothing, due again at once. */
export function lookAgainRow(look: ClaimedLookUp, change: Partial<LookAgainRow> = {}): LookAgainRow {
  return {
    paymentNo: look.paymentNo,
    ordinal: look.ordinal,
    lookUpToken: look.lookUpToken,
    dueMs: 0,
    call: { ...CREATED, verb: 'lookUp', verdict: 'absent' },
    evidenceOnly: false,
    ...change,
  };
}

/** The change from `submitting` to `unknown` that keeps the amount and parks the lane. */
export const TO_UNKNOWN: Partial<SettleRow> = {
  to: 'unknown',
  release: '0',
  complete: '0',
  doubt: 1,
  leaves: 0,
  held: '10.00',
  bind: null,
  laneMs: PARKED,
  lookUpMs: 0,
};

/** A webhook about a provider refund of payment `pay_1`; changed by `with`. */
export function webhookRow(eventId: string, change: Partial<WebhookRow> = {}): WebhookRow {
  return {
    merchantNo: 1,
    accountNo: 1,
    eventId,
    paymentId: 'pay_1',
    providerRefundId: 'rfnd_r1',
    shows: null,
    ...change,
  };
}
