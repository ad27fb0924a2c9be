import { unnest, type Columns } from '../binary-array.ts';
import type { FenceRow } from '../rows.ts';
import type { Statement } from '../statement.ts';

export const FENCE_COLUMNS: Columns<FenceRow> = [
  { name: 'n', type: 'int4', of: (_row, index) => index },
  { name: 'payment_no', type: 'int8', of: (row) => row.paymentNo },
  { name: 'ordinal', type: 'int4', of: (row) => row.ordinal },
  { name: 'attempt_no', type: 'int4', of: (row) => row.attemptNo },
  { name: 'token', type: 'int8', of: (row) => row.token },
  { name: 'version', type: 'int4', of: (row) => row.version },
];

/**
 * Fences attempts without a key immediately before their bytes leave, compared with the lease on the database's clock and with the version that
 * armed them. An attempt is fenced once, ever: whoever finds it fenced must take its bytes for sent.
 * No answer for a row = it must not be sent: the lease is over, the payment has moved on, or it is fenced already.
 */
export const FENCE: Statement = {
  name: 'fence',
  text: `
with input as materialized (select * from ${unnest(FENCE_COLUMNS, 'i')} order by payment_no),
held as materialized (
  select i.* from input i join refundry.payment p using (payment_no)
  where p.lease_token = i.token and p.lease_until > now() and p.version = i.version order by p.payment_no for no key update of p)
update refundry.attempt a set fenced_at = now() from held h
where a.payment_no = h.payment_no and a.ordinal = h.ordinal and a.attempt_no = h.attempt_no and a.fenced_at is null and a.key is null
returning h.n`,
};
