import type { Statement } from '../statement.ts';

/**
 * Ends leases that were claimed and not used ($1 payment numbers, $2 tokens); the lanes are due again after $3 milliseconds each, under account $4
 * where one is given.
 * A lease that is not ours any more is left alone.
 */
export const GIVE_BACK: Statement = {
  name: 'give-back',
  text: `
with pay as (
  update refundry.payment p set lease_until = '-infinity', lease_token = 0
  from (select * from unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::int[]) as w(payment_no, token, due_ms, account_no) order by payment_no) w
  where p.payment_no = w.payment_no and p.lease_token = w.token
  returning w.payment_no, w.due_ms, w.account_no)
update refundry.lane l set account_no = coalesce(pay.account_no, l.account_no),
  due_at = case when pay.due_ms > 0 then now() + pay.due_ms * interval '1 millisecond' else l.due_at end
from pay where l.payment_no = pay.payment_no and (pay.due_ms > 0 or pay.account_no is not null)`,
};
