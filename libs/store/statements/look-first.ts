import { LONG_ANSWER_WITHIN_MS, type Statement } from '../statement.ts';

/** Its name among the operations. */
export const LOOK_FIRST_COMMAND = 'look first';

/**
 * Has every refund that waits to be sent looked up before: rows were lost, and what the store still knows as waiting may have been paid since.
 * They count as changed now: for how long the provider may not show yet what it was sent before, is counted from here.
 * The version moves, so that nobody arms or sends what was claimed without knowing it. All lanes are read; it happens after a restore.
 * Kept among the operations: who had it done ($1) and why ($2, JSON).
 * Lock order: payments by number, then their refunds.
 */
export const LOOK_FIRST: Statement = {
  name: 'look-first',
  answerWithinMs: LONG_ANSWER_WITHIN_MS,
  text: `
with waiting as materialized (
  select p.payment_no from refundry.lane l join refundry.payment p using (payment_no) order by p.payment_no for no key update of p),
marked as (
  update refundry.refund r set look_first = true, changed_at = now() from waiting w
  where r.payment_no = w.payment_no and r.in_lane and r.state in ('requested', 'submitting') and not r.look_first
  returning r.payment_no),
told as (
  insert into refundry.operation (command, arguments, started_by, dry_run, ended_at, outcome, counts, report)
  select '${LOOK_FIRST_COMMAND}', '{}', $1, false, now(), 'differences', jsonb_build_object('refunds', count(*)), $2::jsonb from marked)
update refundry.payment p set version = p.version + 1 from (select distinct payment_no from marked) m where p.payment_no = m.payment_no
returning p.payment_no`,
};
