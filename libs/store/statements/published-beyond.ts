import type { Statement } from '../statement.ts';
import { LOOK_FIRST_COMMAND } from './look-first.ts';

/**
 * A refund of which an event ($1 its name, $2 the event's sequence, $3 when it was published) lies beyond what the store knows: its rows were lost.
 * One that has changed since the event was published went on without them, and proves nothing about what waits now; nor does an event from before
 * the last time that everything was marked for such a loss. A minute is given to clocks that differ.
 */
export const PUBLISHED_BEYOND: Statement = {
  name: 'published-beyond',
  text: `
select k.refund_id
from unnest($1::text[], $2::int[], $3::bigint[]) as e(refund_id, sequence, at_ms)
join refundry.refund_id k using (refund_id)
join refundry.payment p on p.merchant_no = k.merchant_no and p.payment_id = k.payment_id
join refundry.refund r on r.payment_no = p.payment_no and r.refund_id = k.refund_id
where r.sequence < e.sequence and r.changed_at < to_timestamp(e.at_ms / 1000.0) + interval '1 minute'
  and to_timestamp(e.at_ms / 1000.0) > coalesce((select max(started_at) from refundry.operation where command = '${LOOK_FIRST_COMMAND}'), '-infinity')
limit 1`,
};
