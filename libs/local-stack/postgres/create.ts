import { spawn } from 'node:child_process';
import { chownSync, existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { freePort } from '../port.ts';
import { LocalStackError } from '../errors.ts';
import type { Binaries } from './binaries.ts';
import { DATABASE_USER, newPassword, writeCredentials } from './credentials.ts';
import { serverEnvironment } from '../server-environment.ts';
import { type Place, unusable } from './place.ts';
import type { Durability } from './settings.ts';

/**
 * Creates the database directory unless there is one. It is made under another name and renamed when complete, so that an
 * interrupted start is not taken for a database. To be called under the lock.
 */
export async function createDatabaseDir(
  place: Place,
  binaries: Binaries,
  durability: Durability,
): Promise<void> {
  if (existsSync(place.databaseDir)) return;
  const unfinished = `${place.databaseDir}.unfinished`;
  const passwordPath = `${place.databaseDir}.password`;
  const password = newPassword();
  try {
    rmSync(unfinished, { recursive: true, force: true });
    mkdirSync(unfinished, { mode: 0o700 });
    writeFileSync(passwordPath, password, { mode: 0o600 });
    if (place.account !== undefined) {
      chownSync(unfinished, place.account.uid, place.account.gid);
      chownSync(passwordPath, place.account.uid, place.account.gid);
    }
    await runInitdb(place, binaries, unfinished, passwordPath, durability);
    writeCredentials(place, { port: await freePort(), password });
    renameSync(unfinished, place.databaseDir);
  } catch (error) {
    throw error instanceof LocalStackError ? error : unusable(place.databaseDir, error);
  } finally {
    rmSync(passwordPath, { force: true });
  }
}

// Sorted by code point whatever the machine's language: a key order that differs between two machines would lock rows in different orders.
const LOCALE = ['--encoding=UTF8', '--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8'];

async function runInitdb(
  place: Place,
  binaries: Binaries,
  directory: string,
  passwordPath: string,
  durability: Durability,
): Promise<void> {
  const access = ['--auth=scram-sha-256', `--username=${DATABASE_USER}`, `--pwfile=${passwordPath}`];
  const sync = durability === 'durable' ? [] : ['--no-sync'];
  const child = spawn(binaries.initdb, ['-D', directory, ...access, ...LOCALE, ...sync], {
    ...place.account,
    cwd: '/',
    env: serverEnvironment(),
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let complaint = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaint += text;
  });
  const status = await new Promise<number | string>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve(code ?? signal ?? 'no status'));
  });
  if (status !== 0) {
    throw new LocalStackError(
      'LOCAL_POSTGRES_START_FAILED',
      `initdb ended with ${status}:\n${complaint.trimEnd().split('\n').slice(-10).join('\n')}`,
      { status },
    );
  }
}
