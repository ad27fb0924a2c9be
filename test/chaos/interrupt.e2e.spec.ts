import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { until } from '../support/until.ts';
import { BROKERS } from '../e2e/world.ts';

const MAIN = join(import.meta.dirname, '../../dist/test/chaos/main.js');
const PROCESSOR = 'apps/processor/main.js';
const EXIT_INTERRUPTED = 130;
const UNDER_WAY_TIMEOUT_MS = 120_000;
/** A broker that is only starting is not given up half-way. */
const END_MAX_MS = 60_000;

interface Process {
  readonly pid: number;
  readonly parent: number;
  readonly command: string;
}

async function processes(): Promise<readonly Process[]> {
  const { stdout } = await promisify(execFile)('ps', ['-A', '-o', 'pid=,ppid=,args='], {
    maxBuffer: 64 * 1024 * 1024,
  });
  return stdout.split('\n').flatMap((line) => {
    const [, pid, parent, command] = /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line) ?? [];
    return command === undefined ? [] : [{ pid: Number(pid), parent: Number(parent), command }];
  });
}

/** Everything that the process has started, and what that has. */
function descendants(of: number, all: readonly Process[]): readonly Process[] {
  const own = all.filter(({ parent }) => parent === of);
  return own.flatMap((one) => [one, ...descendants(one.pid, all)]);
}

async function started(root: ChildProcess): Promise<readonly Process[]> {
  return descendants(root.pid ?? 0, await processes());
}

/** In a process group of its own, as a shell starts what a terminal's Ctrl-C reaches. */
function startChaos(args: readonly string[]): {
  readonly child: ChildProcess;
  readonly output: () => string;
} {
  const child = spawn(process.execPath, [MAIN, ...args], {
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, KAFKA_BROKERS: '' },
  });
  let output = '';
  const keep = (chunk: Buffer): void => {
    output += chunk.toString('utf8');
  };
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  return { child, output: () => output };
}

/** Everything the process starts from now on until it ends, however short its life. */
async function watchUntil(
  ended: Promise<unknown>,
  root: ChildProcess,
): Promise<ReadonlyMap<string, Process>> {
  const seen = new Map<string, Process>();
  let hasEnded = false;
  const end = ended.finally(() => {
    hasEnded = true;
  });
  while (!hasEnded) for (const one of await started(root)) seen.set(nameOf(one), one);
  await end;
  return seen;
}

const nameOf = ({ pid, command }: Process): string => `${String(pid)} ${command}`;

async function left(seen: ReadonlyMap<string, Process>): Promise<readonly Process[]> {
  return (await processes()).filter((one) => seen.has(nameOf(one)));
}

interface Moment {
  readonly bus: string;
  readonly when: string;
  /** So many processes have this on their command line. */
  readonly runs: readonly [count: number, part: string];
  readonly args?: readonly string[];
}

/** A terminal's Ctrl-C reaches everything that was started too, and a script's signal the run alone. */
const REACHES = { all: -1, one: 1 } as const;

const SEEDS = ['--minutes', '5', '--provider', 'razorpay'];
const ANYWHERE: readonly Moment[] = [
  { bus: 'embedded', when: 'its PostgreSQL is created', runs: [1, 'initdb'] },
  { bus: 'embedded', when: 'its PostgreSQL starts', runs: [1, 'postgres -D'] },
  { bus: 'embedded', when: 'its sandbox starts', runs: [1, 'apps/sandbox/main.js'] },
  { bus: 'embedded', when: 'its first processor starts', runs: [1, PROCESSOR] },
  { bus: 'embedded', when: 'it is under way', runs: [2, PROCESSOR] },
  { bus: 'embedded', when: 'its mutations are under way', runs: [3, PROCESSOR], args: ['--mutations'] },
];
const ON_KAFKA: readonly Moment[] = [
  { bus: 'kafka', when: 'its broker is prepared', runs: [1, 'kafka.tools.StorageTool'] },
  { bus: 'kafka', when: 'its broker starts', runs: [1, 'kafka.Kafka'] },
  { bus: 'kafka', when: 'its sandbox starts', runs: [1, 'apps/sandbox/main.js'] },
  { bus: 'kafka', when: 'its first processor starts', runs: [1, PROCESSOR] },
  { bus: 'kafka', when: 'it is under way', runs: [2, PROCESSOR] },
];

describe.each(Object.entries(REACHES))(
  'a run of chaos, interrupted with a signal that reaches %s',
  (_, group) => {
    it.each(BROKERS === undefined ? ANYWHERE : [...ANYWHERE, ...ON_KAFKA])(
      'on the $bus bus while $when › ends every process it has started, and ends with 130',
      async ({ bus, runs: [count, part], args = SEEDS }) => {
        const { child, output } = startChaos([...args, '--bus', bus]);
        const ended = once(child, 'exit');
        try {
          await until(
            `${String(count)} of ${part}`,
            async () =>
              (await started(child)).filter(({ command }) => command.includes(part)).length >= count,
            output,
            UNDER_WAY_TIMEOUT_MS,
          );
          process.kill(group * (child.pid ?? 0), 'SIGINT');
          const startedMs = performance.now();
          const seen = await watchUntil(ended, child);
          expect(await ended).toEqual([EXIT_INTERRUPTED, null]);
          expect(performance.now() - startedMs).toBeLessThan(END_MAX_MS);
          expect(output()).toMatch(/interrupted/i);
          expect(await left(seen)).toEqual([]);
        } finally {
          if (child.exitCode === null) process.kill(-(child.pid ?? 0), 'SIGKILL');
        }
      },
      300_000,
    );
  },
);
