import type { Pool } from 'pg';
import type { Seal, SealedRow, SealFacts } from '#libs/contracts';
import { binaryArray } from './binary-array.ts';
import { deadline, run, type Database } from './database.ts';
import { LONG_ANSWER_WITHIN_MS } from './statement.ts';
import {
  ADD_SEAL,
  LAST_ENTRY,
  LAST_SEAL,
  NEXT_ENTRY,
  OLD_SEALED_ROWS,
  READ_SEALS,
  SEALED_ROOT,
  SEALED_ROWS,
  SEALER_LEASE,
  SEALER_RELEASE,
  SEALS_NAMED,
  SEALS_PUBLISHED,
  STILL_WRITING,
  UNPUBLISHED_SEALS,
  WRITERS,
} from './statements/seals.ts';

export interface StoredSeal extends Seal {
  readonly published: boolean;
}

/** A journal row as a seal covers it, with its number. */
export interface NumberedRow extends SealedRow {
  readonly entryNo: number;
}

/** Count and root of the rows that one seal covers. */
export type SealedPart = Pick<SealFacts, 'entries' | 'refunds' | 'root'>;

/** Numbers read in one statement, and rows of a page where rows have none: what a caller holds at a time. */
const WINDOW = 2000;
const SEALS_PAGE = 500;

/** The seals of the journal, the rows that they cover, and who makes them. On connections of its own, with plans of their own. */
export class SealStore {
  private readonly pool: Pool;

  constructor(database: Database) {
    this.pool = database.pool('report', 1);
  }

  /** Whether the sealing is `owner`'s for the next `leaseMs`. */
  async lease(owner: string, leaseMs: number): Promise<boolean> {
    return (await run(this.pool, SEALER_LEASE, [owner, leaseMs])).length > 0;
  }

  async release(owner: string): Promise<void> {
    await run(this.pool, SEALER_RELEASE, [owner]);
  }

  async lastEntry(): Promise<number> {
    const [row] = await run<{ last_entry: string }>(this.pool, LAST_ENTRY, []);
    return Number(row?.last_entry ?? 0);
  }

  /** Transactions under way that may have numbered rows. Asked for after `lastEntry`, every row up to that is theirs or of one that has ended. */
  async writers(): Promise<readonly string[]> {
    return (await run<{ writer: string }>(this.pool, WRITERS, [])).map(({ writer }) => writer);
  }

  async stillWriting(writers: readonly string[]): Promise<readonly string[]> {
    return (await run<{ writer: string }>(this.pool, STILL_WRITING, [writers])).map(({ writer }) => writer);
  }

  /** The first number in `(after, upTo]` that a row has; null when there is none. */
  async nextEntry(after: number, upTo: number): Promise<number | null> {
    const [row] = await run<{ next_entry: string | null }>(this.pool, NEXT_ENTRY, [after, upTo]);
    return row?.next_entry == null ? null : Number(row.next_entry);
  }

  /** What a seal says of the rows whose number is in `(after, upTo]`. Planned for its own range, as `rows`. */
  async rootOf(after: number, upTo: number): Promise<SealedPart> {
    const { rows } = await this.pool.query<{ entries: string; refunds: string; root: Buffer }>({
      text: SEALED_ROOT.text,
      values: [after, upTo],
      ...deadline(LONG_ANSWER_WITHIN_MS),
    });
    const [{ entries, refunds, root } = { entries: '0', refunds: '0', root: Buffer.alloc(0) }] = rows;
    return { entries: Number(entries), refunds: Number(refunds), root };
  }

  /** Rows whose number is in `(after, upTo]`, in the order of a seal, a window of numbers at a time. */
  async *rows(after: number, upTo: number): AsyncGenerator<readonly NumberedRow[]> {
    let behind = after;
    while (behind < upTo) {
      const end = Math.min(behind + WINDOW, upTo);
      const rows = await this.sealedRows(SEALED_ROWS, [behind, end]);
      if (rows.length > 0) yield rows;
      behind = rows.length > 0 ? end : ((await this.nextEntry(end, upTo)) ?? upTo + 1) - 1;
    }
  }

  /** Rows from before rows were numbered, by payment, ordinal and sequence. */
  async *oldRows(): AsyncGenerator<readonly NumberedRow[]> {
    let behind: [string, number, number] = ['0', 0, 0];
    for (;;) {
      const rows = await this.sealedRows(OLD_SEALED_ROWS, [...behind, WINDOW]);
      const last = rows.at(-1);
      if (last === undefined) return;
      yield rows;
      behind = [last.paymentNo, last.ordinal, last.sequence];
    }
  }

  async lastSeal(): Promise<StoredSeal | null> {
    const [row] = await run<SealRow>(this.pool, LAST_SEAL, []);
    return row === undefined ? null : sealOf(row);
  }

  /** False when a seal of that number is there already: nothing was written. */
  async add(seal: Seal): Promise<boolean> {
    const { firstEntry, lastEntry, entries, refunds, root, previous, hash, sealedAtMs } = seal;
    const values = [seal.seal, firstEntry, lastEntry, entries, refunds, root, previous, hash, sealedAtMs];
    return (await run(this.pool, ADD_SEAL, values)).length > 0;
  }

  async unpublished(limit: number): Promise<readonly StoredSeal[]> {
    return (await run<SealRow>(this.pool, UNPUBLISHED_SEALS, [limit])).map(sealOf);
  }

  async markPublished(seals: readonly StoredSeal[]): Promise<void> {
    const numbers = seals.map(({ seal }) => String(seal));
    await run(this.pool, SEALS_PUBLISHED, [binaryArray('int8', numbers)]);
  }

  /** All seals in their order, page by page. */
  async *seals(): AsyncGenerator<readonly StoredSeal[]> {
    let behind = '-9223372036854775808';
    for (;;) {
      const rows = await run<SealRow>(this.pool, READ_SEALS, [behind, SEALS_PAGE]);
      const last = rows.at(-1);
      if (last === undefined) return;
      yield rows.map(sealOf);
      behind = last.seal_no;
    }
  }

  async named(numbers: readonly number[]): Promise<readonly StoredSeal[]> {
    const rows = await run<SealRow>(this.pool, SEALS_NAMED, [binaryArray('int8', numbers.map(String))]);
    return rows.map(sealOf);
  }

  /** Without a name each is planned for its own range: a plan for any range would read the whole journal. */
  private async sealedRows(
    { text }: { readonly text: string },
    values: unknown[],
  ): Promise<readonly NumberedRow[]> {
    const { rows } = await this.pool.query<JournalRow>({ text, values });
    return rows.map(rowOf);
  }
}

interface SealRow {
  seal_no: string;
  first_entry: string;
  last_entry: string;
  entries: string;
  refunds: string;
  root: Buffer;
  previous: Buffer;
  hash: Buffer;
  sealed_ms: string;
  published: boolean;
}

function sealOf(row: SealRow): StoredSeal {
  return {
    seal: Number(row.seal_no),
    firstEntry: Number(row.first_entry),
    lastEntry: Number(row.last_entry),
    entries: Number(row.entries),
    refunds: Number(row.refunds),
    root: row.root,
    previous: row.previous,
    hash: row.hash,
    sealedAtMs: Number(row.sealed_ms),
    published: row.published,
  };
}

interface JournalRow {
  payment_no: string;
  ordinal: number;
  sequence: number;
  refund_id: string;
  payment_id: string;
  occurred_ms: string;
  cause: string;
  traceparent: string | null;
  result_type: string | null;
  format: number;
  digest: Buffer;
  hash: Buffer;
  entry_no: string;
}

function rowOf(row: JournalRow): NumberedRow {
  return {
    paymentNo: row.payment_no,
    ordinal: row.ordinal,
    sequence: row.sequence,
    refundId: row.refund_id,
    paymentId: row.payment_id,
    occurredAtMs: Number(row.occurred_ms),
    cause: row.cause,
    traceparent: row.traceparent,
    resultType: row.result_type,
    format: row.format,
    digest: row.digest,
    hash: row.hash,
    entryNo: Number(row.entry_no),
  };
}
