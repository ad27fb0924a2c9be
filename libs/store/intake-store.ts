import type { Pool } from 'pg';
import { columnsOf } from './binary-array.ts';
import { run, type Database } from './database.ts';
import type { AcceptBatch, AcceptVerdicts, LateBatch } from './rows.ts';
import { SHARDS } from './shards.ts';
import { LOOK_FIRST } from './statements/look-first.ts';
import { ACCEPT, DEAD_LETTER_COLUMNS, REQUEST_COLUMNS } from './statements/accept.ts';
import { PUBLISHED_BEYOND } from './statements/published-beyond.ts';

export interface PartitionPosition {
  readonly topic: string;
  readonly partition: number;
  readonly next: number;
  /** Time of the last record before `next`; null when the last batch held none. */
  readonly lastRecordAtMs: number | null;
  /** Requests below this offset may have been sent before rows were lost; null when nothing was lost. */
  readonly recoverBelow: number | null;
}

/** An event as it was read from its topic; `atMs`: when it was published. */
export interface PublishedEvent {
  readonly refundId: string;
  readonly sequence: number;
  readonly atMs: number;
}

/** What intake writes: batches of requests with their partition's position. */
export class IntakeStore {
  private readonly pool: Pool;

  constructor(database: Database) {
    this.pool = database.pool('accept', 2);
  }

  /** One statement; see ACCEPT for what the verdicts mean. A refundId may stand only once in `requests`. */
  async accept(batch: AcceptBatch): Promise<AcceptVerdicts> {
    const { from, next, lastRecordAtMs, recoverBelow = null } = batch;
    return await this.write({ ...batch, from, next, lastRecordAtMs, recoverBelow });
  }

  /** As `accept`, without the position: it is neither compared nor moved. */
  async acceptLate(batch: LateBatch): Promise<AcceptVerdicts['verdicts']> {
    const nowhere = { from: null, next: null, lastRecordAtMs: null, recoverBelow: null };
    return (await this.write({ ...batch, ...nowhere, deadLetters: [] })).verdicts;
  }

  private async write(
    batch: LateBatch &
      Pick<AcceptBatch, 'deadLetters' | 'lastRecordAtMs'> & {
        readonly from: number | null;
        readonly next: number | null;
        readonly recoverBelow: number | null;
      },
  ): Promise<AcceptVerdicts> {
    const rows = await run<{ n: number; verdict: string }>(this.pool, ACCEPT, [
      batch.groupId,
      batch.cluster,
      batch.topic,
      batch.partition,
      batch.from,
      batch.next,
      batch.lastRecordAtMs,
      SHARDS,
      batch.recoverBelow,
      ...columnsOf(REQUEST_COLUMNS, batch.requests),
      ...columnsOf(DEAD_LETTER_COLUMNS, batch.deadLetters),
    ]);
    const end = rows.find((row) => row.n === -1)?.verdict;
    const verdicts = rows
      .filter((row) => row.n >= 0)
      .map((row) => ({ index: row.n, verdict: row.verdict as 'again' | 'duplicate' | 'conflict' }));
    return { stale: end === 'stale', moved: end === 'moved', verdicts };
  }

  /** Positions this group has stored for a cluster's partitions; a partition never read is absent. */
  async positions(groupId: string, cluster: string): Promise<readonly PartitionPosition[]> {
    const { rows } = await this.pool.query<{
      topic: string;
      partition: number;
      next_offset: string;
      record_ms: string | null;
      recover_below: string | null;
    }>(
      `select topic, partition, next_offset, (extract(epoch from record_at) * 1000)::bigint as record_ms, recover_below
       from refundry.intake_position where group_id = $1 and cluster = $2`,
      [groupId, cluster],
    );
    return rows.map((row) => ({
      topic: row.topic,
      partition: row.partition,
      next: Number(row.next_offset),
      lastRecordAtMs: row.record_ms === null ? null : Number(row.record_ms),
      recoverBelow: row.recover_below === null ? null : Number(row.recover_below),
    }));
  }

  /** Has every refund that waits to be sent looked up before; see LOOK_FIRST. Answers on how many payments. */
  async lookFirst(by: string, why: Readonly<Record<string, unknown>>): Promise<number> {
    return (await run(this.pool, LOOK_FIRST, [by, JSON.stringify(why)])).length;
  }

  /** A refund of which one of these events lies beyond what the store knows; null: none. See PUBLISHED_BEYOND. */
  async publishedBeyond(events: readonly PublishedEvent[]): Promise<string | null> {
    if (events.length === 0) return null;
    const [row] = await run<{ refund_id: string }>(this.pool, PUBLISHED_BEYOND, [
      events.map(({ refundId }) => refundId),
      events.map(({ sequence }) => sequence),
      events.map(({ atMs }) => Math.round(atMs)),
    ]);
    return row?.refund_id ?? null;
  }

  /** Moves a position that the bus has made impossible (retention, re-created topic) to where reading goes on. */
  async movePosition(
    groupId: string,
    cluster: string,
    to: Omit<PartitionPosition, 'recoverBelow' | 'lastRecordAtMs'>,
  ): Promise<void> {
    await this.pool.query(
      `insert into refundry.intake_position (group_id, cluster, topic, partition, next_offset) values ($1, $2, $3, $4, $5)
       on conflict (group_id, cluster, topic, partition) do update set next_offset = excluded.next_offset, record_at = null, moved_at = now()`,
      [groupId, cluster, to.topic, to.partition, to.next],
    );
  }
}
