import type { Pool } from 'pg';
import { binaryArray, columnsOf, unnest, type Columns } from './binary-array.ts';
import type { Database } from './database.ts';
import { EVENT_FILTER, filterValues, type EventFilter } from './event-filter.ts';
import { SHARDS } from './shards.ts';

/** A record of the requests topic; without a refundId where it cannot be read. */
export interface SoughtRequest {
  readonly refundId: string | null;
  readonly fingerprint: Buffer | null;
  readonly offset: number;
}

export interface FoundRequest {
  /** Null: the refundId was never seen. */
  readonly equal: boolean | null;
  /** Why the record is a dead letter; null: it is none. */
  readonly deadLetter: string | null;
}

/** `result`: every result in the journal; `snapshot`: of each refund the snapshot that is current when it is sent. */
export type RepublishKind = 'result' | 'snapshot';

/** Events of one operation that are not published yet, and those that their topic does not take. */
export interface RepublishStanding {
  readonly waiting: number;
  readonly refused: number;
}

const SOUGHT: Columns<SoughtRequest> = [
  { name: 'n', type: 'int4', of: (_row, index) => index },
  { name: 'refund_id', type: 'text', of: (row) => row.refundId },
  { name: 'fingerprint', type: 'bytea', of: (row) => row.fingerprint },
  { name: 'record_offset', type: 'int8', of: (row) => row.offset },
];

const FIND_REQUESTS = `
select i.n, k.fingerprint = i.fingerprint as equal, (
  select d.code from refundry.dead_letter d
  where d.group_id = $1 and d.cluster = $2 and d.topic = $3 and d.partition = $4::int and d.record_offset = i.record_offset limit 1) as dead_letter
from ${unnest(SOUGHT, 'i', 5)} left join refundry.refund_id k on k.refund_id = i.refund_id`;

/** Payments in one step: events of one payment are queued in one statement, in the order in which they happened. */
const PAYMENTS = 500;

const PAYS = `
pays as materialized (
  select payment_no from refundry.payment p where payment_no > $12::bigint
    and ($3::text is null or p.payment_id = $3)
    and ($4::text is null or p.payment_id = (select o.payment_id from refundry.refund_id o where o.refund_id = $4))
  order by payment_no limit ${String(PAYMENTS)})`;

/** The clock may be set back: an event never comes before an earlier one of its refund. */
const CHOSEN: Readonly<Record<RepublishKind, string>> = {
  result: `
chosen as materialized (
  select j.payment_no, j.ordinal, j.sequence, max(j.occurred_at) over (partition by j.payment_no, j.ordinal order by j.sequence) as at
  from pays join refundry.journal j using (payment_no) join refundry.refund_id k on k.refund_id = j.refund_id
  where j.result is not null and ${EVENT_FILTER})`,
  snapshot: `
chosen as materialized (
  select r.payment_no, r.ordinal, null::int as sequence, j.occurred_at as at
  from pays join refundry.refund r using (payment_no) join refundry.refund_id k on k.refund_id = r.refund_id
  join refundry.journal j on j.payment_no = r.payment_no and j.ordinal = r.ordinal and j.sequence = r.sequence where ${EVENT_FILTER})`,
};

const QUEUED = `
queued as (
  insert into refundry.republish (shard, payment_no, ordinal, sequence, topic, operation_no)
  select (payment_no % $13::int)::smallint, payment_no, ordinal, sequence, $14::text, $15::bigint
  from chosen order by payment_no, at, ordinal, sequence)`;

/** What replays ask the store, and what they ask the relay to publish again. */
export class ReplayStore {
  private readonly pool: Pool;

  constructor(database: Database) {
    // Pinned plans: a step that the planner thinks large would read the whole journal, two thousand times for a million payments.
    this.pool = database.pool('path', 1);
  }

  /** One answer per record, in order. */
  async findRequests(
    at: {
      readonly groupId: string;
      readonly cluster: string;
      readonly topic: string;
      readonly partition: number;
    },
    records: readonly SoughtRequest[],
  ): Promise<readonly FoundRequest[]> {
    const { rows } = await this.pool.query<{ n: number; equal: boolean | null; dead_letter: string | null }>({
      name: 'find-requests',
      text: FIND_REQUESTS,
      values: [at.groupId, at.cluster, at.topic, at.partition, ...columnsOf(SOUGHT, records)],
    });
    const found = new Map(rows.map((row) => [row.n, { equal: row.equal, deadLetter: row.dead_letter }]));
    return records.map((_record, index) => found.get(index) ?? { equal: null, deadLetter: null });
  }

  /**
   * Goes through the payments in steps behind `afterPayment` ('0' at first) and answers how many events each has; null behind the last.
   * With `queue` they are handed to the relays, in order per shard; one step is one commit.
   */
  async step(
    kind: RepublishKind,
    filter: EventFilter,
    afterPayment: string,
    queue: { readonly topic: string | null; readonly operationNo: string } | null,
  ): Promise<{ readonly payment: string; readonly events: number } | null> {
    const text = `with ${PAYS}, ${CHOSEN[kind]}${queue === null ? '' : `, ${QUEUED}`}
      select (select max(payment_no) from pays) as payment, (select count(*)::int from chosen) as events`;
    const values = [...filterValues(filter), afterPayment];
    const { rows } = await this.pool.query<{ payment: string | null; events: number }>({
      name: `republish-${kind}-${queue === null ? 'count' : 'queue'}`,
      text,
      values: queue === null ? values : [...values, SHARDS, queue.topic, queue.operationNo],
    });
    const [row] = rows;
    return row?.payment == null ? null : { payment: row.payment, events: row.events };
  }

  /** Hands the current snapshots of refunds to the relays. */
  async queueSnapshots(
    refunds: readonly { readonly paymentNo: string; readonly ordinal: number }[],
    operationNo: string,
  ): Promise<void> {
    await this.pool.query(
      `insert into refundry.republish (shard, payment_no, ordinal, operation_no)
       select (payment_no % $1::int)::smallint, payment_no, ordinal, $2::bigint from unnest($3::bigint[], $4::int[]) as s(payment_no, ordinal)`,
      [
        SHARDS,
        operationNo,
        binaryArray(
          'int8',
          refunds.map(({ paymentNo }) => paymentNo),
        ),
        binaryArray(
          'int4',
          refunds.map(({ ordinal }) => ordinal),
        ),
      ],
    );
  }

  async standing(operationNo: string): Promise<RepublishStanding> {
    const { rows } = await this.pool.query<{ waiting: number; refused: number }>(
      `select count(*) filter (where not refused)::int as waiting, count(*) filter (where refused)::int as refused
       from refundry.republish where operation_no = $1`,
      [operationNo],
    );
    return rows[0] ?? { waiting: 0, refused: 0 };
  }

  /** Takes back what is not published yet, and what was refused. */
  async takeBack(operationNo: string): Promise<void> {
    await this.pool.query('delete from refundry.republish where operation_no = $1', [operationNo]);
  }
}
