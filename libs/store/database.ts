import { Pool, type PoolClient, type QueryResultRow } from 'pg';
import type { Fault } from './group-commit.ts';
import type { Statement } from './statement.ts';

/**
 * While it runs a statement the server looks this often whether its client is still there. Without it one whose answer came too late for us would run on,
 * with its locks, beside every repetition.
 */
const CHECK = '-c client_connection_check_interval=10s';
/**
 * Plans that cannot flip. A generic plan estimates `limit $1` as a tenth of the queue and would read whole tables; nested loops over the primary
 * keys are right at every size. Only accept joins two inputs in memory and keeps its hash joins.
 */
const PINS = `${CHECK} -c plan_cache_mode=force_generic_plan -c enable_seqscan=off -c enable_bitmapscan=off -c enable_mergejoin=off -c jit=off -c lock_timeout=5000`;
/** Longer, and one payment that somebody holds delays the outcomes of all others; shorter, and a busy database looks like it. */
const PATH_LOCK_TIMEOUT_MS = 500;
/** The settings of each pool's connections. */
export const PINS_OF = {
  accept: PINS,
  path: `${PINS} -c enable_hashjoin=off -c lock_timeout=${String(PATH_LOCK_TIMEOUT_MS)}`,
  report: `${CHECK} -c jit=off`,
} as const;

export type ConnectionUse = keyof typeof PINS_OF;

/**
 * How long a process waits for the answer to a statement. A host that vanishes sends nothing, and TCP repeats what it was sent for a quarter of an hour.
 * Shorter, and a statement that has waited for its locks is given up while it runs; longer, and every loop stands still for longer.
 */
const ANSWER_WITHIN_MS = 30_000;
/** When nothing was said for this long the host is asked whether it is still there; about as long again without an answer ends the connection. */
const KEEP_ALIVE_AFTER_MS = 10_000;

const CONTENTION = new Set(['40001', '40P01']);
const LOCKED = '55P03';
/**
 * Connection lost, server starting or stopping, read-only after a failover, out of connections, disk or memory, a statement that was
 * cancelled: the server's trouble and not the rows'. The statement may be tried again when the server is back; giving rows up for it would drop answers.
 */
const CONNECTION =
  /^(08|53|57P0|58)|^(25006|57014)$|^(ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT|ENOTFOUND|EAI_AGAIN|ENETUNREACH|EHOSTUNREACH)$/;
/** What the driver says without a code: it was cut off, or waited in vain for a connection (a pool's, a single one) or for an answer. */
const NO_ANSWER =
  /connection|timeout exceeded when trying to connect|^timeout expired$|^Query read timeout$/i;
const SQLSTATE = /^[0-9A-Z]{5}$/;

export function classifyFault(error: unknown): Fault {
  const { code, message } = error as { code?: unknown; message?: unknown };
  if (typeof code === 'string') {
    if (CONTENTION.has(code)) return 'contention';
    if (code === LOCKED) return 'locked';
    if (CONNECTION.test(code)) return 'connection';
    // The message of a bad row may quote it.
    if (SQLSTATE.test(code)) return 'data';
  }
  return typeof message === 'string' && NO_ANSWER.test(message) ? 'connection' : 'data';
}

/**
 * One pool per use, each with its pins; a dropped connection is reported and replaced. So is one whose answer does not come in time: the driver closes
 * it, and what it was asked may have been committed, or may be yet. As after a lost answer, every statement that is repeated has to bear that.
 */
export class Database {
  private readonly pools: Pool[] = [];

  /** @param answerWithinMs null: for ever, where somebody waits who can interrupt. */
  constructor(
    readonly url: string,
    private readonly onIdleError: (error: Error) => void,
    private readonly answerWithinMs: number | null = ANSWER_WITHIN_MS,
  ) {}

  pool(use: ConnectionUse, connections: number): Pool {
    const pool = new Pool({
      connectionString: this.url,
      max: connections,
      options: PINS_OF[use],
      application_name: `refundry ${use}`,
      connectionTimeoutMillis: 10_000,
      idleTimeoutMillis: 0,
      keepAlive: true,
      keepAliveInitialDelayMillis: KEEP_ALIVE_AFTER_MS,
      ...deadline(this.answerWithinMs),
    });
    pool.on('error', this.onIdleError);
    pool.on('connect', hearOfCuts);
    this.pools.push(pool);
    return pool;
  }

  async close(): Promise<void> {
    await Promise.all(this.pools.map(async (pool) => await pool.end()));
  }
}

/**
 * The pool listens to idle connections alone, and whoever borrows one can only do so a moment after it was lent: a session that the server ends in
 * between, or between two statements, would end the program unheard. The next statement says so.
 */
function hearOfCuts(client: PoolClient): void {
  client.on('error', () => undefined);
}

/** Runs a named statement and gives its rows. */
export async function run<Row extends QueryResultRow>(
  pool: Pool,
  statement: Statement,
  values: unknown[],
): Promise<Row[]> {
  const { name, text, answerWithinMs = null } = statement;
  const result = await pool.query<Row>({ name, text, values, ...deadline(answerWithinMs) });
  return result.rows;
}

/** As the driver's setting, of a pool or of one query. */
export function deadline(answerWithinMs: number | null): { readonly query_timeout?: number } {
  return answerWithinMs === null ? {} : { query_timeout: answerWithinMs };
}
