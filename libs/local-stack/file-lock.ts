import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as pause } from 'node:timers/promises';
import { LocalStackError } from './errors.ts';

const POLL_MS = 25;

/**
 * Runs `work` while this process alone holds the lock at `path`; others wait up to `timeoutMs`.
 *
 * The file is an empty SQLite database in an exclusive transaction, because that is a lock of the operating system:
 * it disappears with its process, even after `kill -9`. A lock file with a process id in it needs a rule for stale files, and two
 * processes that both find one stale can each end up believing they hold it.
 */
export async function withFileLock<Result>(
  path: string,
  timeoutMs: number,
  work: () => Promise<Result>,
): Promise<Result> {
  mkdirSync(dirname(path), { recursive: true });
  const lock = await acquire(path, timeoutMs);
  try {
    return await work();
  } finally {
    lock.close();
  }
}

async function acquire(path: string, timeoutMs: number): Promise<DatabaseSync> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const lock = tryLock(path);
    if (lock !== undefined) return lock;
    if (performance.now() > deadline) {
      throw new LocalStackError(
        'LOCAL_LOCK_TIMEOUT',
        `another process has held ${path} for ${timeoutMs} ms`,
        { path },
      );
    }
    await pause(POLL_MS);
  }
}

function tryLock(path: string): DatabaseSync | undefined {
  const file = new DatabaseSync(path, { timeout: 0 });
  try {
    file.exec('begin exclusive');
    return file;
  } catch (error) {
    file.close();
    if (isBusy(error)) return undefined;
    throw error;
  }
}

const SQLITE_BUSY = 5;

function isBusy(error: unknown): boolean {
  return error instanceof Error && 'errcode' in error && error.errcode === SQLITE_BUSY;
}
