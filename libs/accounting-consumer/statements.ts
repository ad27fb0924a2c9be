/** The SQL of one batch, in the order in which its transaction runs it. $1 is the consumer's number everywhere. */

/**
 * Moves a partition ($2 cluster, $3 topic, $4 partition) from $5 to $6. No row: somebody else has moved it, and nothing of this batch may be
 * written. $7: there was no position when it was loaded. Otherwise one that is gone was lost with the books (restored, emptied), and writing it
 * anew in the middle of the log would hide that. First in the transaction: whoever reads the same partition waits here, not on the rows.
 */
export const MOVE_POSITION = `
insert into accounting.position as p (consumer_no, cluster, topic, partition, next_offset)
select $1, $2, $3, $4, $6 where $7 or exists (
  select from accounting.position where consumer_no = $1 and cluster = $2 and topic = $3 and partition = $4)
on conflict (consumer_no, cluster, topic, partition) do update set next_offset = excluded.next_offset, moved_at = now()
where p.next_offset = $5
returning next_offset`;

/** One row per reading of this size; passed as arrays. */
const ROWS = `unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::bigint[], $7::bytea[], $8::bytea[], $9::text[], $12::bigint[])
  with ordinality as r(ce_id, type, refund_id, payment_id, sequence, digest, core_digest, reverses, record_offset, n)`;

/**
 * Takes results in that are not known yet and answers them. Sorted, so that two processes with the same results (a topic that was copied) wait
 * for each other instead of for each other's rows. A conflict waits until the other transaction has ended.
 */
export const APPLY = `
with rows as materialized (select * from ${ROWS})
insert into accounting.applied (consumer_no, ce_id, type, refund_id, payment_id, sequence, digest, core_digest, reverses, ahead, applied_at,
  topic, partition, record_offset)
select $1, r.ce_id, r.type, r.refund_id, r.payment_id, r.sequence, r.digest, r.core_digest, r.reverses,
  r.reverses is not null
    and not exists (select from accounting.applied c where c.consumer_no = $1 and c.ce_id = r.reverses)
    and not exists (select from rows e where e.ce_id = r.reverses and e.n < r.n),
  date_trunc('milliseconds', now()), $10, $11, r.record_offset
from rows r order by r.ce_id
on conflict (consumer_no, ce_id) do nothing
returning ce_id, ahead`;

/** What is known of results that were not taken in. */
export const KNOWN = `
select ce_id, digest, core_digest from accounting.applied where consumer_no = $1 and ce_id = any($2::text[])`;

export const ENTER = `
insert into accounting.entry (consumer_no, ce_id, line_no, account, currency, debit, credit)
select $1, * from unnest($2::text[], $3::int[], $4::text[], $5::text[], $6::numeric[], $7::numeric[])`;

/** Adds lines to the balances. Sorted for the same reason as APPLY. */
export const ADD = `
insert into accounting.balance as b (consumer_no, account, currency, debit, credit, entries)
select $1, account, currency, sum(debit), sum(credit), count(*)
from unnest($2::text[], $3::text[], $4::numeric[], $5::numeric[]) as l(account, currency, debit, credit)
group by account, currency order by account, currency
on conflict (consumer_no, account, currency) do update set debit = b.debit + excluded.debit, credit = b.credit + excluded.credit,
  entries = b.entries + excluded.entries`;

/** A record that comes again is kept once. */
export const SUSPECT = `
insert into accounting.suspect (consumer_no, cluster, topic, partition, reason, detail, record_offset, record_at, key, value, headers)
select $1, $2, $3, $4, s.reason, s.detail, s.record_offset, to_timestamp(s.record_ms::numeric / 1000), s.key, s.value, s.headers
from unnest($5::text[], $6::text[], $7::bigint[], $8::bigint[], $9::bytea[], $10::bytea[], $11::bytea[])
  as s(reason, detail, record_offset, record_ms, key, value, headers)
on conflict (consumer_no, cluster, topic, partition, record_offset, record_at) do nothing`;

export const ACKNOWLEDGE = `
insert into accounting.ack (consumer_no, ce_id) select $1, ce_id from unnest($2::text[]) as a(ce_id) order by ce_id
on conflict (consumer_no, ce_id) do nothing`;

/** The oldest $2 acknowledgements that nobody else is sending. */
export const TAKE_ACKNOWLEDGEMENTS = `
select k.ack_no, a.ce_id, a.refund_id, a.payment_id, a.applied_at
from accounting.ack k join accounting.applied a on a.consumer_no = k.consumer_no and a.ce_id = k.ce_id
where k.consumer_no = $1 order by k.ack_no limit $2 for update of k skip locked`;

export const ACKNOWLEDGED = `delete from accounting.ack where ack_no = any($1::bigint[])`;
