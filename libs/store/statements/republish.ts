import type { Statement } from '../statement.ts';

/**
 * The oldest events to be published again of each shard in $1, at most $2 a shard, as the journal has them now. A refund with entries in the outbox
 * is left for later: published between them, an event would come before one that it follows. Both are read at one moment.
 */
export const REPUBLISH_TAKE: Statement = {
  name: 'republish-take',
  text: `
select a.shard, a.id, a.topic, j.refund_id, j.payment_id, j.sequence, (extract(epoch from j.occurred_at) * 1000)::bigint as occurred_ms,
  j.traceparent, case when a.sequence is null then j.status end as status,
  case when a.sequence is not null then j.result end as result, case when a.sequence is not null then j.result_type end as result_type
from unnest($1::smallint[]) as s(shard) cross join lateral (
  select b.* from refundry.republish b where b.shard = s.shard and not b.refused and not exists (
    select from refundry.outbox o where o.shard = b.shard and o.payment_no = b.payment_no and o.ordinal = b.ordinal)
  order by b.id limit $2::int) a
left join refundry.refund r on r.payment_no = a.payment_no and r.ordinal = a.ordinal
left join refundry.journal j on j.payment_no = a.payment_no and j.ordinal = a.ordinal and j.sequence = coalesce(a.sequence, r.sequence)
order by a.shard, a.id`,
};

/** Deletes what was published again ($1 shards, $2 ids). */
export const REPUBLISH_DELETE: Statement = {
  name: 'republish-delete',
  text: `
delete from refundry.republish b using unnest($1::smallint[], $2::bigint[]) as d(shard, id) where b.shard = d.shard and b.id = d.id`,
};

export const REPUBLISH_REFUSE: Statement = {
  name: 'republish-refuse',
  text: `
update refundry.republish b set refused = true from unnest($1::smallint[], $2::bigint[]) as d(shard, id)
where b.shard = d.shard and b.id = d.id`,
};
