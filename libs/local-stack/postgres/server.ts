import { spawn } from 'node:child_process';
import { closeSync, readFileSync, readlinkSync, realpathSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { LocalStackError } from '../errors.ts';
import { logTail, openLog, readFrom } from '../server-log.ts';
import { programOf } from '../process-identity.ts';
import type { Binaries } from './binaries.ts';
import { serverEnvironment } from '../server-environment.ts';
import { type WatchedExit, watchExit } from '../watched-exit.ts';
import type { Place } from './place.ts';
import { type Durability, serverArguments } from './settings.ts';

const POLL_MS = 20;
const READY_TIMEOUT_MS = 120_000; // Recovery after a crash replays up to max_wal_size, on a slow disk a matter of a minute.
const STOP_TIMEOUT_MS = 30_000;

export interface RunningServer {
  readonly pid: number;
  readonly port: number;
}

/** What became of an attempt to start a server. */
export type Launch =
  | { readonly kind: 'running'; readonly server: RunningServer; readonly exit: WatchedExit }
  | { readonly kind: 'portTaken' };

/** The server that runs on the place's database, once it is ready; `undefined` if none does. */
export async function findServer(place: Place): Promise<RunningServer | undefined> {
  const deadline = performance.now() + READY_TIMEOUT_MS;
  while (performance.now() < deadline) {
    const found = readPidFile(place);
    if (found === undefined) return undefined;
    if (!runsOn(found.pid, place)) {
      // Left behind by a crash. PostgreSQL would take any process with that number for a running server and refuse to start.
      rmSync(pidFile(place), { force: true });
      return undefined;
    }
    if (found.ready) return found;
    await pause(POLL_MS);
  }
  throw startFailed(place, `the server in ${place.databaseDir} is neither ready nor gone`);
}

/**
 * Starts a server and waits until it accepts connections. It is detached: Ctrl-C in the terminal reaches our process only, which can
 * then drain with its database still there.
 */
export async function launchServer(
  place: Place,
  binaries: Binaries,
  port: number,
  durability: Durability,
): Promise<Launch> {
  const log = openLog(place.logPath);
  const child = spawn(binaries.postgres, serverArguments(place.databaseDir, port, durability), {
    ...place.account,
    cwd: '/',
    env: serverEnvironment(),
    detached: true,
    stdio: ['ignore', log.file, log.file],
  });
  closeSync(log.file);
  child.unref();
  const exit = watchExit(child);
  const deadline = performance.now() + READY_TIMEOUT_MS;
  while (performance.now() < deadline) {
    const found = readPidFile(place);
    if (found?.ready === true && found.pid === child.pid) return { kind: 'running', server: found, exit };
    if (exit.how() !== undefined) {
      if (readFrom(place.logPath, log.start).includes('Address already in use')) return { kind: 'portTaken' };
      throw startFailed(place, `postgres ${exit.how()}`);
    }
    await pause(POLL_MS);
  }
  child.kill('SIGQUIT');
  throw startFailed(place, `postgres was not ready after ${READY_TIMEOUT_MS} ms`);
}

/** Stops a server: connections are closed, everything is written, and the process has ended on return. */
export async function stopServer(place: Place, server: RunningServer): Promise<void> {
  if (
    !(await signalAndWait(place, server.pid, 'SIGINT')) &&
    !(await signalAndWait(place, server.pid, 'SIGQUIT'))
  ) {
    throw new LocalStackError(
      'LOCAL_POSTGRES_STOP_FAILED',
      `the server with process id ${server.pid} does not end`,
      {
        pid: server.pid,
      },
    );
  }
}

async function signalAndWait(place: Place, pid: number, signal: 'SIGINT' | 'SIGQUIT'): Promise<boolean> {
  if (runsOn(pid, place)) process.kill(pid, signal);
  const deadline = performance.now() + STOP_TIMEOUT_MS;
  while (performance.now() < deadline) {
    if (!runsOn(pid, place)) return true;
    await pause(POLL_MS);
  }
  return false;
}

const pidFile = (place: Place): string => join(place.databaseDir, 'postmaster.pid');

// The lines of postmaster.pid, from PostgreSQL's src/include/utils/pidfile.h.
const LINE = { pid: 0, port: 3, status: 7 } as const;

function readPidFile(place: Place): (RunningServer & { readonly ready: boolean }) | undefined {
  let lines: string[];
  try {
    lines = readFileSync(pidFile(place), 'utf8').split('\n');
  } catch {
    return undefined;
  }
  return {
    pid: Number(lines[LINE.pid]),
    port: Number(lines[LINE.port]),
    ready: lines[LINE.status]?.trim() === 'ready',
  };
}

/** Whether process `pid` is a server on this very database. Its working directory tells; where that cannot be read, its name has to do. */
function runsOn(pid: number, place: Place): boolean {
  if (!(pid > 0) || programOf(pid) !== 'postgres') return false;
  if (process.platform !== 'linux') return true;
  try {
    return readlinkSync(`/proc/${pid}/cwd`) === realpathSync(place.databaseDir);
  } catch {
    return false;
  }
}

function startFailed(place: Place, what: string): LocalStackError {
  return new LocalStackError(
    'LOCAL_POSTGRES_START_FAILED',
    `${what}; ${place.logPath} ends with:\n${logTail(place.logPath, 10)}`,
    {
      log: place.logPath,
    },
  );
}
