import type { Statement } from '../statement.ts';
import { REFUND_JOINS, refundView } from './refund-view.ts';

/** Refunds by (payment, ordinal) ($1, $2) as they are stored now, in one snapshot with their payments: what a lost comparison decides on again. */
export const READ_REFUNDS: Statement = {
  name: 'read-refunds',
  text: `
select ${refundView('p')}
from unnest($1::bigint[], $2::int[]) as w(payment_no, ordinal) join refundry.payment p using (payment_no)
join refundry.refund r on r.payment_no = w.payment_no and r.ordinal = w.ordinal ${REFUND_JOINS}`,
};
