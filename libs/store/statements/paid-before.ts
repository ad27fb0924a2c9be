import type { Statement } from '../statement.ts';

/**
 * Whether a refund ($1, $2) may have been paid by an attempt before its current one ($3) although a person had it sent once more: one that was fenced and of
 * which no answer is known, or, where the current one is the first, one that was made before rows were lost.
 */
export const PAID_BEFORE: Statement = {
  name: 'paid-before',
  text: `
select exists (select from refundry.decision d where d.payment_no = $1::bigint and d.ordinal = $2::int and d.decided_as = 'retry')
  and ($3::int = 1 or exists (
    select from refundry.attempt t
    where t.payment_no = $1::bigint and t.ordinal = $2::int and t.attempt_no < $3::int and t.fenced_at is not null
      and not exists (
        select from refundry.call c
        where c.payment_no = t.payment_no and c.ordinal = t.ordinal and c.attempt_no = t.attempt_no and c.verb = 'create'
          and c.verdict not like 'unknown%'))) as may`,
};
