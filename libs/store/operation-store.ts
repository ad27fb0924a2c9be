import type { Pool } from 'pg';
import type { Database } from './database.ts';

/** `clean`: nothing to mention; `differences`: it found or left what should not be; `failed`, `interrupted`: it did not get to its end. */
export type OperationOutcome = 'clean' | 'differences' | 'failed' | 'interrupted';

/** A run of a command as it begins. */
export interface NewOperation {
  /** As typed: `replay results`. */
  readonly command: string;
  readonly by: string;
  /** What it was asked for; no secret. */
  readonly arguments: object;
  readonly dryRun: boolean;
}

export interface OperationEnd {
  readonly outcome: OperationOutcome;
  readonly counts: Readonly<Record<string, number>>;
  /** What the command said at its end; bounded by the command, null when it has nothing to say. */
  readonly report: object | null;
}

export interface OperationSummary extends NewOperation {
  /** A bigint as text. */
  readonly operationNo: string;
  readonly startedAtMs: number;
  /** Null while it runs, or when it was killed. */
  readonly endedAtMs: number | null;
  readonly outcome: OperationOutcome | null;
  readonly counts: Readonly<Record<string, number>>;
}

export interface Operation extends OperationSummary {
  readonly report: object | null;
}

interface OperationRow {
  operation_no: string;
  command: string;
  arguments: object;
  started_by: string;
  dry_run: boolean;
  started_ms: string;
  ended_ms: string | null;
  outcome: OperationOutcome | null;
  counts: Record<string, number>;
  report?: object | null;
}

const SUMMARY = `operation_no, command, arguments, started_by, dry_run, (extract(epoch from started_at) * 1000)::bigint as started_ms,
  (extract(epoch from ended_at) * 1000)::bigint as ended_ms, outcome, counts`;

/** The audit of commands that work on the whole system: begun before they do anything, ended with their report. */
export class OperationStore {
  private readonly pool: Pool;

  constructor(database: Database) {
    this.pool = database.pool('report', 1);
  }

  /** Answers the operation's number. */
  async begin(operation: NewOperation): Promise<string> {
    const { rows } = await this.pool.query<{ operation_no: string }>(
      'insert into refundry.operation (command, arguments, started_by, dry_run) values ($1, $2, $3, $4) returning operation_no',
      [operation.command, JSON.stringify(operation.arguments), operation.by, operation.dryRun],
    );
    const [row] = rows;
    if (row === undefined) throw new Error('the operation was not recorded');
    return row.operation_no;
  }

  /** An operation ends once; a second end is ignored. */
  async end(operationNo: string, { outcome, counts, report }: OperationEnd): Promise<void> {
    await this.pool.query(
      'update refundry.operation set ended_at = now(), outcome = $2, counts = $3, report = $4 where operation_no = $1 and ended_at is null',
      [operationNo, outcome, JSON.stringify(counts), report === null ? null : JSON.stringify(report)],
    );
  }

  /** The latest first. */
  async list(limit: number, command: string | null = null): Promise<readonly OperationSummary[]> {
    const { rows } = await this.pool.query<OperationRow>(
      `select ${SUMMARY} from refundry.operation where $2::text is null or command = $2 or starts_with(command, $2 || ' ')
       order by operation_no desc limit $1`,
      [limit, command],
    );
    return rows.map(summaryOf);
  }

  /** Null when there is none of this number. */
  async find(operationNo: string): Promise<Operation | null> {
    const { rows } = await this.pool.query<OperationRow>(
      `select ${SUMMARY}, report from refundry.operation where operation_no = $1`,
      [operationNo],
    );
    const [row] = rows;
    return row === undefined ? null : { ...summaryOf(row), report: row.report ?? null };
  }
}

function summaryOf(row: OperationRow): OperationSummary {
  return {
    operationNo: row.operation_no,
    command: row.command,
    arguments: row.arguments,
    by: row.started_by,
    dryRun: row.dry_run,
    startedAtMs: Number(row.started_ms),
    endedAtMs: row.ended_ms === null ? null : Number(row.ended_ms),
    outcome: row.outcome,
    counts: row.counts,
  };
}
