import { unnest, type Columns } from '../binary-array.ts';
import { PARKED, type SettleRow } from '../rows.ts';
import type { Statement } from '../statement.ts';

export const SETTLE_COLUMNS: Columns<SettleRow> = [
  { name: 'n', type: 'int4', of: (_row, index) => index },
  { name: 'payment_no', type: 'int8', of: (row) => row.paymentNo },
  { name: 'ordinal', type: 'int4', of: (row) => row.ordinal },
  { name: 'account_no', type: 'int4', of: (row) => row.accountNo },
  { name: 'token', type: 'int8', of: (row) => row.token },
  { name: 'version', type: 'int4', of: (row) => row.version },
  { name: 'state', type: 'text', of: (row) => row.to },
  { name: 'release', type: 'text', of: (row) => row.release },
  { name: 'complete', type: 'text', of: (row) => row.complete },
  { name: 'doubt', type: 'int4', of: (row) => row.doubt },
  { name: 'leaves', type: 'int4', of: (row) => row.leaves },
  { name: 'lane_ms', type: 'int8', of: (row) => row.laneMs },
  { name: 'held', type: 'text', of: (row) => row.held },
  { name: 'amount', type: 'text', of: (row) => row.amount },
  { name: 'bind', type: 'text', of: (row) => row.bind },
  { name: 'handle', type: 'text', of: (row) => row.handle },
  { name: 'merchant_no', type: 'int4', of: (row) => row.merchantNo },
  { name: 'resend', type: 'bool', of: (row) => row.resend },
  { name: 'waiting_for', type: 'text', of: (row) => row.waitingFor },
  { name: 'review_reason', type: 'text', of: (row) => row.reviewReason },
  { name: 'uncounted', type: 'int4', of: (row) => row.uncounted },
  { name: 'look_ms', type: 'int8', of: (row) => row.lookUpMs },
  { name: 'reading_stale', type: 'bool', of: (row) => row.readingStale },
  { name: 'refund_id', type: 'text', of: (row) => row.entry?.refundId ?? null },
  { name: 'payment_id', type: 'text', of: (row) => row.entry?.paymentId ?? null },
  { name: 'occurred_ms', type: 'int8', of: (row) => row.entry?.occurredAtMs ?? null },
  { name: 'cause', type: 'text', of: (row) => row.entry?.cause ?? null },
  { name: 'traceparent', type: 'text', of: (row) => row.entry?.traceparent ?? null },
  { name: 'status', type: 'text', of: (row) => row.entry?.status ?? null },
  { name: 'result', type: 'text', of: (row) => row.entry?.result ?? null },
  { name: 'result_type', type: 'text', of: (row) => row.entry?.resultType ?? null },
  { name: 'digest', type: 'bytea', of: (row) => row.entry?.digest ?? null },
  { name: 'publish', type: 'bool', of: (row) => row.entry?.publish ?? false },
  { name: 'call_attempt', type: 'int4', of: (row) => row.call?.attemptNo ?? null },
  { name: 'call_verb', type: 'text', of: (row) => row.call?.verb ?? null },
  { name: 'call_ms', type: 'int8', of: (row) => row.call?.startedAtMs ?? null },
  { name: 'call_duration', type: 'int4', of: (row) => row.call?.durationMs ?? null },
  { name: 'call_status', type: 'int4', of: (row) => row.call?.httpStatus ?? null },
  { name: 'call_answer', type: 'text', of: (row) => row.call?.answer ?? null },
  { name: 'call_verdict', type: 'text', of: (row) => row.call?.verdict ?? null },
  { name: 'call_asked', type: 'text', of: (row) => row.call?.asked ?? null },
  { name: 'call_left', type: 'text', of: (row) => row.call?.leftThere ?? null },
];

const DUE = `case when w.lane_ms = ${String(PARKED)} then 'infinity'::timestamptz else now() + w.lane_ms * interval '1 millisecond' end`;

/** A pending refund whose provider refund a webhook has already told news of. With `exists` the planner would think of hashing the whole table. */
const ANNOUNCED = `w.state = 'pending' and w.bind is not null and (select true from refundry.webhook_event e
    where e.merchant_no = w.merchant_no and e.provider_refund_id = w.bind and e.shows is distinct from 'pending' limit 1)`;

/** What the parts behind the refund's own row need of it; the fewer and the narrower the columns, the less is copied from part to part. */
const ENTRY = `w.payment_no, w.ordinal, w.account_no, w.state, w.look_ms, w.publish, w.merchant_no, w.bind, w.occurred_ms, w.cause, w.refund_id, w.payment_id,
    w.traceparent, w.status, w.result, w.result_type, w.digest`;
/** What the parts behind the payment's row need. */
const CHANGE = `o.n, o.leaves, o.lane_ms, o.held, o.amount, o.resend, o.waiting_for, o.review_reason, o.uncounted, o.handle, ${ENTRY.replaceAll('w.', 'o.')}`;

/**
 * Writes decided changes: sums, refund, lane, next look-up, journal entry and outbox row in one commit; at most one row per payment.
 * Compared with the payment's version (every change of a refund moves it) and, where a token is given, with the lease.
 * Answers the rows that were applied, with what still waits in their lanes; for the others only the call is kept, as late, and the caller reads again and decides again.
 * A provider refund that another refund of ours owns is never bound a second time: such a row is not applied.
 * A refund that is pending or in review is never left without a look-up: only that could end it, and nobody would notice.
 * The look-up of a refund that has ended is not ended by a row that leaves it as it is: whoever finds out late that another one ended it knows of none.
 * A webhook that came after the question behind an outcome keeps its look-up, due now; one about a provider refund that is bound only here has found
 * no refund of ours to look at, so a pending one is looked up at once.
 * Lock order: provider refunds by id, payments by number, then what belongs to them.
 * $${String(SETTLE_COLUMNS.length + 1)} is the number of shards.
 */
export const SETTLE: Statement = {
  name: 'settle',
  text: settleText('false', ''),
};

/** The statement's text. `lookFirst`: an expression by which a refund is looked up before it is sent; `more`: further parts of the same commit. */
export function settleText(lookFirst: string, more: string): string {
  return `
with input as materialized (select * from ${unnest(SETTLE_COLUMNS, 'i')}),
owned as (
  insert into refundry.provider_refund as b (merchant_no, provider_refund_id, payment_no, ordinal)
  select distinct on (merchant_no, bind) merchant_no, bind, payment_no, ordinal from input where bind is not null order by merchant_no, bind, n
  on conflict (merchant_no, provider_refund_id) do update set ordinal = b.ordinal
    where b.payment_no = excluded.payment_no and b.ordinal = excluded.ordinal
  returning b.payment_no, b.ordinal),
pay as (
  update refundry.payment p set reserved = p.reserved - o.release::numeric, completed = p.completed + o.complete::numeric,
    doubtful = p.doubtful + o.doubt, version = p.version + 1, waiting = p.waiting - o.leaves,
    lane_floor = case when o.leaves = 1 and p.lane_floor = o.ordinal then o.ordinal + 1 when o.leaves = -1 then least(p.lane_floor, o.ordinal) else p.lane_floor end,
    lease_until = case when o.token is null then p.lease_until else '-infinity' end,
    lease_token = case when o.token is null then p.lease_token else 0 end,
    verified_at = case when o.reading_stale then '-infinity' else p.verified_at end
  from (select i.* from input i
    where i.bind is null or exists (select from owned b where b.payment_no = i.payment_no and b.ordinal = i.ordinal) order by i.payment_no) o
  where p.payment_no = o.payment_no and p.version = o.version and (o.token is null or p.lease_token = o.token)
  returning ${CHANGE}, p.waiting),
gone as (delete from refundry.lane l using pay w where l.payment_no = w.payment_no and w.waiting = 0),
moved as (
  update refundry.lane l set due_at = ${DUE} from pay w
  where l.payment_no = w.payment_no and w.waiting > 0 and w.lane_ms is not null and w.leaves >= 0),
back as (
  insert into refundry.lane as l (payment_no, account_no, due_at)
  select w.payment_no, w.account_no, ${DUE} from pay w where w.leaves = -1
  on conflict (payment_no) do update set due_at = excluded.due_at),
refunds as (
  update refundry.refund r set state = w.state, held = w.held::numeric, amount = coalesce(w.amount::numeric, r.amount),
    sequence = r.sequence + (w.status is not null)::int,
    hash = case when w.status is null then r.hash else sha256(r.hash || w.digest) end,
    in_lane = case w.leaves when 1 then false when -1 then true else r.in_lane end,
    resend = w.resend, uncounted = r.uncounted + w.uncounted, waiting_for = w.waiting_for, review_reason = w.review_reason,
    provider_refund_id = coalesce(w.bind, r.provider_refund_id), handle = coalesce(w.handle, r.handle),
    look_first = (r.look_first or ${lookFirst}) and w.state in ('requested', 'submitting'),
    changed_at = case when w.status is null then r.changed_at else to_timestamp(w.occurred_ms / 1000.0) end
  from pay w where r.payment_no = w.payment_no and r.ordinal = w.ordinal
  returning ${ENTRY}, r.sequence, r.hash),
entries as (
  insert into refundry.journal (payment_no, ordinal, sequence, refund_id, payment_id, occurred_at, cause, traceparent, status, result, result_type, digest, hash)
  select payment_no, ordinal, sequence, refund_id, payment_id, to_timestamp(occurred_ms / 1000.0), cause, traceparent, status, result, result_type, digest, hash
  from refunds where status is not null),
outgoing as (
  insert into refundry.outbox (shard, payment_no, ordinal, sequence)
  select (payment_no % $${String(SETTLE_COLUMNS.length + 1)}::int)::smallint, payment_no, ordinal, sequence from refunds where publish),
look as (
  insert into refundry.look_up as l (payment_no, ordinal, account_no, due_at, reread)
  select payment_no, ordinal, account_no, case when ${ANNOUNCED} then now() else now() + look_ms * interval '1 millisecond' end,
    state in ('completed', 'failed', 'reversed')
  from refunds w where look_ms is not null
  on conflict (payment_no, ordinal) do update set due_at = least(excluded.due_at, l.hinted_at), reread = excluded.reread, lease_until = '-infinity', lease_token = 0),
looked as (
  delete from refundry.look_up l using refunds w where l.payment_no = w.payment_no and l.ordinal = w.ordinal and w.look_ms is null
    and (w.state in ('requested', 'unknown') or w.state in ('completed', 'failed', 'reversed') and w.status is not null and l.hinted_at is null)),
evidence as (
  insert into refundry.call (payment_no, ordinal, attempt_no, verb, started_at, duration_ms, http_status, answer, verdict, asked, left_there, late)
  select payment_no, ordinal, call_attempt, call_verb, to_timestamp(call_ms / 1000.0), call_duration, call_status, call_answer, call_verdict, call_asked, call_left::numeric,
    n not in (select n from pay)
  from input where call_verb is not null)${more}
select n, waiting from pay`;
}
