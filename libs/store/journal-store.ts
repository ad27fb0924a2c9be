import type { Pool } from 'pg';
import type { SealedRow } from '#libs/contracts';
import { run, type Database } from './database.ts';
import { NEXT_ENTRY, LAST_ENTRY } from './statements/seals.ts';
import {
  CHAIN_PAGE,
  COUNT_BEYOND,
  EXPORT_EXTERNAL,
  EXPORT_OLD_ROWS,
  EXPORT_ROWS,
  LONE_REFUND_IDS,
  MISSING_REFUNDS,
} from './statements/journal-reads.ts';

/** From `fromMs` on and before `toMs`, Unix milliseconds; null: without that end. */
export interface TimeSpan {
  readonly fromMs: number | null;
  readonly toMs: number | null;
}

/** A journal row with its events, as they are stored. */
interface StoredChange extends SealedRow {
  readonly status: string;
  readonly result: string | null;
  /** 0: from before rows were numbered. */
  readonly entryNo: number;
}

/** A journal row with what else is stored of its refund. */
export interface ChainRow extends StoredChange {
  /** What the row of the refund says; null: there is none. */
  readonly refund: { readonly refundId: string; readonly sequence: number; readonly hash: Buffer } | null;
  /** Of the refund's id; null: there is no such row. */
  readonly free: { readonly text: string; readonly digest: string; readonly salt: Buffer } | null;
  readonly erased: boolean;
  /** Whether the payment counts a refund in this place. */
  readonly hasPlace: boolean;
}

/** A place in a payment's order that should have a refund with journal rows; `refundId`: the refund is there, its rows are not. */
export interface MissingRefund {
  readonly paymentNo: string;
  readonly paymentId: string;
  readonly ordinal: number;
  readonly refundId: string | null;
}

/** A journal row with who decided it, where a person did. */
export interface ExportedChange extends StoredChange {
  readonly decidedBy: string | null;
  readonly decidedBecause: string | null;
}

/** Money given back elsewhere came to light, or no longer counts as such (a negative amount). */
export interface ExternalChange {
  readonly changeNo: string;
  readonly provider: string;
  readonly account: string;
  readonly mode: 'live' | 'test';
  readonly paymentId: string;
  readonly amount: string;
  readonly currency: string;
  readonly cause: string;
  readonly changedAtMs: number;
}

/** Rows and numbers read in one statement: what a caller holds at a time. */
const PAGE = 1000;

/** Reads the whole journal a page at a time, on plans of its own and never on the path's connections. */
export class JournalStore {
  private readonly pool: Pool;

  constructor(database: Database) {
    this.pool = database.pool('report', 1);
  }

  /** All rows by payment, ordinal and sequence. A refund that goes on meanwhile is seen as it stands at the last of its rows. */
  async *chains(span: TimeSpan): AsyncGenerator<readonly ChainRow[]> {
    let behind: [string, number, number] = ['0', 0, 0];
    for (;;) {
      const rows = await this.read<ChainPageRow>(CHAIN_PAGE.text, [...behind, PAGE, ...times(span)]);
      const last = rows.at(-1);
      if (last === undefined) return;
      yield rows.map(chainOf);
      behind = [last.payment_no, last.ordinal, last.sequence];
    }
  }

  async *missingRefunds(): AsyncGenerator<readonly MissingRefund[]> {
    let behind: [string, number] = ['0', 0];
    for (;;) {
      const rows = await run<{
        payment_no: string;
        payment_id: string;
        ordinal: number;
        refund_id: string | null;
      }>(this.pool, MISSING_REFUNDS, [...behind, PAGE]);
      const last = rows.at(-1);
      if (last === undefined) return;
      yield rows.map((row) => ({
        paymentNo: row.payment_no,
        paymentId: row.payment_id,
        ordinal: row.ordinal,
        refundId: row.refund_id,
      }));
      behind = [last.payment_no, last.ordinal];
    }
  }

  /** Known ids of refunds that are gone. */
  async *loneRefundIds(): AsyncGenerator<
    readonly { readonly refundId: string; readonly paymentId: string }[]
  > {
    let behind = '';
    for (;;) {
      const values = [behind, PAGE];
      const rows = await this.read<{ refund_id: string; payment_id: string }>(LONE_REFUND_IDS.text, values);
      const last = rows.at(-1);
      if (last === undefined) return;
      yield rows.map((row) => ({ refundId: row.refund_id, paymentId: row.payment_id }));
      behind = last.refund_id;
    }
  }

  async countBeyond(
    entryNo: number,
  ): Promise<{ readonly unsealed: number; readonly numberless: number; readonly entries: number }> {
    const [row] = await run<Record<'unsealed' | 'numberless' | 'entries', string>>(this.pool, COUNT_BEYOND, [
      entryNo,
    ]);
    return {
      unsealed: Number(row?.unsealed ?? 0),
      numberless: Number(row?.numberless ?? 0),
      entries: Number(row?.entries ?? 0),
    };
  }

  /** All rows of a span in the order of their numbers; what is written meanwhile is not among them. */
  async *changes(span: TimeSpan): AsyncGenerator<readonly ExportedChange[]> {
    yield* this.oldChanges(span);
    const [end] = await run<{ last_entry: string }>(this.pool, LAST_ENTRY, []);
    const upTo = Number(end?.last_entry ?? 0);
    let behind = 0;
    while (behind < upTo) {
      const next = await run<{ next_entry: string | null }>(this.pool, NEXT_ENTRY, [behind, upTo]);
      const first = next[0]?.next_entry;
      if (first == null) return;
      const last = Math.min(Number(first) - 1 + PAGE, upTo);
      const values = [...times(span), Number(first) - 1, last];
      const rows = await this.read<ExportRow>(EXPORT_ROWS.text, values);
      if (rows.length > 0) yield rows.map(exportedOf);
      behind = last;
    }
  }

  async *externalChanges(span: TimeSpan): AsyncGenerator<readonly ExternalChange[]> {
    let behind = '0';
    for (;;) {
      const rows = await this.read<ExternalChangeRow>(EXPORT_EXTERNAL.text, [...times(span), behind, PAGE]);
      const last = rows.at(-1);
      if (last === undefined) return;
      yield rows.map((row) => ({
        changeNo: row.change_no,
        provider: row.provider,
        account: row.account,
        mode: row.mode,
        paymentId: row.payment_id,
        amount: row.amount,
        currency: row.currency,
        cause: row.cause,
        changedAtMs: Number(row.changed_ms),
      }));
      behind = last.change_no;
    }
  }

  private async *oldChanges(span: TimeSpan): AsyncGenerator<readonly ExportedChange[]> {
    let behind: [string, number, number] = ['0', 0, 0];
    for (;;) {
      const rows = await this.read<ExportRow>(EXPORT_OLD_ROWS.text, [...times(span), ...behind, PAGE]);
      const last = rows.at(-1);
      if (last === undefined) return;
      yield rows.map(exportedOf);
      behind = [last.payment_no, last.ordinal, last.sequence];
    }
  }

  /** Without a name each is planned for its own page: a plan for any page would read the whole journal. */
  private async read<Row extends object>(text: string, values: unknown[]): Promise<readonly Row[]> {
    return (await this.pool.query<Row>({ text, values })).rows;
  }
}

function times({ fromMs, toMs }: TimeSpan): [Date | null, Date | null] {
  return [fromMs === null ? null : new Date(fromMs), toMs === null ? null : new Date(toMs)];
}

interface EntryRow {
  payment_no: string;
  ordinal: number;
  sequence: number;
  refund_id: string;
  payment_id: string;
  occurred_ms: string;
  cause: string;
  traceparent: string | null;
  status: string;
  result: string | null;
  result_type: string | null;
  format: number;
  digest: Buffer;
  hash: Buffer;
  entry_no: string;
}

interface ChainPageRow extends EntryRow {
  owner: string | null;
  last_sequence: number | null;
  last_hash: Buffer | null;
  has_place: boolean;
  free_text: string | null;
  free_digest: string | null;
  salt: Buffer | null;
  erased: boolean;
}

interface ExportRow extends EntryRow {
  decided_by: string | null;
  decided_because: string | null;
}

interface ExternalChangeRow {
  change_no: string;
  provider: string;
  account: string;
  mode: 'live' | 'test';
  payment_id: string;
  amount: string;
  currency: string;
  cause: string;
  changed_ms: string;
}

function entryOf(row: EntryRow): StoredChange {
  return {
    paymentNo: row.payment_no,
    ordinal: row.ordinal,
    sequence: row.sequence,
    refundId: row.refund_id,
    paymentId: row.payment_id,
    occurredAtMs: Number(row.occurred_ms),
    cause: row.cause,
    traceparent: row.traceparent,
    status: row.status,
    result: row.result,
    resultType: row.result_type,
    format: row.format,
    digest: row.digest,
    hash: row.hash,
    entryNo: Number(row.entry_no),
  };
}

function chainOf(row: ChainPageRow): ChainRow {
  const { owner, last_sequence: sequence, last_hash: hash, free_text: text, free_digest: digest, salt } = row;
  const isThere = owner !== null && sequence !== null && hash !== null;
  const isKnown = text !== null && digest !== null && salt !== null;
  return {
    ...entryOf(row),
    refund: isThere ? { refundId: owner, sequence, hash } : null,
    free: isKnown ? { text, digest, salt } : null,
    erased: row.erased,
    hasPlace: row.has_place,
  };
}

function exportedOf(row: ExportRow): ExportedChange {
  return { ...entryOf(row), decidedBy: row.decided_by, decidedBecause: row.decided_because };
}
