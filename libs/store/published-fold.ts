import type { PoolClient, QueryResultRow } from 'pg';
import { columnsOf, unnest, type Columns } from './binary-array.ts';
import type { Database } from './database.ts';
import { EVENT_FILTER, FILTER_PARAMETERS, filterValues, type EventFilter } from './event-filter.ts';
import type { RepublishRow } from './rows.ts';

export type PublishedKind = 'result' | 'status';

/** A record by its `ce_id`. */
export interface SeenEvent {
  readonly refundId: string;
  readonly sequence: number;
}

export interface FoldedEvent {
  /** The journal entry that it must be made of; null: there is none. */
  readonly entry: NonNullable<RepublishRow['entry']> | null;
  /** The highest sequence of the refund seen in earlier batches; 0 for none. */
  readonly highest: number;
  /** Seen in an earlier batch. */
  readonly repeated: boolean;
}

/** A refund whose newest snapshot on the topic is not its current one; `newest` is null where there is none. */
export interface StaleSnapshot {
  readonly refundId: string;
  readonly paymentNo: string;
  readonly ordinal: number;
  readonly current: number;
  readonly newest: number | null;
}

const SEEN: Columns<SeenEvent> = [
  { name: 'n', type: 'int4', of: (_row, index) => index },
  { name: 'refund_id', type: 'text', of: (row) => row.refundId },
  { name: 'sequence', type: 'int4', of: (row) => row.sequence },
];

/** Nobody analyses a growing temporary table: a plan made while it was small would read it whole for every event. */
const PINS =
  'set enable_seqscan = off; set enable_hashjoin = off; set enable_mergejoin = off; set plan_cache_mode = force_generic_plan';
/**
 * From the comparison on everything is read once. A generic plan takes the filter for so narrow that it would read the journal for every refund; with its
 * values the planner sees that an absent part filters nothing.
 */
const WHOLE = `set enable_seqscan = on; set enable_hashjoin = on; set enable_mergejoin = on; set plan_cache_mode = force_custom_plan;
analyze seen_result, newest`;

/** In the session's own memory and files, gone with it: a million refunds cost neither this program nor the store's tables anything. */
const TABLES = `
create temp table seen_result (payment_no bigint, ordinal int, sequence int, primary key (payment_no, ordinal, sequence));
create temp table seen_status (payment_no bigint, ordinal int, sequence int, primary key (payment_no, ordinal, sequence));
create temp table newest (payment_no bigint, ordinal int, sequence int not null, primary key (payment_no, ordinal));
create temp table absent (payment_no bigint, ordinal int, sequence int, refund_id text not null, primary key (payment_no, ordinal, sequence));
create temp table stale (payment_no bigint, ordinal int, sequence int not null, refund_id text not null, primary key (payment_no, ordinal))`;

/** What the last statement reads of `seen` is as it was before it. */
const fold = (kind: PublishedKind): string => `
with i as materialized (select * from ${unnest(SEEN, 'i')}),
found as materialized (
  select i.n, r.payment_no, r.ordinal, j.sequence, j.refund_id, j.payment_id, (extract(epoch from j.occurred_at) * 1000)::bigint as occurred_ms,
    j.traceparent, j.${kind} as body, j.result_type
  from i join refundry.refund_id k on k.refund_id = i.refund_id
  join refundry.payment p on p.merchant_no = k.merchant_no and p.payment_id = k.payment_id
  join refundry.refund r on r.payment_no = p.payment_no and r.refund_id = i.refund_id
  join refundry.journal j on j.payment_no = r.payment_no and j.ordinal = r.ordinal and j.sequence = i.sequence
  where j.${kind} is not null),
added as (
  insert into seen_${kind} select distinct payment_no, ordinal, sequence from found on conflict do nothing)${
    kind === 'result'
      ? ''
      : `,
last as (
  insert into newest as e select distinct on (payment_no, ordinal) payment_no, ordinal, sequence from found order by payment_no, ordinal, n desc
  on conflict (payment_no, ordinal) do update set sequence = excluded.sequence)`
  }
select f.*, (select max(s.sequence) from seen_${kind} s where s.payment_no = f.payment_no and s.ordinal = f.ordinal) as highest,
  exists (select from seen_${kind} s where s.payment_no = f.payment_no and s.ordinal = f.ordinal and s.sequence = f.sequence) as repeated
from found f`;

/** Entries that the relay has published, as far as the outbox knows, and that were not seen. */
const FIND_ABSENT = `
insert into absent
select j.payment_no, j.ordinal, j.sequence, j.refund_id from refundry.journal j join refundry.refund_id k on k.refund_id = j.refund_id
where j.result is not null and ${EVENT_FILTER}
  and not exists (select from seen_result s where s.payment_no = j.payment_no and s.ordinal = j.ordinal and s.sequence = j.sequence)
  and not exists (select from refundry.outbox o where o.payment_no = j.payment_no and o.ordinal = j.ordinal and o.sequence = j.sequence)`;

const FIND_STALE = `
insert into stale
select r.payment_no, r.ordinal, r.sequence, r.refund_id from refundry.refund r join refundry.refund_id k on k.refund_id = r.refund_id
join refundry.journal j on j.payment_no = r.payment_no and j.ordinal = r.ordinal and j.sequence = r.sequence
left join newest n on n.payment_no = r.payment_no and n.ordinal = r.ordinal
where n.sequence is distinct from r.sequence and ${EVENT_FILTER}
  and not exists (select from refundry.outbox o where o.payment_no = r.payment_no and o.ordinal = r.ordinal)`;

const DROP_SEEN = `
delete from absent a using seen_result s where s.payment_no = a.payment_no and s.ordinal = a.ordinal and s.sequence = a.sequence`;

/** A newer one than was current then is no less current. */
const DROP_FRESH = `
delete from stale s using newest n where n.payment_no = s.payment_no and n.ordinal = s.ordinal and n.sequence >= s.sequence`;

/**
 * The published topics folded in one session of the database, compared with the journal. First every record is taken; then `suspect` notes, at one
 * moment, what should have been seen; then what was published up to that moment is taken as well; then `absent` and `stale` tell what is really not there.
 */
export class PublishedFold {
  private constructor(private readonly client: PoolClient) {}

  static async open(database: Database): Promise<PublishedFold> {
    const client = await database.pool('report', 1).connect();
    await client.query(TABLES);
    await client.query(PINS);
    return new PublishedFold(client);
  }

  /** One answer per event, in order; the events are of one partition, in the order of offsets. */
  async take(kind: PublishedKind, events: readonly SeenEvent[]): Promise<readonly FoldedEvent[]> {
    interface Row {
      n: number;
      refund_id: string;
      payment_id: string;
      sequence: number;
      occurred_ms: string;
      traceparent: string | null;
      body: string;
      result_type: string | null;
      highest: number | null;
      repeated: boolean;
    }
    const name = `fold-${kind}`;
    const { rows } = await this.client.query<Row>({
      name,
      text: fold(kind),
      values: columnsOf(SEEN, events),
    });
    const found = new Map(rows.map((row) => [row.n, row]));
    return events.map((_event, index) => {
      const row = found.get(index);
      if (row === undefined) return { entry: null, highest: 0, repeated: false };
      const entry = {
        refundId: row.refund_id,
        paymentId: row.payment_id,
        sequence: row.sequence,
        occurredAtMs: Number(row.occurred_ms),
        traceparent: row.traceparent,
        status: kind === 'status' ? row.body : null,
        result: kind === 'result' ? row.body : null,
        resultType: kind === 'result' ? row.result_type : null,
      };
      return { entry, highest: row.highest ?? 0, repeated: row.repeated };
    });
  }

  /** Notes what should have been seen by now: results of the filter, and the current snapshots where `snapshots`. */
  async suspect(filter: EventFilter, snapshots: boolean): Promise<void> {
    await this.client.query(WHOLE);
    await this.client.query(FIND_ABSENT, filterValues(filter));
    if (snapshots) await this.client.query(FIND_STALE, filterValues(filter));
  }

  /** Drops what was seen after all; answers how many results are absent and how many snapshots stale. */
  async confirm(): Promise<{ readonly absent: number; readonly stale: number }> {
    await this.client.query(DROP_SEEN);
    await this.client.query(DROP_FRESH);
    const [row] = await this.rows<{ absent: number; stale: number }>(
      'select (select count(*)::int from absent) as absent, (select count(*)::int from stale) as stale',
    );
    return row ?? { absent: 0, stale: 0 };
  }

  /** Results that are not on the topic, in the order of payments, so many of them. */
  async absent(limit: number): Promise<readonly SeenEvent[]> {
    const rows = await this.rows<{ refund_id: string; sequence: number }>(
      'select refund_id, sequence from absent order by payment_no, ordinal, sequence limit $1',
      [limit],
    );
    return rows.map((row) => ({ refundId: row.refund_id, sequence: row.sequence }));
  }

  /** Page by page, behind a refund; from the first one without it. */
  async stale(
    limit: number,
    behind: Pick<StaleSnapshot, 'paymentNo' | 'ordinal'> = { paymentNo: '0', ordinal: 0 },
  ): Promise<readonly StaleSnapshot[]> {
    const rows = await this.rows<{
      refund_id: string;
      payment_no: string;
      ordinal: number;
      current: number;
      newest: number | null;
    }>(
      `select s.refund_id, s.payment_no, s.ordinal, s.sequence as current, n.sequence as newest from stale s left join newest n using (payment_no, ordinal)
       where (s.payment_no, s.ordinal) > ($2::bigint, $3::int) order by s.payment_no, s.ordinal limit $1`,
      [limit, behind.paymentNo, behind.ordinal],
    );
    return rows.map((row) => ({
      refundId: row.refund_id,
      paymentNo: row.payment_no,
      ordinal: row.ordinal,
      current: row.current,
      newest: row.newest,
    }));
  }

  /** Results before the moment that are in the journal: they lie where the topic does not reach any more. */
  async resultsBefore(filter: EventFilter, beforeMs: number): Promise<number> {
    const [row] = await this.rows<{ count: number }>(
      `select count(*)::int as count from refundry.journal j join refundry.refund_id k on k.refund_id = j.refund_id
       where j.result is not null and ${EVENT_FILTER} and j.occurred_at < to_timestamp($${String(FILTER_PARAMETERS + 1)}::bigint / 1000.0)`,
      [...filterValues(filter), beforeMs],
    );
    return row?.count ?? 0;
  }

  /** Entries that wait for the relay. */
  async inProgress(): Promise<number> {
    const [row] = await this.rows<{ count: number }>('select count(*)::int as count from refundry.outbox');
    return row?.count ?? 0;
  }

  /** The session ends with its tables. */
  close(): void {
    this.client.release(true);
  }

  private async rows<Row extends QueryResultRow>(text: string, values: unknown[] = []): Promise<Row[]> {
    return (await this.client.query<Row>(text, values)).rows;
  }
}
