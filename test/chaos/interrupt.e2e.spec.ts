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

describe('a run of chaos, interrupted with Ctrl-C', () => {
  const buses = BROKERS === undefined ? ['embedded'] : ['embedded', 'kafka'];

  it.each(buses)(
    'on the %s bus › ends every process it has started, says what was finished, and ends with 130',
    async (bus) => {
      const { child, output } = startChaos(['--minutes', '5', '--bus', bus, '--provider', 'razorpay']);
      const ended = once(child, 'exit');
      try {
        await until(
          'two processors run',
          async () => (await started(child)).filter(({ command }) => command.includes(PROCESSOR)).length >= 2,
          output,
          UNDER_WAY_TIMEOUT_MS,
        );
        const before = await started(child);
        process.kill(-(child.pid ?? 0), 'SIGINT');
        expect(await ended).toEqual([EXIT_INTERRUPTED, null]);
        expect(output()).toContain('0 of 0 seeds hold every invariant, then interrupted');
        const left = new Set((await processes()).map(({ pid, command }) => `${String(pid)} ${command}`));
        expect(before.filter(({ pid, command }) => left.has(`${String(pid)} ${command}`))).toEqual([]);
      } finally {
        if (child.exitCode === null) process.kill(-(child.pid ?? 0), 'SIGKILL');
      }
    },
    300_000,
  );
});
