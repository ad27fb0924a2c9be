import type { AttemptView, RefundView } from './rows.ts';

/** A row of `refundView` as node-postgres gives it: bigint and numeric are text. */
export interface ViewRow {
  payment_no: string;
  ordinal: number;
  refund_id: string;
  account_no: number;
  merchant_no: number;
  payment_id: string;
  state: string;
  asked: string | null;
  expected: string | null;
  amount: string | null;
  held: string;
  attempt_no: number;
  calls: number;
  uncounted: number;
  sequence: number;
  in_lane: boolean;
  resend: boolean;
  look_first: boolean;
  waiting_for: string | null;
  review_reason: string | null;
  provider_refund_id: string | null;
  handle: string | null;
  requested_ms: string;
  changed_ms: string;
  ce_id: string;
  traceparent: string | null;
  provider: string;
  account: string;
  mode: 'live' | 'test';
  currency: string;
  task: string;
  free_text: string;
  free_digest: string;
  captured: string | null;
  completed: string;
  reserved: string;
  external: string;
  doubtful: number;
  waiting: number;
  payment_handle: string | null;
  payment_currency: string | null;
  stopped_because: string | null;
  version: number;
  lease_token: string;
  verified_ago_ms: string | null;
  action: 'refund' | 'void' | null;
  key: string | null;
  reference: string | null;
  content: string | null;
  attempt_amount: string | null;
  attempt_currency: string | null;
  armed_ms: string | null;
  called_ago_ms: string | null;
  same_key_left_ms: string | null;
  fenced: boolean | null;
  attempt_references: string[] | null;
}

export function viewOf(row: ViewRow): RefundView {
  return {
    paymentNo: row.payment_no,
    ordinal: row.ordinal,
    refundId: row.refund_id,
    accountNo: row.account_no,
    merchantNo: row.merchant_no,
    paymentId: row.payment_id,
    state: row.state,
    asked: row.asked,
    expected: row.expected,
    amount: row.amount,
    held: row.held,
    attemptNo: row.attempt_no,
    calls: row.calls,
    uncounted: row.uncounted,
    sequence: row.sequence,
    inLane: row.in_lane,
    resend: row.resend,
    lookFirst: row.look_first,
    waitingFor: row.waiting_for,
    reviewReason: row.review_reason,
    providerRefundId: row.provider_refund_id,
    handle: row.handle,
    requestedAtMs: Number(row.requested_ms),
    changedAtMs: Number(row.changed_ms),
    ceId: row.ce_id,
    traceparent: row.traceparent,
    provider: row.provider,
    account: row.account,
    mode: row.mode,
    currency: row.currency,
    task: row.task,
    freeText: row.free_text,
    freeDigest: row.free_digest,
    captured: row.captured,
    completed: row.completed,
    reserved: row.reserved,
    external: row.external,
    doubtful: row.doubtful,
    waiting: row.waiting,
    paymentHandle: row.payment_handle,
    paymentCurrency: row.payment_currency,
    stoppedBecause: row.stopped_because,
    version: row.version,
    leaseToken: row.lease_token,
    verifiedMsAgo: row.verified_ago_ms === null ? null : Number(row.verified_ago_ms),
    attempt: attemptOf(row),
  };
}

function attemptOf(row: ViewRow): AttemptView | null {
  const { action, reference, content, attempt_amount: amount, attempt_currency: currency } = row;
  if (action === null || reference === null || content === null || amount === null || currency === null)
    return null;
  return {
    action,
    key: row.key,
    reference,
    content,
    amount,
    currency,
    armedAtMs: Number(row.armed_ms),
    calledMsAgo: Number(row.called_ago_ms),
    sameKeyLeftMs: row.same_key_left_ms === null ? null : Number(row.same_key_left_ms),
    fenced: row.fenced === true,
    references: [...new Set(row.attempt_references ?? [reference])],
  };
}
