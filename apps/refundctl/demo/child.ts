import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, openSync, closeSync, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { CommandFailure } from '../failure.ts';

/** A program of this project running beside the demo. */
export interface Child {
  readonly port: number;
  /** Resolves when it has ended, with how. */
  readonly ended: Promise<string>;
  /** Asks it to end and waits; after `graceMs` it is killed. May be called twice. */
  stop(graceMs: number): Promise<void>;
}

export interface ChildOptions {
  readonly app: 'processor' | 'sandbox';
  readonly env: Readonly<Record<string, string>>;
  /** Its stderr goes there. */
  readonly logFile: string;
  readonly signal: AbortSignal;
}

const READY_TIMEOUT_MS = 60_000;
const LOG_LINES_SHOWN = 5;

/**
 * Starts a program and waits until it says on stdout that it is ready. It gets a process group of its own: Ctrl-C reaches only the demo,
 * which then ends its children in the right order.
 */
export async function startChild(options: ChildOptions): Promise<Child> {
  const { app, env, logFile } = options;
  const script = fileURLToPath(new URL(`../../${app}/main.js`, import.meta.url));
  if (!existsSync(script)) {
    throw new CommandFailure('NOT_BUILT', {
      happened: `${script} does not exist`,
      notDone: 'the demo was not started',
      next: '`npm run build`, or start it with `npm run demo`, which builds first',
    });
  }
  const log = openSync(logFile, 'w');
  const child = spawn(process.execPath, ['--enable-source-maps', script], {
    env,
    detached: true,
    stdio: ['ignore', 'pipe', log],
  });
  closeSync(log);
  const ended = endOf(child);
  const stop = async (graceMs: number): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGTERM');
    const timer = setTimeout(() => child.kill('SIGKILL'), graceMs);
    await ended;
    clearTimeout(timer);
  };
  try {
    return { port: await readPort(child, ended, options), ended, stop };
  } catch (error) {
    await stop(0);
    throw error;
  }
}

async function endOf(child: ChildProcess): Promise<string> {
  return await new Promise((resolve) => {
    child.once('error', (error) => {
      resolve(error.message);
    });
    child.once('exit', (code, signal) => {
      resolve(signal === null ? `exit code ${String(code)}` : `signal ${signal}`);
    });
  });
}

async function readPort(child: ChildProcess, ended: Promise<string>, options: ChildOptions): Promise<number> {
  const { app, logFile, signal } = options;
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const timer = setTimeout(() => {
    reject(notReady(app, `it was not ready after ${String(READY_TIMEOUT_MS / 1000)} s`, logFile));
  }, READY_TIMEOUT_MS);
  const interrupted = (): void => {
    reject(new Error('interrupted'));
  };
  signal.addEventListener('abort', interrupted, { once: true });
  void ended.then((how) => {
    reject(notReady(app, `it ended with ${how}`, logFile));
  });
  if (child.stdout !== null) {
    createInterface({ input: child.stdout }).on('line', (text) => {
      const port = portIn(text, app);
      if (port !== null) resolve(port);
    });
  }
  try {
    return await promise;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', interrupted);
  }
}

function portIn(text: string, app: string): number | null {
  if (!text.startsWith('{')) return null;
  const ready = JSON.parse(text) as Readonly<Record<string, unknown>>;
  return ready[app] === 'ready' && typeof ready['port'] === 'number' ? ready['port'] : null;
}

function notReady(app: string, why: string, logFile: string): CommandFailure {
  return new CommandFailure(`${app.toUpperCase()}_NOT_STARTED`, {
    happened: `the ${app} did not start: ${why}${lastLines(logFile)}`,
    notDone: 'no refund was requested',
    next: `its log is ${logFile}`,
  });
}

/** The end of a log, for an error message; empty when there is none. */
export function lastLines(logFile: string): string {
  const lines = readFileSync(logFile, 'utf8').trim().split('\n').slice(-LOG_LINES_SHOWN);
  return lines.join('') === '' ? '' : `\n    ${lines.join('\n    ')}`;
}
