import { unnest, type Columns } from '../binary-array.ts';
import type { CallRow } from '../rows.ts';
import type { Statement } from '../statement.ts';

/** A look-up that changed nothing: when to look again, and what was seen. */
export interface LookAgainRow {
  readonly paymentNo: string;
  readonly ordinal: number;
  readonly lookUpToken: string;
  /** Null: never again; the look-up ends. */
  readonly dueMs: number | null;
  /** Null: the call is kept already. */
  readonly call: CallRow | null;
  /** The call is only kept: there is no look-up to give back. */
  readonly evidenceOnly: boolean;
}

export const LOOK_AGAIN_COLUMNS: Columns<LookAgainRow> = [
  { name: 'n', type: 'int4', of: (_row, index) => index },
  { name: 'payment_no', type: 'int8', of: (row) => row.paymentNo },
  { name: 'ordinal', type: 'int4', of: (row) => row.ordinal },
  { name: 'token', type: 'int8', of: (row) => row.lookUpToken },
  { name: 'due_ms', type: 'int8', of: (row) => row.dueMs },
  { name: 'evidence_only', type: 'bool', of: (row) => row.evidenceOnly },
  { name: 'attempt_no', type: 'int4', of: (row) => row.call?.attemptNo ?? null },
  { name: 'verb', type: 'text', of: (row) => row.call?.verb ?? null },
  { name: 'started_ms', type: 'int8', of: (row) => row.call?.startedAtMs ?? null },
  { name: 'duration_ms', type: 'int4', of: (row) => row.call?.durationMs ?? null },
  { name: 'http_status', type: 'int4', of: (row) => row.call?.httpStatus ?? null },
  { name: 'answer', type: 'text', of: (row) => row.call?.answer ?? null },
  { name: 'verdict', type: 'text', of: (row) => row.call?.verdict ?? null },
  { name: 'asked', type: 'text', of: (row) => row.call?.asked ?? null },
  { name: 'left_there', type: 'text', of: (row) => row.call?.leftThere ?? null },
];

/**
 * Keeps the evidence and gives the look-up back with a new due time, or ends it, where it is still ours. All are locked first, in the order in which
 * outcomes and webhooks lock them: those that end would otherwise be locked after all the others.
 */
export const LOOK_AGAIN: Statement = {
  name: 'look-again',
  text: `
with input as materialized (select * from ${unnest(LOOK_AGAIN_COLUMNS, 'i')} order by payment_no, ordinal),
ours as materialized (
  select i.n, i.payment_no, i.ordinal, i.due_ms from input i join refundry.look_up l on l.payment_no = i.payment_no and l.ordinal = i.ordinal
  where l.lease_token = i.token and not i.evidence_only for update of l),
moved as (
  update refundry.look_up l set due_at = now() + o.due_ms * interval '1 millisecond', tries = l.tries + 1, lease_until = '-infinity', lease_token = 0
  from ours o where l.payment_no = o.payment_no and l.ordinal = o.ordinal and o.due_ms is not null),
ended as (
  delete from refundry.look_up l using ours o where l.payment_no = o.payment_no and l.ordinal = o.ordinal and o.due_ms is null)
insert into refundry.call (payment_no, ordinal, attempt_no, verb, started_at, duration_ms, http_status, answer, verdict, asked, left_there, late)
select payment_no, ordinal, attempt_no, verb, to_timestamp(started_ms / 1000.0), duration_ms, http_status, answer, verdict, asked, left_there::numeric,
  not evidence_only and n not in (select n from ours)
from input where verb is not null`,
};
