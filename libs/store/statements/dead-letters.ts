import type { Statement } from '../statement.ts';

const LATEST = `left join lateral (
  select a.action, a.acted_by, a.reason, a.acted_at from refundry.dead_letter_action a
  where a.dead_letter_no = d.dead_letter_no order by a.action_no desc limit 1) l on true`;

const SUMMARY = `d.dead_letter_no, d.group_id, d.cluster, d.topic, d.partition, d.record_offset, (extract(epoch from d.record_at) * 1000)::bigint as record_ms,
  (extract(epoch from d.kept_at) * 1000)::bigint as kept_ms, d.code, d.message, d.key, octet_length(d.value) as value_bytes, d.published_at is not null as published,
  coalesce(l.action, 'open') as status, l.acted_by, l.reason, (extract(epoch from l.acted_at) * 1000)::bigint as acted_ms`;

/**
 * One page: numbers above $1, kept from $2 until before $3 (Unix milliseconds, null: unbounded), of code $4 (null: any), in status $5 (null: any),
 * at most $6.
 */
export const DEAD_LETTERS_PAGE: Statement = {
  name: 'dead-letters-page',
  text: `
select ${SUMMARY} from refundry.dead_letter d ${LATEST}
where d.dead_letter_no > $1::bigint
  and ($2::bigint is null or d.kept_at >= to_timestamp($2::numeric / 1000)) and ($3::bigint is null or d.kept_at < to_timestamp($3::numeric / 1000))
  and ($4::text is null or d.code = $4) and ($5::text is null or coalesce(l.action, 'open') = $5)
order by d.dead_letter_no limit $6::int`,
};

export const DEAD_LETTER_FIND: Statement = {
  name: 'dead-letter-find',
  text: `select ${SUMMARY}, d.value, d.headers from refundry.dead_letter d ${LATEST} where d.dead_letter_no = $1::bigint`,
};

/** Two operators with one letter: the second waits, and finds what the first has done. Not the row's own lock: the relay updates the row. */
export const DEAD_LETTER_LOCK: Statement = {
  name: 'dead-letter-lock',
  text: `select pg_advisory_xact_lock(hashtextextended('refundry.dead_letter', $1::bigint))`,
};

export const DEAD_LETTER_ACT: Statement = {
  name: 'dead-letter-act',
  text: `
insert into refundry.dead_letter_action (dead_letter_no, action, acted_by, reason, operation_no)
values ($1::bigint, $2, $3, $4, $5::bigint)`,
};
