import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Table from 'cli-table3';
import { Command } from 'commander';
import { readConfig } from '#libs/config';
import { startPostgres } from '#libs/local-stack';
import { peakResidentMiB } from '../process-meter.ts';
import { SPAN_S, type Books } from './books.ts';
import { fillBooks } from './fill.ts';
import { startProvider } from './provider.ts';

const REFUNDCTL = join(import.meta.dirname, '../../../apps/refundctl/main.js');
const SAMPLE_MS = 50;

interface Measured {
  readonly refunds: number;
  readonly fillS: number;
  readonly seconds: number;
  readonly peakMiB: number;
  readonly exit: number | null;
  readonly refused: number;
}

const say = (text: string): void => {
  process.stderr.write(`${text}\n`);
};

/** Fills a database of its own, and has `refundctl reconcile` compare it in a process of its own. */
async function measure(count: number): Promise<Measured> {
  const directory = await mkdtemp(join(tmpdir(), 'refundry-reconcile-'));
  const server = await startPostgres({ dataDir: join(directory, 'data'), log: () => undefined });
  const books: Books = { count, fromS: Math.floor(Date.now() / 1000) - SPAN_S - 3600 };
  const provider = await startProvider(books);
  try {
    const environment = {
      DATABASE_URL: server.url,
      RAZORPAY_KEY_ID: 'rzp_test_bench',
      RAZORPAY_KEY_SECRET: 'bench_secret',
      RAZORPAY_BASE_URL: provider.url,
    };
    const config = readConfig({ ...environment, NODE_ENV: 'test' });
    const fillFromMs = performance.now();
    await fillBooks(server.url, config.topics, config.groupId, books, (done) => {
      if (done % 100_000 === 0) say(`filled ${String(done)} of ${String(count)}`);
    });
    const fillS = (performance.now() - fillFromMs) / 1000;
    const run = await reconcile(environment, books, join(directory, 'out'));
    return { refunds: count, fillS, ...run, refused: provider.refused() };
  } finally {
    provider.close();
    await server.stop();
    await rm(directory, { recursive: true, force: true });
  }
}

async function reconcile(
  environment: Readonly<Record<string, string>>,
  books: Books,
  output: string,
): Promise<{ readonly seconds: number; readonly peakMiB: number; readonly exit: number | null }> {
  const window = ['--from', String(books.fromS), '--to', String(books.fromS + SPAN_S + 1)];
  const startedAtMs = performance.now();
  const child = spawn(process.execPath, [REFUNDCTL, 'reconcile', ...window, '--output', output], {
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], ...environment },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  let peakMiB = 0;
  const sampler = setInterval(() => {
    try {
      peakMiB = Math.max(peakMiB, peakResidentMiB(child.pid ?? 0));
    } catch {
      // It has just ended.
    }
  }, SAMPLE_MS);
  const exit = await new Promise<number | null>((resolve) => child.once('exit', resolve));
  clearInterval(sampler);
  return { seconds: (performance.now() - startedAtMs) / 1000, peakMiB, exit };
}

const program = new Command('bench:reconcile')
  .description(
    'time and peak memory of `refundctl reconcile` over synthetic refunds that agree on all four sides',
  )
  .option('--sizes <list>', 'how many refunds, one run for each', '10000,100000,1000000')
  .parse();
const sizes = program.opts<{ sizes: string }>().sizes.split(',').map(Number);
const table = new Table({
  head: ['refunds', 'seconds', 'refunds/s', 'peak MiB', 'exit', 'other calls', 'filled in s'],
  style: { head: [], border: [] },
});
for (const size of sizes) {
  const { refunds, seconds, peakMiB, exit, refused, fillS } = await measure(size);
  table.push([
    String(refunds),
    seconds.toFixed(1),
    String(Math.round(refunds / seconds)),
    peakMiB.toFixed(0),
    String(exit),
    String(refused),
    fillS.toFixed(0),
  ]);
  if (exit !== 0) process.exitCode = 1;
}
process.stdout.write(`${table.toString()}\n`);
