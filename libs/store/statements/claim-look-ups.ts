import type { Statement } from '../statement.ts';
import { REFUND_JOINS, refundView } from './refund-view.ts';

/**
 * Leases due look-ups, at most `count` per account ($1, $2), for $3 milliseconds. The refund and the sums are read without a lock:
 * what is decided on them compares the payment's version. An account whose credentials are refused is not asked; stopped otherwise it is.
 * From here on a webhook that came before is used up: what is asked next is asked after it.
 */
export const CLAIM_LOOK_UPS: Statement = {
  name: 'claim-look-ups',
  text: `
with want as materialized (
  select w.account_no, w.looks from unnest($1::int[], $2::int[]) as w(account_no, looks)
  join refundry.account a using (account_no) where a.stop_kind is distinct from 'credentials'),
taken as materialized (
  select t.* from want w cross join lateral (
    select l.payment_no, l.ordinal from refundry.look_up l
    where l.account_no = w.account_no and l.due_at <= now() and l.lease_until < now()
    order by l.due_at limit w.looks for no key update of l skip locked) t),
leased as (
  update refundry.look_up l set lease_until = now() + $3::int * interval '1 millisecond', lease_token = nextval('refundry.lease_token'),
    hinted_at = null
  from taken t where l.payment_no = t.payment_no and l.ordinal = t.ordinal
  returning l.payment_no, l.ordinal, l.tries, l.lease_token as token)
select ${refundView('p')}, l.tries, l.token
from leased l join refundry.payment p on p.payment_no = l.payment_no
join refundry.refund r on r.payment_no = l.payment_no and r.ordinal = l.ordinal ${REFUND_JOINS}`,
};
