import { unnest, type Columns } from '../binary-array.ts';
import type { Statement } from '../statement.ts';

/** A refund of ours, by its place. */
export interface PlaceRow {
  readonly paymentNo: string;
  readonly ordinal: number;
}

export const PLACE_COLUMNS: Columns<PlaceRow> = [
  { name: 'payment_no', type: 'int8', of: (row) => row.paymentNo },
  { name: 'ordinal', type: 'int4', of: (row) => row.ordinal },
];

/**
 * Makes look-ups of refunds due now, as a webhook does; no refund is changed. One that was never sent and is bound to nothing has nothing to be looked up, and one
 * whose call is out is about to get its answer. The lease of a look-up under way is ended: it asked before the news.
 * Lock order: look-ups by payment and ordinal, as outcomes and webhooks lock them.
 */
export const HINT_LOOK_UPS: Statement = {
  name: 'hint-look-ups',
  text: `
insert into refundry.look_up as l (payment_no, ordinal, account_no, due_at, hinted_at)
select r.payment_no, r.ordinal, r.account_no, now(), now()
from ${unnest(PLACE_COLUMNS, 'i')} join refundry.refund r on r.payment_no = i.payment_no and r.ordinal = i.ordinal
where (r.attempt_no > 0 or r.provider_refund_id is not null) and r.state in ('pending', 'unknown', 'review', 'completed', 'failed', 'reversed')
order by r.payment_no, r.ordinal
on conflict (payment_no, ordinal) do update set due_at = least(l.due_at, excluded.due_at), hinted_at = excluded.hinted_at,
  lease_until = '-infinity', lease_token = 0
returning l.payment_no, l.ordinal`,
};
