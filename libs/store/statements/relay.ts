import type { Statement } from '../statement.ts';

/**
 * Deletes published entries ($3 shards, $4 ids), and answers the oldest of the others of each shard in $1, at most $2 a shard, in journal order.
 * In one statement: what was published goes with the look for what is next. It does not see its own deletes, hence the comparison.
 */
export const OUTBOX_TAKE: Statement = {
  name: 'outbox-take',
  text: `
with gone as (
  delete from refundry.outbox b using unnest($3::smallint[], $4::bigint[]) as d(shard, id) where b.shard = d.shard and b.id = d.id)
select o.shard, o.id, j.refund_id, j.payment_id, j.sequence, (extract(epoch from j.occurred_at) * 1000)::bigint as occurred_ms,
  j.traceparent, j.status, j.result, j.result_type
from unnest($1::smallint[]) as s(shard) cross join lateral (
  select b.shard, b.id, b.payment_no, b.ordinal, b.sequence from refundry.outbox b
  where b.shard = s.shard and b.id <> all($4::bigint[]) order by b.id limit $2::int) o
join refundry.journal j on j.payment_no = o.payment_no and j.ordinal = o.ordinal and j.sequence = o.sequence
order by o.shard, o.id`,
};

/**
 * Renews owner $1's membership and leases for $2 milliseconds and takes what is free, up to its fair share of all shards among live members.
 * $3: shards it gives up first. Answers every shard it owns now; `taken_over` marks one whose last owner never let go.
 */
export const SHARDS_RENEW: Statement = {
  name: 'shards-renew',
  text: `
with me as (
  insert into refundry.relay_member (owner, until) values ($1, now() + $2::int * interval '1 millisecond')
  on conflict (owner) do update set until = excluded.until),
gone as (delete from refundry.relay_member where until < now() - interval '1 minute' and owner <> $1),
members as materialized (select 1 + count(*) as live from refundry.relay_member where until > now() and owner <> $1),
share as materialized (select ceil((select count(*) from refundry.shard_lease)::numeric / live)::int as shards from members),
mine as materialized (
  select shard from refundry.shard_lease where owner = $1 and until > now() and shard <> all($3::smallint[]) order by shard for update),
free as materialized (
  select shard from refundry.shard_lease where (owner is null or until < now()) and shard <> all($3::smallint[])
  order by shard limit greatest(0, (select shards from share) - (select count(*)::int from mine)) for update skip locked),
freed as (
  update refundry.shard_lease set owner = null, until = '-infinity', taken_over = false where owner = $1 and shard = any($3::smallint[])),
taken as (
  update refundry.shard_lease l set owner = $1, until = now() + $2::int * interval '1 millisecond',
    taken_over = l.owner is not null and l.owner <> $1
  where shard in (select shard from mine union all select shard from free)
  returning shard, taken_over)
select shard, taken_over, (select shards from share) as share from taken`,
};

/** Lets every shard of owner $1 go. */
export const SHARDS_RELEASE: Statement = {
  name: 'shards-release',
  text: `
with gone as (delete from refundry.relay_member where owner = $1)
update refundry.shard_lease set owner = null, until = '-infinity', taken_over = false where owner = $1`,
};

/** Dead letters not yet on their topic, oldest first: at most $1, and of at most $2 bytes together unless the first alone is larger. */
export const DEAD_LETTERS_TAKE: Statement = {
  name: 'dead-letters-take',
  text: `
select dead_letter_no, group_id, topic, partition, record_offset, (extract(epoch from record_at) * 1000)::bigint as record_ms,
  code, message, key, value, headers
from (
  select *, row_number() over in_order as n,
    sum(coalesce(octet_length(key), 0) + coalesce(octet_length(value), 0) + octet_length(headers)) over in_order as bytes
  from (select * from refundry.dead_letter where published_at is null order by dead_letter_no limit $1::int) waiting
  window in_order as (order by dead_letter_no)) measured
where n = 1 or bytes <= $2::int order by dead_letter_no`,
};

export const DEAD_LETTERS_PUBLISHED: Statement = {
  name: 'dead-letters-published',
  text: `update refundry.dead_letter set published_at = now() where dead_letter_no = any($1::bigint[])`,
};
