import type { Statement } from '../statement.ts';

const ENTRY = `j.payment_no, j.ordinal, j.sequence, j.refund_id, j.payment_id, (extract(epoch from j.occurred_at) * 1000)::bigint as occurred_ms, j.cause,
  j.traceparent, j.status, j.result, j.result_type, j.format, j.digest, j.hash, j.entry_no`;

/**
 * One page of journal rows behind ($1, $2, $3), at most $4, of refunds that changed from $5 on and were asked for before $6 (null: any), each with what
 * else is stored of its refund. Rows whose refund is gone are among them whatever the times say.
 */
export const CHAIN_PAGE: Statement = {
  name: 'chain-page',
  text: `
select ${ENTRY}, j.owner, j.last_sequence, j.last_hash, j.has_place, k.free_text, k.free_digest, k.salt, x.payment_no is not null as erased
from (
  select e.*, r.refund_id as owner, r.sequence as last_sequence, r.hash as last_hash, coalesce(e.ordinal between 1 and p.last_ordinal, false) as has_place
  from refundry.journal e left join refundry.refund r using (payment_no, ordinal) left join refundry.payment p using (payment_no)
  where (e.payment_no, e.ordinal, e.sequence) > ($1::bigint, $2::int, $3::int)
    and (r.payment_no is null or ($5::timestamptz is null or r.changed_at >= $5) and ($6::timestamptz is null or r.requested_at < $6))
  order by e.payment_no, e.ordinal, e.sequence limit $4::int) j
left join refundry.refund_id k on k.refund_id = j.owner
left join refundry.erasure x on x.payment_no = j.payment_no and x.ordinal = j.ordinal
order by j.payment_no, j.ordinal, j.sequence`,
};

/** Places in a payment's order, behind ($1, $2), that should have a refund with journal rows and have not; at most $3. */
export const MISSING_REFUNDS: Statement = {
  name: 'missing-refunds',
  text: `
select p.payment_no, p.payment_id, g.ordinal, r.refund_id
from refundry.payment p cross join lateral generate_series(1, p.last_ordinal) g(ordinal)
left join refundry.refund r on r.payment_no = p.payment_no and r.ordinal = g.ordinal
where p.payment_no >= $1::bigint and (p.payment_no, g.ordinal) > ($1::bigint, $2::int)
  and (r.payment_no is null or not exists (select from refundry.journal j where j.payment_no = p.payment_no and j.ordinal = g.ordinal))
order by p.payment_no, g.ordinal limit $3::int`,
};

/** Refund ids behind $1 whose refund is gone, at most $2. */
export const LONE_REFUND_IDS: Statement = {
  name: 'lone-refund-ids',
  text: `
select k.refund_id, k.payment_id from refundry.refund_id k
where k.refund_id > $1 and not exists (select from refundry.refund r where r.refund_id = k.refund_id)
order by k.refund_id limit $2::int`,
};

/** Rows that came after number $1, and rows with a number that none can have. */
export const COUNT_BEYOND: Statement = {
  name: 'count-beyond',
  text: `
select (select count(*) from refundry.journal where entry_no > $1::bigint) as unsealed,
  (select count(*) from refundry.journal where entry_no < 0) as numberless, (select count(*) from refundry.journal) as entries`,
};

const EXPORTED = `${ENTRY}, d.decided_by, d.reason as decided_because
from refundry.journal j left join lateral (
  select c.decided_by, c.reason from refundry.decision c
  where c.payment_no = j.payment_no and c.ordinal = j.ordinal and c.sequence = j.sequence order by c.decision_no desc limit 1) d on true`;
const IN_TIME =
  '($1::timestamptz is null or j.occurred_at >= $1) and ($2::timestamptz is null or j.occurred_at < $2)';

/** Rows numbered above $3 and at most $4 that occurred from $1 on and before $2, in the order of their numbers. */
export const EXPORT_ROWS: Statement = {
  name: 'export-rows',
  text: `
select ${EXPORTED}
where j.entry_no > $3::bigint and j.entry_no <= $4::bigint and ${IN_TIME}
order by j.entry_no, j.payment_no, j.ordinal, j.sequence`,
};

/** The same of rows from before rows were numbered, behind ($3, $4, $5), at most $6. */
export const EXPORT_OLD_ROWS: Statement = {
  name: 'export-old-rows',
  text: `
select ${EXPORTED}
where j.entry_no = 0 and (j.payment_no, j.ordinal, j.sequence) > ($3::bigint, $4::int, $5::int) and ${IN_TIME}
order by j.payment_no, j.ordinal, j.sequence limit $6::int`,
};

/** Changes of money given back elsewhere, numbered above $3, at most $4 of them, from $1 on and before $2. */
export const EXPORT_EXTERNAL: Statement = {
  name: 'export-external',
  text: `
select e.change_no, a.provider, a.name as account, a.mode, p.payment_id, e.amount::text, e.cause, (extract(epoch from e.changed_at) * 1000)::bigint as changed_ms,
  coalesce(e.currency, p.currency, (select k.currency from refundry.refund r join refundry.refund_id k on k.refund_id = r.refund_id
    where r.payment_no = e.payment_no order by r.ordinal limit 1)) as currency
from refundry.external_change e join refundry.payment p using (payment_no) join refundry.account a on a.account_no = e.account_no
where e.change_no > $3::bigint and ($1::timestamptz is null or e.changed_at >= $1) and ($2::timestamptz is null or e.changed_at < $2)
order by e.change_no limit $4::int`,
};
