import { unnest, type Columns } from '../binary-array.ts';
import type { ArmRow } from '../rows.ts';
import type { Statement } from '../statement.ts';
import { ENTERED } from './external-entries.ts';

export const ARM_COLUMNS: Columns<ArmRow> = [
  { name: 'n', type: 'int4', of: (_row, index) => index },
  { name: 'payment_no', type: 'int8', of: (row) => row.paymentNo },
  { name: 'ordinal', type: 'int4', of: (row) => row.ordinal },
  { name: 'token', type: 'int8', of: (row) => row.token },
  { name: 'attempt_no', type: 'int4', of: (row) => row.attemptNo },
  { name: 'fresh', type: 'bool', of: (row) => row.fresh },
  { name: 'resend', type: 'bool', of: (row) => row.resend },
  { name: 'sum_text', type: 'text', of: (row) => row.sum },
  { name: 'expected_text', type: 'text', of: (row) => row.expected },
  { name: 'captured_text', type: 'text', of: (row) => row.captured },
  { name: 'refunded_text', type: 'text', of: (row) => row.refundedTotal },
  { name: 'currency', type: 'text', of: (row) => row.currency },
  { name: 'payment_handle', type: 'text', of: (row) => row.paymentHandle },
  { name: 'version', type: 'int4', of: (row) => row.version },
  { name: 'action', type: 'text', of: (row) => row.action },
  { name: 'key', type: 'text', of: (row) => row.key },
  { name: 'reference', type: 'text', of: (row) => row.reference },
  { name: 'content', type: 'text', of: (row) => row.content },
  { name: 'same_key_ms', type: 'int8', of: (row) => row.sameKeyForMs },
];

/** What is left on the payment, with the reading that came with the row when there is one. External = what the provider counts and we do not. */
const LEFT = `(coalesce(i.captured, p.captured) - p.completed - p.reserved
  - case when i.refunded is null then p.external else greatest(0, i.refunded - p.completed - p.reserved) end)`;

/**
 * Reserves and records attempts, compared with the lease token on the database's clock. The only place that decides whether an amount fits.
 * The version is compared too: the refund is read in this statement's snapshot, and whoever decides without the lease (a look-up, a person) leaves
 * the token alone. Without it a refund that such a one decided while this statement waited for the payment would be armed and sent once more.
 * A void takes back the whole payment, so nothing else may wait for it or be under way.
 * No answer for a row = the lease is lost, or the payment has moved on since the claim; `granted` false = it does not fit, the reason is in the row.
 */
export const ARM: Statement = {
  name: 'arm',
  text: `
with input as materialized (
  select i.*, i.sum_text::numeric as sum, i.expected_text::numeric as expected, i.captured_text::numeric as captured,
    i.refunded_text::numeric as refunded from ${unnest(ARM_COLUMNS, 'i')}),
ready as materialized (
  select i.* from input i join refundry.refund r on r.payment_no = i.payment_no and r.ordinal = i.ordinal
  where r.in_lane and r.attempt_no = i.attempt_no - i.fresh::int
    and case when i.resend then r.state = 'unknown' and r.resend else r.state = 'requested' end
  order by i.payment_no),
pay as (
  update refundry.payment p set version = p.version + 1,
    captured = coalesce(i.captured, p.captured),
    external = case when i.refunded is null then p.external else greatest(0, i.refunded - p.completed - p.reserved) end,
    currency = coalesce(p.currency, i.currency), handle = coalesce(i.payment_handle, p.handle),
    verified_at = case when i.captured is null then p.verified_at else now() end,
    reserved = p.reserved + case when i.resend then 0 when i.action = 'void' and (p.waiting > 1 or p.reserved > 0) then 0 when coalesce(i.captured, p.captured) is null then i.sum
      when ${LEFT} > 0 and i.sum <= ${LEFT} and (i.expected is null or i.expected = ${LEFT}) then i.sum else 0 end
  from ready i
  where p.payment_no = i.payment_no and p.lease_token = i.token and p.lease_until > now() and p.version = i.version
  returning i.n, i.payment_no, i.ordinal, i.fresh, i.resend, i.attempt_no, i.action, i.key, i.reference, i.content, i.sum, i.currency, i.same_key_ms,
    i.resend or new.reserved > old.reserved as granted,
    new.captured - old.completed - old.reserved - new.external as remaining, new.doubtful, new.version, new.account_no, new.currency as money,
    new.external, new.external <> old.external as elsewhere),
refunds as (
  update refundry.refund r set state = case when w.resend then r.state else 'submitting' end,
    amount = w.sum, held = w.sum, attempt_no = w.attempt_no, calls = r.calls + 1, called_at = now(), waiting_for = null, resend = false
  from pay w where w.granted and r.payment_no = w.payment_no and r.ordinal = w.ordinal),
attempts as (
  insert into refundry.attempt (payment_no, ordinal, attempt_no, action, key, reference, content, amount, currency, armed_at, same_key_until)
  select payment_no, ordinal, attempt_no, action, key, reference, content, sum, currency, now(), now() + same_key_ms * interval '1 millisecond'
  from pay where granted and fresh),
entered as (
  insert into refundry.external_change (payment_no, account_no, currency, amount, cause)
  select w.payment_no, w.account_no, w.money, w.external - ${ENTERED}, 'reading' from pay w where w.elsewhere)
select n, granted, remaining::text, doubtful, version from pay`,
};
