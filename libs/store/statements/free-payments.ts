import type { Statement } from '../statement.ts';

/** Which of the payments ($1) nobody holds a lock on now. Asked when a statement has waited for one of them in vain. */
export const FREE_PAYMENTS: Statement = {
  name: 'free-payments',
  text: `
select payment_no from refundry.payment where payment_no = any($1::bigint[]) order by payment_no for no key update skip locked`,
};
