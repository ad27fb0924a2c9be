import { randomUUID } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { processIdentity } from '../process-identity.ts';

/**
 * Enters this process among the users of a server and returns its entry, a file whose name begins with the process id and whose
 * content says which process of that id is meant. To be called under the server's lock, like `leaveUsers`.
 */
export function enterUsers(directory: string): string {
  mkdirSync(directory, { recursive: true });
  const entry = join(directory, `${process.pid}.${randomUUID()}`);
  writeFileSync(entry, processIdentity(process.pid) ?? '');
  return entry;
}

/** Takes an entry out and returns how many users are left. Those killed before they could leave are taken out too. */
export function leaveUsers(directory: string, entry: string): number {
  rmSync(entry, { force: true });
  return pruneUsers(directory);
}

function pruneUsers(directory: string): number {
  let left = 0;
  for (const name of readdirSync(directory)) {
    const entry = join(directory, name);
    if (isAlive(entry, name)) left += 1;
    else rmSync(entry, { force: true });
  }
  return left;
}

function isAlive(entry: string, name: string): boolean {
  const identity = processIdentity(Number.parseInt(name, 10));
  return identity !== undefined && identity === readFileSync(entry, 'utf8');
}
