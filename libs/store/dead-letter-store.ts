import type { Pool } from 'pg';
import { run, type Database } from './database.ts';
import {
  DEAD_LETTER_ACT,
  DEAD_LETTER_FIND,
  DEAD_LETTER_LOCK,
  DEAD_LETTERS_PAGE,
} from './statements/dead-letters.ts';
import { inTransaction } from './transaction.ts';

export type DeadLetterStatus = 'open' | 'redriven' | 'discarded';

/** A dead letter without its bytes. */
export interface DeadLetterSummary {
  /** A bigint as text. */
  readonly deadLetterNo: string;
  readonly groupId: string;
  readonly cluster: string;
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  /** The record's own timestamp. */
  readonly recordAtMs: number;
  readonly keptAtMs: number;
  readonly code: string;
  readonly message: string;
  readonly key: Buffer | null;
  /** Null: it has no value, or it was not kept. */
  readonly valueBytes: number | null;
  /** It is on the dead-letter topic. */
  readonly published: boolean;
  readonly status: DeadLetterStatus;
  /** Who made it what it is, and why; null while it is open. */
  readonly act: { readonly by: string; readonly reason: string | null; readonly atMs: number } | null;
}

/** A dead letter with its bytes. `headers` is the encoded list that intake kept. */
export interface KeptLetter extends DeadLetterSummary {
  readonly value: Buffer | null;
  readonly headers: Buffer;
}

export interface DeadLetterFilter {
  readonly code?: string;
  readonly fromMs?: number;
  /** Exclusive. */
  readonly toMs?: number;
  readonly status?: DeadLetterStatus;
}

export interface DeadLetterAct {
  readonly action: 'redriven' | 'discarded';
  readonly by: string;
  readonly reason: string | null;
  readonly operationNo: string | null;
}

interface SummaryRow {
  dead_letter_no: string;
  group_id: string;
  cluster: string;
  topic: string;
  partition: number;
  record_offset: string;
  record_ms: string;
  kept_ms: string;
  code: string;
  message: string;
  key: Buffer | null;
  value_bytes: number | null;
  published: boolean;
  status: DeadLetterStatus;
  acted_by: string | null;
  reason: string | null;
  acted_ms: string | null;
}

interface KeptRow extends SummaryRow {
  value: Buffer | null;
  headers: Buffer;
}

const PAGE = 500;

/** What operators see of dead letters and do with them. Intake writes them, the relay publishes them. */
export class DeadLetterStore {
  private readonly pool: Pool;

  constructor(database: Database) {
    this.pool = database.pool('report', 2);
  }

  /** Oldest first; pages, so that any number of them is read with little memory. */
  async *list(filter: DeadLetterFilter = {}): AsyncGenerator<DeadLetterSummary> {
    const { fromMs = null, toMs = null, code = null, status = null } = filter;
    for (let after = '0'; ;) {
      const page = await run<SummaryRow>(this.pool, DEAD_LETTERS_PAGE, [
        after,
        fromMs,
        toMs,
        code,
        status,
        PAGE,
      ]);
      for (const row of page) yield summaryOf(row);
      const last = page.at(-1);
      if (last === undefined || page.length < PAGE) return;
      after = last.dead_letter_no;
    }
  }

  /** Null when there is none of this number. */
  async find(deadLetterNo: string): Promise<KeptLetter | null> {
    return letterOf(await run<KeptRow>(this.pool, DEAD_LETTER_FIND, [deadLetterNo]));
  }

  /**
   * Lends one letter: nobody else acts on it meanwhile. What `act` records is stored when the work resolves, and not when it rejects. Answers null
   * when there is no such letter.
   */
  async withLetter<Answer>(
    deadLetterNo: string,
    work: (letter: KeptLetter, act: (one: DeadLetterAct) => Promise<void>) => Promise<Answer>,
  ): Promise<Answer | null> {
    return await inTransaction(this.pool, async (client) => {
      const ask = async <Row extends object>(
        { text }: { readonly text: string },
        values: unknown[],
      ): Promise<Row[]> => (await client.query<Row>(text, values)).rows;
      await ask(DEAD_LETTER_LOCK, [deadLetterNo]);
      const letter = letterOf(await ask<KeptRow>(DEAD_LETTER_FIND, [deadLetterNo]));
      if (letter === null) return null;
      return await work(letter, async ({ action, by, reason, operationNo }) => {
        await ask(DEAD_LETTER_ACT, [deadLetterNo, action, by, reason, operationNo]);
      });
    });
  }
}

function letterOf([row]: readonly KeptRow[]): KeptLetter | null {
  return row === undefined ? null : { ...summaryOf(row), value: row.value, headers: row.headers };
}

function summaryOf(row: SummaryRow): DeadLetterSummary {
  return {
    deadLetterNo: row.dead_letter_no,
    groupId: row.group_id,
    cluster: row.cluster,
    topic: row.topic,
    partition: row.partition,
    offset: Number(row.record_offset),
    recordAtMs: Number(row.record_ms),
    keptAtMs: Number(row.kept_ms),
    code: row.code,
    message: row.message,
    key: row.key,
    valueBytes: row.value_bytes,
    published: row.published,
    status: row.status,
    act:
      row.acted_by === null
        ? null
        : { by: row.acted_by, reason: row.reason, atMs: Number(row.acted_ms ?? 0) },
  };
}
