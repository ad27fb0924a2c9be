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

/** As the scripts of package.json run the processor. */
const FLAGS = ['--enable-source-maps', '--max-semi-space-size=32', '--max-old-space-size=512'];
const START_TIMEOUT_MS = 120_000;
const ERRORS_KEPT = 20_000;

/** Those that run: whatever ends this program in an orderly way ends them too. */
const running = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/** One that runs and has not said yet that it is ready. */
export type Spawned = Pick<Child, 'kill' | 'exited' | 'errors'>;

/** Runs a compiled script with this Node; see `startCommand`. */
export async function startChild(
  script: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  onSpawned?: (child: Spawned) => void,
): Promise<Child> {
  return await startCommand(process.execPath, [...FLAGS, script, ...args], env, onSpawned);
}

/** Starts a command and waits for its ready line on stdout; rejects with the end of its stderr when it ends or takes too long. Whoever must do something before that is told when it was started. */
export async function startCommand(
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  onSpawned: (child: Spawned) => void = () => undefined,
): Promise<Child> {
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
  const spawned: Spawned = {
    exited,
    errors: () => errors,
    kill: (signal) => {
      child.kill(signal);
    },
  };
  onSpawned(spawned);
  const ready = await readyLine(
    child,
    exited,
    () => `${[command, ...args].join(' ')} did not start:\n${errors}`,
  );
  return {
    ...spawned,
    pid: child.pid ?? 0,
    ready,
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
