import type { CallRow, ExternalRow } from '../rows.ts';
import type { Statement } from '../statement.ts';
import { ENTERED } from './external-entries.ts';

/**
 * Keeps a provider refund that moved money for a refund of ours which had ended without it, or is paid by another one: bound to that refund, so that no other one can own it, and
 * counted among the payment's refunds made elsewhere, once. The payment is stopped: claims pass it over, and whoever decides on what it was before
 * loses its comparison. It has to be read before anything of it is sent again: a reading from before may have counted this money already, and the next
 * one replaces the sum.
 * What a completed refund itself was paid by is counted there and never here.
 * Answers whether it was new (`kept`), and whether it is this refund's (`owned`); otherwise only the call is kept.
 * Lock order as in settle: the provider refund, the payment, what belongs to it.
 */
export const KEEP_EXTERNAL: Statement = {
  name: 'keep-external',
  text: `
with owned as (
  insert into refundry.provider_refund as b (merchant_no, provider_refund_id, payment_no, ordinal) values ($1::int, $2, $3::bigint, $4::int)
  on conflict (merchant_no, provider_refund_id) do update set ordinal = b.ordinal
    where b.payment_no = excluded.payment_no and b.ordinal = excluded.ordinal
  returning b.payment_no, b.ordinal),
kept as (
  insert into refundry.external_refund (payment_no, provider_refund_id, amount, related_refund_id, shown, cause)
  select r.payment_no, $2, $5::numeric, r.refund_id, $6, $7
  from owned o join refundry.refund r on r.payment_no = o.payment_no and r.ordinal = o.ordinal
  where r.state <> 'completed' or r.provider_refund_id is distinct from $2
  on conflict (payment_no, provider_refund_id) do nothing
  returning payment_no, amount),
pay as (
  update refundry.payment p set external = p.external + k.amount, version = p.version + 1, verified_at = '-infinity', stopped_because = $8
  from kept k where p.payment_no = k.payment_no returning p.payment_no, p.account_no, p.currency, p.external),
entered as (
  insert into refundry.external_change (payment_no, account_no, currency, amount, cause)
  select w.payment_no, w.account_no, w.currency, w.external - ${ENTERED}, $7 from pay w),
parked as (update refundry.lane l set due_at = 'infinity' from pay where l.payment_no = pay.payment_no),
bound as (
  update refundry.refund r set provider_refund_id = coalesce(r.provider_refund_id, $2) from pay where r.payment_no = pay.payment_no and r.ordinal = $4::int),
evidence as (
  insert into refundry.call (payment_no, ordinal, attempt_no, verb, started_at, duration_ms, http_status, answer, verdict, asked, left_there, late)
  select $3::bigint, $4::int, $9::int, $10, to_timestamp($11::bigint / 1000.0), $12::int, $13::int, $14, $15, $16, $17::numeric, false where $10::text is not null)
select exists (select from kept) as kept, exists (select from owned) as owned`,
};

/** The statement's values. */
export function keepExternalValues(row: ExternalRow): unknown[] {
  const { call } = row;
  return [
    row.merchantNo,
    row.providerRefundId,
    row.paymentNo,
    row.ordinal,
    row.amount,
    row.shown,
    row.cause,
    row.stoppedBecause,
    ...callValues(call),
  ];
}

function callValues(call: CallRow | null): unknown[] {
  if (call === null) return Array.from({ length: 9 }, () => null);
  const { attemptNo, verb, startedAtMs, durationMs, httpStatus, answer, verdict, asked, leftThere } = call;
  const told = [attemptNo, verb, startedAtMs, durationMs, httpStatus, answer, verdict];
  return [...told, asked ?? null, leftThere ?? null];
}
