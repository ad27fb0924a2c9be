import { chmodSync, chownSync, mkdirSync, mkdtempSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { LocalStackError } from '../errors.ts';
import { canEnter, type OsAccount, serverAccount } from './account.ts';

/** Where root keeps what the server's account must reach although the project is in a closed directory such as /root. */
export const ROOT_PLACE = '/var/lib/refundry';

/** Where one embedded server lives. Only `databaseDir` belongs to the server's account; the rest is ours. */
export interface Place {
  readonly account: OsAccount | undefined;
  readonly databaseDir: string;
  /** The port and the password, readable by us alone. */
  readonly settingsPath: string;
  readonly logPath: string;
}

/** The lock that start and stop of the server under `dataDir` are done under. */
export const lockPath = (dataDir: string): string => join(dataDir, 'postgres.lock');

/** The directory with one entry per process that uses the server under `dataDir`. */
export const usersDir = (dataDir: string): string => join(dataDir, 'postgres.users');

/**
 * Opens the server's place under `dataDir`. Where root's data directory lies in one closed to the server's account, the database goes to a
 * directory of its own under `ROOT_PLACE`, and `postgres.location` in the data directory says which: remove both to start afresh.
 * To be called under the lock.
 */
export function openPlace(dataDir: string): Place {
  const account = serverAccount();
  return {
    account,
    databaseDir: join(databaseParent(dataDir, account), 'postgres'),
    settingsPath: join(dataDir, 'postgres.json'),
    logPath: join(dataDir, 'postgres.log'),
  };
}

/** Creates `dataDir` and returns its absolute path. */
export function openDataDir(dataDir: string): string {
  const path = resolve(dataDir);
  try {
    mkdirSync(path, { recursive: true });
    return path;
  } catch (error) {
    throw unusable(path, error);
  }
}

export function unusable(path: string, cause: unknown): LocalStackError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new LocalStackError(
    'LOCAL_POSTGRES_DIRECTORY_UNUSABLE',
    `cannot keep a database under ${path}: ${reason}; choose another directory with REFUNDRY_DATA`,
    { path },
    cause,
  );
}

function databaseParent(dataDir: string, account: OsAccount | undefined): string {
  const pointer = join(dataDir, 'postgres.location');
  const elsewhere = readPointer(pointer);
  if (elsewhere !== undefined) return elsewhere;
  if (canEnter(dataDir, account) || letEnter(dataDir, account)) return dataDir;
  openRootPlace();
  const parent = mkdtempSync(join(ROOT_PLACE, 'database-'));
  chmodSync(parent, 0o755);
  writeFileSync(pointer, `${parent}\n`);
  return parent;
}

/**
 * Opens a data directory that only root may enter, as `mktemp -d` makes them, to the server's account alone. A directory that gives its
 * group any right is left as it is: that right would pass to another group.
 */
function letEnter(dataDir: string, account: OsAccount | undefined): boolean {
  if (account === undefined || !canEnter(dirname(dataDir), account)) return false;
  const { uid, mode } = statSync(dataDir);
  if (uid !== 0 || (mode & 0o070) !== 0) return false;
  chownSync(dataDir, uid, account.gid);
  chmodSync(dataDir, (mode & 0o777) | 0o010);
  return canEnter(dataDir, account);
}

/** Creates `ROOT_PLACE`, for all to enter whatever root's umask is. */
export function openRootPlace(): void {
  mkdirSync(ROOT_PLACE, { recursive: true });
  chmodSync(ROOT_PLACE, 0o755);
}

function readPointer(pointer: string): string | undefined {
  try {
    return readFileSync(pointer, 'utf8').trim();
  } catch {
    return undefined;
  }
}
