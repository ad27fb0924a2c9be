import { Client } from 'pg';
import type { Statement } from '../statement.ts';

/** A connection that knows its own number, so that another one can see whom it waits for. */
export class Session extends Client {
  pid = 0;

  async start(): Promise<void> {
    await this.connect();
    const { rows } = await this.query<{ pid: number }>('select pg_backend_pid() as pid');
    this.pid = rows[0]?.pid ?? 0;
  }

  async rows<Row extends object>(statement: Statement, values: unknown[]): Promise<Row[]> {
    return (await this.query<Row>({ text: statement.text, values })).rows;
  }
}

const BLOCKED_WITHIN_MS = 5000;

/** Resolves when `waiter` waits for a lock that another session holds: the interleaving under test is reached. */
export async function untilBlocked(observer: Client, waiter: Session): Promise<void> {
  const endsAtMs = performance.now() + BLOCKED_WITHIN_MS;
  while (performance.now() < endsAtMs) {
    const { rows } = await observer.query<{ blocked: boolean }>(
      'select cardinality(pg_blocking_pids($1)) > 0 as blocked',
      [waiter.pid],
    );
    if (rows[0]?.blocked === true) return;
  }
  throw new Error(`session ${String(waiter.pid)} waits for nobody`);
}

/** The advisory lock that a paused statement waits for. */
const PAUSE = 7_240_113;

/** Every pause reached from now on lasts until `letGo`. */
export async function holdPauses(holder: Client): Promise<void> {
  await holder.query('select pg_advisory_lock($1)', [PAUSE]);
}

export async function letGo(holder: Client): Promise<void> {
  await holder.query('select pg_advisory_unlock($1)', [PAUSE]);
}

/**
 * The statement with a pause in front of `condition`. Where that is read before the first lock, the statement holds its snapshot and no row:
 * a window that is always there and that no brute force hits often enough to notice.
 */
export function pausedBefore(statement: Statement, condition: string): Statement {
  const pause = `(select pg_advisory_xact_lock_shared(${String(PAUSE)}) is not null)`;
  return changed(statement, condition, `${pause} and ${condition}`);
}

/** The statement without a guard: shows that the interleaving was forced, because without the guard it does harm. */
export function without(statement: Statement, guard: string | RegExp): Statement {
  return changed(statement, guard, ' ');
}

function changed(statement: Statement, from: string | RegExp, to: string): Statement {
  const text = statement.text.replace(from, to);
  if (text === statement.text) throw new Error(`${statement.name} does not contain ${String(from)}`);
  return { name: `${statement.name}-changed`, text };
}

/**
 * Pauses a session for which `pauseHere` was called at a row of `table` for which `condition` holds (`new` is the row): an insert before
 * anything of it is written, an update when the row is locked.
 */
export async function pauseAt(
  owner: Client,
  event: 'insert' | 'update',
  table: string,
  condition: string,
): Promise<void> {
  await owner.query(
    `create function pause_${table}() returns trigger language plpgsql as $$
     begin
       if current_setting('test.pause', true) = 'here' then perform pg_advisory_xact_lock_shared(${String(PAUSE)}); end if;
       return new;
     end $$;
     create trigger pause before ${event} on refundry.${table} for each row when (${condition}) execute function pause_${table}()`,
  );
}

export async function pauseHere(session: Client): Promise<void> {
  await session.query(`set test.pause = 'here'`);
}
