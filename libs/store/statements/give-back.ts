import type { Statement } from '../statement.ts';

/**
 * Ends leases that were claimed and not used ($1 payment numbers, $2 tokens); the lanes are due again after $3 milliseconds each.
 * A lease that is not ours any more is left alone.
 */
export const GIVE_BACK: Statement = {
  name: 'give-back',
  text: `
with pay as (
  update refundry.payment p set lease_until = '-infinity', lease_token = 0
  from (select * from unnest($1::bigint[], $2::bigint[], $3::bigint[]) as w(payment_no, token, due_ms) order by payment_no) w
  where p.payment_no = w.payment_no and p.lease_token = w.token
  returning w.payment_no, w.due_ms)
update refundry.lane l set due_at = now() + pay.due_ms * interval '1 millisecond' from pay where l.payment_no = pay.payment_no and pay.due_ms > 0`,
};
