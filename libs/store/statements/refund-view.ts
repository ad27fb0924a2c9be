/** The columns of RefundView for aliases r (refund), k (refund_id), a (attempt, may be missing); the payment's columns come from `$p`. */
export function refundView(p: string): string {
  return `
  ${p}.payment_no, r.ordinal, r.refund_id, r.account_no, k.merchant_no, k.payment_id, r.state, r.asked::text, r.expected::text,
  r.amount::text, r.held::text, r.attempt_no, r.calls, r.uncounted, r.sequence, r.in_lane, r.resend, r.look_first, r.waiting_for, r.review_reason,
  r.provider_refund_id, r.handle,
  (extract(epoch from r.requested_at) * 1000)::bigint as requested_ms, (extract(epoch from r.changed_at) * 1000)::bigint as changed_ms,
  k.ce_id, k.traceparent, k.provider, k.account, k.mode, k.currency, k.task, k.free_text, k.free_digest,
  ${p}.captured::text, ${p}.completed::text, ${p}.reserved::text, ${p}.external::text, ${p}.doubtful, ${p}.waiting, ${p}.handle as payment_handle,
  ${p}.currency as payment_currency, ${p}.stopped_because,
  ${p}.version, ${p}.lease_token,
  case when ${p}.verified_at = '-infinity' then null else (extract(epoch from now() - ${p}.verified_at) * 1000)::bigint end as verified_ago_ms,
  a.action, a.fenced_at is not null as fenced, a.key, a.reference, a.content, a.amount::text as attempt_amount, a.currency as attempt_currency,
  (extract(epoch from a.armed_at) * 1000)::bigint as armed_ms, (extract(epoch from now() - r.called_at) * 1000)::bigint as called_ago_ms,
  case when a.same_key_until is null then null else (extract(epoch from a.same_key_until - now()) * 1000)::bigint end as same_key_left_ms,
  case when r.attempt_no > 0 then array(select t.reference from refundry.attempt t
    where t.payment_no = r.payment_no and t.ordinal = r.ordinal order by t.attempt_no) end as attempt_references`;
}

/** Joins that complete a refund row `r`. */
export const REFUND_JOINS = `
  join refundry.refund_id k on k.refund_id = r.refund_id
  left join refundry.attempt a on a.payment_no = r.payment_no and a.ordinal = r.ordinal and a.attempt_no = r.attempt_no`;
