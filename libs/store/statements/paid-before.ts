import type { Statement } from '../statement.ts';

/**
 * Whether a refund ($1, $2) may have been paid by a call before its current one: a person had it sent once more. Which calls there were does not tell: the
 * rows of the one that was paid may be those that were lost.
 */
export const PAID_BEFORE: Statement = {
  name: 'paid-before',
  text: `
select exists (select from refundry.decision d where d.payment_no = $1::bigint and d.ordinal = $2::int and d.decided_as = 'retry') as may`,
};
