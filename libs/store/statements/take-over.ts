import type { Statement } from '../statement.ts';
import { ENTERED } from './external-entries.ts';

/**
 * Gives a provider refund ($1 merchant, $2 its id) that was recorded as made elsewhere to the refund that it is ($3 payment, $4 ordinal), compared with
 * the payment's version ($5), which moves. What it added to the refunds made elsewhere is taken off again, unless the payment was read since: the
 * reading has replaced that sum. Read again before anything more of the payment is sent, it is right either way. $6 is the cause.
 * `known` false: it is not recorded so at this payment. `moved` false: nor is anything changed, and the caller rolls back.
 * Lock order as in settle: the provider refund, the payment, what belongs to it.
 */
export const TAKE_OVER: Statement = {
  name: 'take-over',
  text: `
with owned as (
  update refundry.provider_refund b set ordinal = $4::int
  where b.merchant_no = $1::int and b.provider_refund_id = $2 and b.payment_no = $3::bigint and b.ordinal = 0
  returning b.payment_no),
pay as (
  update refundry.payment p set version = p.version + 1, verified_at = '-infinity',
    external = case when p.verified_at = '-infinity' then greatest(0, p.external - coalesce(e.amount, 0)) else p.external end
  from owned o left join refundry.external_refund e on e.payment_no = o.payment_no and e.provider_refund_id = $2
  where p.payment_no = o.payment_no and p.version = $5::int
  returning p.payment_no, p.account_no, p.currency, p.external),
freed as (delete from refundry.external_refund e using pay where e.payment_no = pay.payment_no and e.provider_refund_id = $2),
entered as (
  insert into refundry.external_change (payment_no, account_no, currency, amount, cause)
  select w.payment_no, w.account_no, w.currency, w.external - ${ENTERED}, $6 from pay w where w.external <> ${ENTERED})
select exists (select from owned) as known, exists (select from pay) as moved`,
};
