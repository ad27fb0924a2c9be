import type { Statement } from '../statement.ts';
import { REFUND_JOINS, refundView } from './refund-view.ts';

/**
 * Leases the payments whose lanes are due, at most `submits` per account ($1, $2), for $3 milliseconds, and answers the head refund of each.
 * Nothing of a stopped account, unless it is a trial ($4) of one that stopped for its balance, and nothing of a stopped payment.
 * Never waits for anybody. Refunds are read in this statement's snapshot, the payment is locked in its newest version: where the two differ
 * (an outcome or a resend was committed in between) the payment is left for the next claim. Otherwise a refund already decided would be sent
 * again, or one that came back into the lane would be passed over. The head row is locked for the same reason.
 */
export const CLAIM: Statement = {
  name: 'claim',
  text: `
with want as materialized (
  select w.account_no, w.submits from unnest($1::int[], $2::int[], $4::bool[]) as w(account_no, submits, trial)
  join refundry.account a using (account_no)
  where case when w.trial then a.stop_kind = 'balance' else a.stop_kind is null and (a.stopped_until is null or a.stopped_until < now()) end),
taken as materialized (
  select t.* from want w cross join lateral (
    select p.payment_no, p.lane_floor, p.captured, p.completed, p.reserved, p.external, p.doubtful, p.waiting, p.handle, p.currency, p.stopped_because, p.version, p.lease_token, p.verified_at
    from refundry.lane l join refundry.payment p using (payment_no)
    where l.account_no = w.account_no and l.due_at <= now() and p.lease_until < now() and p.waiting > 0 and p.stopped_because is null
    order by l.due_at limit w.submits for no key update of p skip locked) t),
head as materialized (
  select t.payment_no as head_payment_no, ${refundView('t')}
  from taken t cross join lateral (
    select * from refundry.refund r where r.payment_no = t.payment_no and r.ordinal >= t.lane_floor and r.in_lane
    order by r.ordinal limit 1 for no key update) r
  join refundry.payment seen on seen.payment_no = t.payment_no and seen.version = t.version ${REFUND_JOINS})
update refundry.payment p set lease_until = now() + $3::int * interval '1 millisecond', lease_token = nextval('refundry.lease_token'),
  lane_floor = h.ordinal
from head h where p.payment_no = h.head_payment_no
returning h.*, p.lease_token as token`,
};
