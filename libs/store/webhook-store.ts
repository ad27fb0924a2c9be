import type { Pool } from 'pg';
import { columnsOf } from './binary-array.ts';
import { classifyFault, run, type Database } from './database.ts';
import { GroupCommit } from './group-commit.ts';
import {
  FORGET_WEBHOOKS,
  TAKE_WEBHOOKS,
  WEBHOOK_COLUMNS,
  type WebhookRow,
} from './statements/take-webhooks.ts';

/** `isNew`: not seen before. `hinted`: look-ups may be due now. */
export interface TakenWebhook {
  readonly isNew: boolean;
  readonly hinted: boolean;
}

const ROWS_MAX = 256;
/** So many wait while the database does not answer; their senders have long been told to come again. */
const WAITING_MAX = 10_000;
/** Rows of one deletion: a statement of some milliseconds. */
const FORGOTTEN_MAX = 5000;

/** Webhooks as they are kept: each once, with the look-ups they ask for in the same commit. */
export class WebhookStore {
  private readonly housekeeping: Pool;
  private readonly events: GroupCommit<WebhookRow, TakenWebhook>;

  constructor(database: Database) {
    this.housekeeping = database.pool('report', 1);
    const pool = database.pool('path', 1);
    this.events = new GroupCommit((rows) => takeAll(pool, rows), {
      rowsMax: ROWS_MAX,
      classify: classifyFault,
      keyOf: (row) => `${String(row.merchantNo)}/${row.eventId}`,
    });
    // A vendor sends again what was not answered: nothing waits here for a database that is away.
    this.events.close();
  }

  /** Rejects when the database is away or too much waits for it; nothing is kept then. */
  async take(row: WebhookRow): Promise<TakenWebhook> {
    if (this.events.queued >= WAITING_MAX)
      throw new Error(`${String(WAITING_MAX)} webhooks wait for the database already`);
    return await this.events.push(row);
  }

  /** Forgets what was received longer ago than that; answers how many events, and whether there are more. */
  async forget(olderThanMs: number): Promise<{ readonly forgotten: number; readonly more: boolean }> {
    const { rowCount } = await this.housekeeping.query(FORGET_WEBHOOKS, [olderThanMs, FORGOTTEN_MAX]);
    const forgotten = rowCount ?? 0;
    return { forgotten, more: forgotten === FORGOTTEN_MAX };
  }
}

async function takeAll(pool: Pool, rows: readonly WebhookRow[]): Promise<TakenWebhook[]> {
  const taken: TakenWebhook[] = rows.map(() => ({ isNew: false, hinted: false }));
  const kept = await run<{ n: number; hinted: boolean }>(
    pool,
    TAKE_WEBHOOKS,
    columnsOf(WEBHOOK_COLUMNS, rows),
  );
  for (const { n, hinted } of kept) taken[n] = { isNew: true, hinted };
  return taken;
}
