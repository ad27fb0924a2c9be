import { spawn, type ChildProcess } from 'node:child_process';

/** A program of ours that runs beside the test or benchmark. */
export interface Child {
  readonly pid: number;
  /** The JSON line that said it was ready. */
  readonly ready: Readonly<Record<string, unknown>>;
  /** SIGTERM; answers the exit code, null when a signal ended it. */
  stop(): Promise<number | null>;
  /** Any signal, without waiting. */
  kill(signal: NodeJS.Signals): void;
  readonly exited: Promise<number | null>;
  /** What it wrote to stderr last. */
  errors(): string;
}

/** A program that runs and may not be ready yet. */
export interface Launched extends Omit<Child, 'ready'> {
  /** Rejects with the end of its stderr when it ends or takes too long. */
  readonly ready: Promise<Child['ready']>;
}

/** As the scripts of package.json run the processor. */
const FLAGS = [
  '--enable-source-maps',
  '--max-semi-space-size=16',
  '--no-parallel-scavenge',
  '--heap-growing-percent=100',
  '--max-old-space-size=512',
];
const START_TIMEOUT_MS = 120_000;
const ERRORS_KEPT = 20_000;

/** Those that run: whatever ends this program in an orderly way ends them too. */
const running = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/** For a program that has nothing to finish: Ctrl-C ends it at once, in an orderly way. */
export function endWhenInterrupted(): void {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));
}

/** Runs a compiled script with this Node, as `startCommand` does. */
export async function startChild(
  script: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<Child> {
  return await untilReady(launchChild(script, args, env));
}

/** Runs a compiled script as `startChild` does, without waiting for its ready line. */
export function launchChild(
  script: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Launched {
  return launchCommand(process.execPath, [...FLAGS, script, ...args], env);
}

/** Starts a command and waits for its ready line on stdout; rejects with the end of its stderr when it ends or takes too long. */
export async function startCommand(
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<Child> {
  return await untilReady(launchCommand(command, args, env));
}

/** Rejects as its `ready` does. */
export async function untilReady(launched: Launched): Promise<Child> {
  return { ...launched, ready: await launched.ready };
}

function launchCommand(
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Launched {
  const child = spawn(command, args, { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  let errors = '';
  child.stderr.on('data', (chunk: Buffer) => {
    errors = (errors + chunk.toString('utf8')).slice(-ERRORS_KEPT);
  });
  running.add(child);
  const exited = new Promise<number | null>((resolve) => {
    child.once('exit', (code) => {
      running.delete(child);
      resolve(code);
    });
  });
  const ready = readyLine(child, exited, () => `${[command, ...args].join(' ')} did not start:\n${errors}`);
  ready.catch(() => undefined);
  return {
    pid: child.pid ?? 0,
    ready,
    exited,
    errors: () => errors,
    kill: (signal) => {
      child.kill(signal);
    },
    stop: async () => {
      child.kill('SIGTERM');
      return await exited;
    },
  };
}

async function readyLine(
  child: ChildProcess,
  exited: Promise<number | null>,
  why: () => string,
): Promise<Readonly<Record<string, unknown>>> {
  return await new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      reject(new Error(why()));
    }, START_TIMEOUT_MS);
    let text = '';
    child.stdout?.on('data', (chunk: Buffer) => {
      text += chunk.toString('utf8');
      const line = text.split('\n').find((one) => one.startsWith('{') && one.endsWith('}'));
      if (line === undefined) return;
      clearTimeout(timer);
      child.stdout?.removeAllListeners('data').resume();
      resolve(JSON.parse(line) as Readonly<Record<string, unknown>>);
    });
    void exited.then(() => {
      clearTimeout(timer);
      reject(new Error(why()));
    });
  });
}
