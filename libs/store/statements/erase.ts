import type { Statement } from '../statement.ts';

/** The place of a refund ($1), with its payment locked. Whatever is read of it afterwards is as it stands. */
export const ERASE_LOCK: Statement = {
  name: 'erase-lock',
  text: `
select p.payment_no, r.ordinal
from refundry.refund_id w
join refundry.payment p on p.merchant_no = w.merchant_no and p.payment_id = w.payment_id
join refundry.refund r on r.payment_no = p.payment_no and r.refund_id = w.refund_id
where w.refund_id = $1 for no key update of p`,
};

export const ERASE_READ: Statement = {
  name: 'erase-read',
  text: `
select r.state, (extract(epoch from x.erased_at) * 1000)::bigint as erased_ms, x.erased_by, x.reason
from refundry.refund r left join refundry.erasure x using (payment_no, ordinal)
where r.payment_no = $1::bigint and r.ordinal = $2::int`,
};

export const ERASE_ENTRIES: Statement = {
  name: 'erase-entries',
  text: `
select sequence, status, result from refundry.journal where payment_no = $1::bigint and ordinal = $2::int order by sequence`,
};

/** What is left of the events of each row ($3 sequences, $4 status, $5 result). */
export const ERASE_TEXTS: Statement = {
  name: 'erase-texts',
  text: `
update refundry.journal j set status = e.status, result = e.result
from unnest($3::int[], $4::text[], $5::text[]) as e(sequence, status, result)
where j.payment_no = $1::bigint and j.ordinal = $2::int and j.sequence = e.sequence`,
};

/**
 * Empties what is stored of the request of refund $3 and says who erased it ($4) and why ($5). The payment's version moves, so that whoever has read the
 * text before and is about to write it into another row loses the comparison. The last entry is published once more, without its text ($6 shards): the
 * compacted topic then forgets the one with it.
 */
export const ERASE_REFUND: Statement = {
  name: 'erase-refund',
  text: `
with pay as (update refundry.payment set version = version + 1 where payment_no = $1::bigint returning payment_no),
known as (update refundry.refund_id set free_text = '', salt = '', request = null where refund_id = $3),
rows as materialized (
  select max(sequence) as last, count(*) as entries from refundry.journal where payment_no = $1::bigint and ordinal = $2::int),
outgoing as (
  insert into refundry.outbox (shard, payment_no, ordinal, sequence)
  select (payment_no % $6::int)::smallint, payment_no, $2::int, last from pay cross join rows)
insert into refundry.erasure (payment_no, ordinal, erased_by, reason, entries)
select payment_no, $2::int, $4, $5, entries from pay cross join rows`,
};
