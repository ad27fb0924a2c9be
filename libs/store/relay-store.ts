import type { Pool } from 'pg';
import { binaryArray } from './binary-array.ts';
import { run, type Database } from './database.ts';
import type { OutboxRow, RepublishRow } from './rows.ts';
import { REPUBLISH_DELETE, REPUBLISH_REFUSE, REPUBLISH_TAKE } from './statements/republish.ts';
import {
  DEAD_LETTERS_PUBLISHED,
  DEAD_LETTERS_TAKE,
  OUTBOX_TAKE,
  SHARDS_RELEASE,
  SHARDS_RENEW,
} from './statements/relay.ts';

/** A dead letter on its way to its topic; `headers` is the encoded list the intake stored. */
export interface KeptDeadLetter {
  readonly deadLetterNo: string;
  readonly groupId: string;
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly recordAtMs: number;
  readonly code: string;
  readonly message: string;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: Buffer;
}

export interface OwnedShard {
  readonly shard: number;
  /** The last owner never let go: something of its may still arrive late. */
  readonly takenOver: boolean;
}

interface TakenRow {
  shard: number;
  id: string;
}

interface TakenEntry extends TakenRow {
  refund_id: string;
  payment_id: string;
  sequence: number;
  occurred_ms: string;
  traceparent: string | null;
  status: string;
  result: string | null;
  result_type: string | null;
}

interface TakenAgain extends Omit<TakenEntry, 'refund_id' | 'status'> {
  topic: string | null;
  refund_id: string | null;
  status: string | null;
}

/** What the relay reads and deletes, and who owns which shard. */
export class RelayStore {
  private readonly pool: Pool;
  private readonly leases: Pool;

  constructor(database: Database) {
    this.pool = database.pool('path', 1);
    this.leases = database.pool('report', 1);
  }

  /** The oldest entries of these shards, at most so many a shard; those that were `published` are deleted. Repeated after a lost answer it does no harm. */
  async take(
    shards: readonly number[],
    perShard: number,
    published: readonly OutboxRow[] = [],
  ): Promise<OutboxRow[]> {
    const rows = await run<TakenEntry>(this.pool, OUTBOX_TAKE, [shards, perShard, ...keysOf(published)]);
    return rows.map((row) => ({ shard: row.shard, id: row.id, ...entryOf(row), status: row.status }));
  }

  /** Events to be published again, at most so many a shard; see REPUBLISH_TAKE. */
  async takeAgain(shards: readonly number[], perShard: number): Promise<RepublishRow[]> {
    const rows = await run<TakenAgain>(this.pool, REPUBLISH_TAKE, [shards, perShard]);
    return rows.map(({ shard, id, topic, refund_id, ...row }) => ({
      shard,
      id,
      topic,
      entry: refund_id === null ? null : { ...entryOf({ ...row, refund_id }), status: row.status },
    }));
  }

  async removeAgain(rows: readonly RepublishRow[]): Promise<void> {
    await run(this.pool, REPUBLISH_DELETE, keysOf(rows));
  }

  /** Their topic does not take them: they are left out from now on, for whoever asked to see. */
  async refuseAgain(rows: readonly RepublishRow[]): Promise<void> {
    await run(this.pool, REPUBLISH_REFUSE, keysOf(rows));
  }

  /** Renews what is ours, gives `surplus` up, takes what is free up to the fair share. */
  async renew(
    owner: string,
    leaseMs: number,
    surplus: readonly number[],
  ): Promise<{ readonly shards: readonly OwnedShard[]; readonly share: number }> {
    const rows = await run<{ shard: number; taken_over: boolean; share: number }>(this.leases, SHARDS_RENEW, [
      owner,
      leaseMs,
      surplus,
    ]);
    return {
      shards: rows.map((row) => ({ shard: row.shard, takenOver: row.taken_over })),
      share: rows[0]?.share ?? 0,
    };
  }

  async release(owner: string): Promise<void> {
    await run(this.leases, SHARDS_RELEASE, [owner]);
  }

  /** The oldest that are not on their topic, at most so many and so many bytes, at least one. */
  async deadLetters(limit: number, bytesMax: number): Promise<KeptDeadLetter[]> {
    const rows = await run<{
      dead_letter_no: string;
      group_id: string;
      topic: string;
      partition: number;
      record_offset: string;
      record_ms: string;
      code: string;
      message: string;
      key: Buffer | null;
      value: Buffer | null;
      headers: Buffer;
    }>(this.leases, DEAD_LETTERS_TAKE, [limit, bytesMax]);
    return rows.map((row) => ({
      deadLetterNo: row.dead_letter_no,
      groupId: row.group_id,
      topic: row.topic,
      partition: row.partition,
      offset: Number(row.record_offset),
      recordAtMs: Number(row.record_ms),
      code: row.code,
      message: row.message,
      key: row.key,
      value: row.value,
      headers: row.headers,
    }));
  }

  async deadLettersPublished(numbers: readonly string[]): Promise<void> {
    await run(this.leases, DEAD_LETTERS_PUBLISHED, [binaryArray('int8', numbers)]);
  }
}

function entryOf(
  row: Omit<TakenEntry, keyof TakenRow | 'status'>,
): Omit<OutboxRow, 'shard' | 'id' | 'status'> {
  return {
    refundId: row.refund_id,
    paymentId: row.payment_id,
    sequence: row.sequence,
    occurredAtMs: Number(row.occurred_ms),
    traceparent: row.traceparent,
    result: row.result,
    resultType: row.result_type,
  };
}

function keysOf(rows: readonly { readonly shard: number; readonly id: string }[]): unknown[] {
  const shards = rows.map((row) => row.shard);
  const ids = rows.map((row) => row.id);
  return [shards, binaryArray('int8', ids)];
}
