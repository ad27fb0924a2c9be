import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** The account of the operating system a server runs under. */
export interface OsAccount {
  readonly uid: number;
  readonly gid: number;
}

const NOBODY: OsAccount = { uid: 65534, gid: 65534 };

/**
 * The account PostgreSQL has to run under, or `undefined` to run as whoever we are. PostgreSQL refuses to run as root; `nobody` exists
 * everywhere, so no account has to be created for it.
 */
export function serverAccount(): OsAccount | undefined {
  if (process.getuid?.() !== 0) return undefined;
  let accounts: string;
  try {
    accounts = readFileSync('/etc/passwd', 'utf8');
  } catch {
    return NOBODY;
  }
  const [, , uid, gid] = accounts.match(/^nobody:.*$/m)?.[0].split(':') ?? [];
  return uid === undefined || gid === undefined ? NOBODY : { uid: Number(uid), gid: Number(gid) };
}

/**
 * Whether `account` can enter `directory`. The kernel is asked instead of the mode bits of each parent, so that access lists and
 * mount options count too.
 */
export function canEnter(directory: string, account: OsAccount | undefined): boolean {
  if (account === undefined) return true;
  const result = spawnSync('sh', ['-c', 'cd "$1"', 'sh', directory], {
    ...account,
    cwd: '/',
    stdio: 'ignore',
  });
  return result.status === 0;
}
