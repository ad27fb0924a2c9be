import type { Statement } from '../statement.ts';
import { ENTERED } from './external-entries.ts';

/**
 * Records a provider refund that is none of ours ($3, of $4) at a payment of ours ($1 merchant, $2 payment): counted once among the refunds made
 * elsewhere, bound to no refund (ordinal 0) so that none of ours can own it any more. The payment has to be read before anything of it is sent again:
 * a reading from before may have counted this money already. Nothing is kept where a refund of the payment waits, is out or in doubt: this one may be
 * it, sent by a worker that was killed, or before rows were lost. The caller rolls back whenever it is not kept.
 * Lock order as in settle: the provider refund, the payment, what belongs to it. That nothing is open is asked under the payment's lock.
 */
export const RECORD_EXTERNAL: Statement = {
  name: 'record-external',
  text: `
with owned as (
  insert into refundry.provider_refund (merchant_no, provider_refund_id, payment_no, ordinal)
  select p.merchant_no, $3, p.payment_no, 0 from refundry.payment p where p.merchant_no = $1::int and p.payment_id = $2
  on conflict (merchant_no, provider_refund_id) do nothing
  returning payment_no),
pay as (
  update refundry.payment p set external = p.external + $4::numeric, version = p.version + 1, verified_at = '-infinity'
  from owned o where p.payment_no = o.payment_no and p.doubtful = 0 and p.waiting = 0 and p.lease_until < now()
  returning p.payment_no, p.account_no, p.currency, p.external),
entered as (
  insert into refundry.external_change (payment_no, account_no, currency, amount, cause)
  select w.payment_no, w.account_no, w.currency, w.external - ${ENTERED}, $6 from pay w),
kept as (
  insert into refundry.external_refund (payment_no, provider_refund_id, amount, related_refund_id, shown, cause)
  select payment_no, $3, $4::numeric, '', $5, $6 from pay
  on conflict (payment_no, provider_refund_id) do nothing
  returning payment_no)
select exists (select from kept) as kept, exists (select from owned) as known`,
};
