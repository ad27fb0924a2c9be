import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { LocalStackError } from '../errors.ts';
import { withFileLock } from '../file-lock.ts';
import { guard } from '../guard.ts';
import { freePort, isPortFree } from '../port.ts';
import { findBinaries } from './binaries.ts';
import {
  connectionUrl,
  DATABASE_NAME,
  passwordLost,
  readCredentials,
  writeCredentials,
} from './credentials.ts';
import { createDatabaseDir } from './create.ts';
import { lockPath, openDataDir, openPlace, type Place, usersDir } from './place.ts';
import { findServer, type Launch, launchServer, type RunningServer, stopServer } from './server.ts';
import type { Durability } from './settings.ts';
import { enterUsers, leaveUsers } from './users.ts';

export interface PostgresOptions {
  /** The directory of REFUNDRY_DATA; the server's own folder is `postgres` in it. */
  readonly dataDir: string;
  /** Only this port will do. Without it, the port of the last start, or a free one where that is taken. A running server keeps its own. */
  readonly port?: number;
  /** Told in a line what is being done. */
  readonly log?: (line: string) => void;
}

export interface LocalPostgres {
  /** Address of the database `refundry`, with the password in it: never to be logged. */
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  /** Whether this call started the server; otherwise it was found running. */
  readonly started: boolean;
  /** Gives up this use of the server. The last user stops it. May be called twice. */
  readonly stop: () => Promise<void>;
}

const LOCK_TIMEOUT_MS = 180_000;
const PORT_ATTEMPTS_MAX = 5;

type Launched = Extract<Launch, { kind: 'running' }>;

/**
 * A real PostgreSQL under `dataDir`: the first process starts it, later ones find it, the last one to stop using it stops it, and no
 * process takes it away from another. It outlives a process that is killed; the next user to leave alone stops it.
 */
export async function startPostgres(options: PostgresOptions): Promise<LocalPostgres> {
  const dataDir = openDataDir(options.dataDir);
  return await withFileLock(lockPath(dataDir), LOCK_TIMEOUT_MS, async () => {
    const place = openPlace(dataDir);
    const found = await findServer(place);
    const server = found ?? (await launch(place, 'durable', options)).server;
    const url = await openDatabase(place, server);
    const entry = enterUsers(usersDir(dataDir));
    let stopping: Promise<void> | undefined;
    return {
      url,
      port: server.port,
      pid: server.pid,
      started: found === undefined,
      stop: async () => await (stopping ??= release(dataDir, place, server, entry)),
    };
  });
}

/**
 * A fresh server for tests, on a directory of its own that `stop` removes. Its commits survive a crash of the server but not of the
 * machine. It ends with this process, however that ends.
 */
export async function startThrowawayPostgres(log?: (line: string) => void): Promise<LocalPostgres> {
  const dataDir = mkdtempSync(join(tmpdir(), 'refundry-postgres-'));
  const place = openPlace(dataDir);
  const directories = [place.databaseDir, dataDir];
  const remove = (): void => directories.forEach((path) => rmSync(path, { recursive: true, force: true }));
  let launched: Launched;
  try {
    launched = await launch(place, 'throwaway', log === undefined ? {} : { log });
  } catch (error) {
    remove();
    throw error;
  }
  const { server, exit } = launched;
  const callOff = guard({ pid: server.pid, signal: 'QUIT', remove: directories });
  exit.whenEnded(callOff);
  let stopping: Promise<void> | undefined;
  const stop = async (): Promise<void> => {
    await stopServer(place, server);
    remove();
  };
  return {
    url: await openDatabase(place, server),
    port: server.port,
    pid: server.pid,
    started: true,
    stop: async () => await (stopping ??= stop()),
  };
}

async function release(dataDir: string, place: Place, server: RunningServer, entry: string): Promise<void> {
  await withFileLock(lockPath(dataDir), LOCK_TIMEOUT_MS, async () => {
    if (leaveUsers(usersDir(dataDir), entry) === 0) await stopServer(place, server);
  });
}

async function launch(
  place: Place,
  durability: Durability,
  options: Pick<PostgresOptions, 'port' | 'log'>,
): Promise<Launched> {
  const binaries = await findBinaries(place.account);
  options.log?.(`starting PostgreSQL ${binaries.version.split('-')[0]} in ${place.databaseDir}`);
  await createDatabaseDir(place, binaries, durability);
  const { port: lastPort, password } = readCredentials(place);
  for (let attempt = 1; attempt <= PORT_ATTEMPTS_MAX; attempt += 1) {
    const port =
      options.port ?? (attempt === 1 && (await isPortFree(lastPort)) ? lastPort : await freePort());
    const launched = await launchServer(place, binaries, port, durability);
    if (launched.kind === 'running') {
      writeCredentials(place, { port, password });
      return launched;
    }
    if (options.port !== undefined) break;
  }
  throw new LocalStackError(
    'LOCAL_POSTGRES_PORT_TAKEN',
    `port ${options.port ?? lastPort} is taken by another program`,
    {
      port: options.port ?? lastPort,
    },
  );
}

const INVALID_PASSWORD = '28P01';

/** Makes sure that the database exists and lets us in, and returns its address. */
async function openDatabase(place: Place, server: RunningServer): Promise<string> {
  const credentials = { ...readCredentials(place), port: server.port };
  const client = new pg.Client({ connectionString: connectionUrl(credentials, 'postgres') });
  client.on('error', () => undefined);
  try {
    await client.connect();
    const existing = await client.query('select from pg_database where datname = $1', [DATABASE_NAME]);
    if (existing.rowCount === 0) await client.query(`create database ${DATABASE_NAME}`);
  } catch (error) {
    throw error instanceof pg.DatabaseError && error.code === INVALID_PASSWORD
      ? passwordLost(place, error)
      : error;
  } finally {
    await client.end();
  }
  return connectionUrl(credentials, DATABASE_NAME);
}
