import { unnest, type Columns } from '../binary-array.ts';
import type { AcceptRow, DeadLetterRow } from '../rows.ts';
import type { Statement } from '../statement.ts';

export const REQUEST_COLUMNS: Columns<AcceptRow> = [
  { name: 'n', type: 'int4', of: (_row, index) => index },
  { name: 'refund_id', type: 'text', of: (row) => row.refundId },
  { name: 'merchant_no', type: 'int4', of: (row) => row.merchantNo },
  { name: 'account_no', type: 'int4', of: (row) => row.accountNo },
  { name: 'payment_id', type: 'text', of: (row) => row.paymentId },
  { name: 'fingerprint', type: 'bytea', of: (row) => row.fingerprint },
  { name: 'fingerprint_version', type: 'int4', of: (row) => row.fingerprintVersion },
  { name: 'record_offset', type: 'int8', of: (row) => row.origin.offset },
  { name: 'record_ms', type: 'int8', of: (row) => row.origin.recordAtMs },
  { name: 'ce_id', type: 'text', of: (row) => row.ceId },
  { name: 'ce_source', type: 'text', of: (row) => row.ceSource },
  { name: 'traceparent', type: 'text', of: (row) => row.traceparent },
  { name: 'provider', type: 'text', of: (row) => row.provider },
  { name: 'account', type: 'text', of: (row) => row.account },
  { name: 'mode', type: 'text', of: (row) => row.mode },
  { name: 'currency', type: 'text', of: (row) => row.currency },
  { name: 'task', type: 'text', of: (row) => row.task },
  { name: 'request', type: 'text', of: (row) => row.request },
  { name: 'free_text', type: 'text', of: (row) => row.freeText },
  { name: 'free_digest', type: 'text', of: (row) => row.freeDigest },
  { name: 'salt', type: 'bytea', of: (row) => row.salt },
  { name: 'state', type: 'text', of: (row) => row.state },
  { name: 'asked', type: 'text', of: (row) => row.asked },
  { name: 'expected', type: 'text', of: (row) => row.expected },
  { name: 'look_first', type: 'bool', of: (row) => row.lookFirst },
  { name: 'occurred_ms', type: 'int8', of: (row) => row.occurredAtMs },
  { name: 'status', type: 'text', of: (row) => row.status },
  { name: 'result', type: 'text', of: (row) => row.result },
  { name: 'result_type', type: 'text', of: (row) => row.resultType },
  { name: 'digest', type: 'bytea', of: (row) => row.digest },
  { name: 'publish', type: 'bool', of: (row) => row.publish },
];

export const DEAD_LETTER_COLUMNS: Columns<DeadLetterRow> = [
  { name: 'record_offset', type: 'int8', of: (row) => row.origin.offset },
  { name: 'record_ms', type: 'int8', of: (row) => row.origin.recordAtMs },
  { name: 'code', type: 'text', of: (row) => row.code },
  { name: 'message', type: 'text', of: (row) => row.message },
  { name: 'key', type: 'bytea', of: (row) => row.key },
  { name: 'value', type: 'bytea', of: (row) => row.value },
  { name: 'headers', type: 'bytea', of: (row) => row.headers },
];

/** Parameters before the arrays: group, cluster, topic, partition, from, next, time of the last record, shards, offset below which to recover. */
const SCALARS = 9;
const requests = unnest(REQUEST_COLUMNS, 'i', SCALARS + 1);
const deadLetters = unnest(DEAD_LETTER_COLUMNS, 'd', SCALARS + 1 + REQUEST_COLUMNS.length);

/**
 * Stores one batch of one partition and moves its position, all or nothing.
 * Answers the rows that were not inserted, and a last row (n = -1) that says `stale` (the position is not `from`: nothing was written) or `moved`.
 * The position moves only when every row has its verdict, so a conflict is asked for again as a dead letter before anything is committed to the bus.
 * With `from` and `next` null the position is neither compared nor moved: requests that it has passed are taken in late.
 * An empty lane is claimed under the account of what comes into it: the payment's first account may have been renamed or removed since.
 * Lock order: position, refund ids by id, payments by number, new payments by key.
 */
export const ACCEPT: Statement = {
  name: 'accept',
  text: `
with gate as materialized (
  select next_offset from refundry.intake_position
  where group_id = $1 and cluster = $2 and topic = $3 and partition = $4 for no key update),
allowed as materialized (select not exists (select from gate where next_offset <> $5::bigint) as yes),
input as materialized (
  select i.*, i.asked::numeric as amount_asked, to_timestamp(i.occurred_ms / 1000.0) as occurred_at
  from ${requests} where (select yes from allowed)),
ids as (
  insert into refundry.refund_id (refund_id, merchant_no, payment_id, fingerprint, fingerprint_version, cluster, topic, partition, record_offset,
    record_at, ce_id, ce_source, traceparent, provider, account, mode, currency, task, request, free_text, free_digest, salt)
  select refund_id, merchant_no, payment_id, fingerprint, fingerprint_version, $2, $3, $4::int, record_offset,
    to_timestamp(record_ms / 1000.0), ce_id, ce_source, traceparent, provider, account, mode, currency, task, request, free_text, free_digest, salt
  from input order by refund_id
  on conflict (refund_id) do nothing returning refund_id),
fresh as materialized (
  select i.n, i.refund_id, i.merchant_no, i.account_no, i.payment_id, i.state, i.amount_asked, i.expected, i.look_first, i.occurred_at, i.publish,
    i.traceparent, i.status, i.result, i.result_type, i.digest
  from input i join ids using (refund_id)),
known as materialized (
  select distinct p.payment_no from fresh f join refundry.payment p on p.merchant_no = f.merchant_no and p.payment_id = f.payment_id),
locked as materialized (
  select p.payment_no from known k join refundry.payment p using (payment_no) order by p.payment_no for no key update of p),
pay as (
  insert into refundry.payment as p (merchant_no, payment_id, account_no, waiting, last_ordinal)
  select merchant_no, payment_id, coalesce(min(account_no) filter (where state = 'requested'), min(account_no)), count(*) filter (where state = 'requested'), count(*)
  from fresh where (select count(*) from locked) >= 0
  group by merchant_no, payment_id order by merchant_no, payment_id
  on conflict (merchant_no, payment_id) do update
    set waiting = p.waiting + excluded.waiting, last_ordinal = p.last_ordinal + excluded.last_ordinal,
      account_no = case when excluded.waiting > 0 then excluded.account_no else p.account_no end
  returning p.payment_no, p.merchant_no, p.payment_id, p.account_no,
    coalesce(old.waiting, 0) as waited, new.waiting as waits, coalesce(old.last_ordinal, 0) as base),
queue as (
  insert into refundry.lane (payment_no, account_no, due_at)
  select payment_no, account_no, now() from pay where waited = 0 and waits > 0 order by payment_no),
placed as materialized (
  select f.*, p.payment_no, p.base + row_number() over (partition by p.payment_no order by f.n) as ordinal,
    sha256(f.digest) as hash
  from fresh f join pay p using (merchant_no, payment_id)),
refunds as (
  insert into refundry.refund (payment_no, ordinal, refund_id, account_no, state, asked, expected, sequence, hash, in_lane, look_first, requested_at, changed_at)
  select payment_no, ordinal, refund_id, account_no, state, amount_asked, expected::numeric, 1, hash, state = 'requested', look_first, occurred_at, occurred_at
  from placed order by payment_no, ordinal),
entries as (
  insert into refundry.journal (payment_no, ordinal, sequence, refund_id, payment_id, occurred_at, cause, traceparent, status, result, result_type, digest, hash)
  select payment_no, ordinal, 1, refund_id, payment_id, occurred_at, 'request', traceparent, status, result, result_type, digest, hash
  from placed order by payment_no, ordinal),
outgoing as (
  insert into refundry.outbox (shard, payment_no, ordinal, sequence)
  select (payment_no % $8::int)::smallint, payment_no, ordinal, 1 from placed where publish order by payment_no, ordinal),
dead as (
  insert into refundry.dead_letter (group_id, cluster, topic, partition, record_offset, record_at, code, message, key, value, headers)
  select $1, $2, $3, $4::int, d.record_offset, to_timestamp(d.record_ms / 1000.0), d.code, d.message, d.key, d.value, d.headers
  from ${deadLetters} where (select yes from allowed)
  on conflict (group_id, cluster, topic, partition, record_offset, record_at) do nothing),
verdict as materialized (
  select n, fingerprint, (select k.fingerprint from refundry.refund_id k where k.refund_id = i.refund_id) as stored
  from input i where not exists (select from ids where ids.refund_id = i.refund_id)),
moved as (
  insert into refundry.intake_position as o (group_id, cluster, topic, partition, next_offset, record_at, recover_below)
  select $1, $2, $3, $4::int, $6::bigint, to_timestamp($7::bigint / 1000.0), $9::bigint
  where $6::bigint is not null and (select yes from allowed) and not exists (select from verdict where stored is distinct from fingerprint)
  on conflict (group_id, cluster, topic, partition) do update
    set next_offset = excluded.next_offset, record_at = excluded.record_at, moved_at = now(),
      recover_below = greatest(o.recover_below, excluded.recover_below) where o.next_offset = $5::bigint
  returning 1)
select n, case when stored is null then 'again' when stored = fingerprint then 'duplicate' else 'conflict' end as verdict from verdict
union all
select -1, case when not (select yes from allowed) then 'stale' when exists (select from moved) then 'moved' else 'pending' end`,
};
