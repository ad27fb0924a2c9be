import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Table from 'cli-table3';
import { Command } from 'commander';
import { startKafka } from '#libs/local-stack';
import { endWhenInterrupted, startChild } from '../support/child.ts';
import { bareLoop, processor } from './contestants.ts';
import { measure, type Figures, type Load } from './measure.ts';
import { openBus, type Contestant } from './workload.ts';

interface Options {
  readonly refunds: string;
  readonly latencies: string;
  readonly rows: string;
  readonly inFlight: string;
  readonly rounds: string;
}

const ROWS = ['bare', 'lean', 'no-verify', 'defaults'] as const;
type Row = (typeof ROWS)[number];
const TITLES: Readonly<Record<Row, string>> = {
  bare: 'bare loop',
  lean: 'verify: never, no status events',
  'no-verify': 'defaults, verify: never',
  defaults: 'defaults',
};

function contestants(
  brokers: string,
  sandboxUrl: string,
  inFlight: number,
): Readonly<Record<Row, Contestant>> {
  const ours = (verify: 'never' | 'first', statusEvents: boolean) =>
    processor(brokers, sandboxUrl, { verify, statusEvents, inFlight });
  return {
    bare: bareLoop(brokers, sandboxUrl, inFlight),
    lean: ours('never', false),
    'no-verify': ours('never', true),
    defaults: ours('first', true),
  };
}

/** A slow provider bounds the throughput by its latency: fewer refunds say as much. */
function loadOf(
  refunds: number,
  latencyMs: number,
  inFlight: number,
): Pick<Load, 'backlog' | 'paced' | 'ratePerSecond' | 'latencyMs'> {
  const most = latencyMs === 0 ? refunds : Math.min(refunds, Math.round((inFlight * 10_000) / latencyMs));
  return {
    latencyMs,
    backlog: most,
    paced: Math.min(1000, most),
    ratePerSecond: latencyMs === 0 ? 400 : 150,
  };
}

/** Of several rounds the mean, and the highest peak. */
function over(rounds: readonly Figures[]): Figures {
  const mean = (of: keyof Figures): number =>
    rounds.reduce((sum, figures) => sum + figures[of], 0) / rounds.length;
  return {
    refundsPerSecond: mean('refundsPerSecond'),
    processCpu: mean('processCpu'),
    databaseCpu: mean('databaseCpu'),
    restCpu: mean('restCpu'),
    coresBusy: mean('coresBusy'),
    peakMiB: Math.max(...rounds.map(({ peakMiB }) => peakMiB)),
    p50Ms: mean('p50Ms'),
    p99Ms: mean('p99Ms'),
  };
}

/** Against the bare loop of the same round: a machine may be slower in one round than in the next. */
function ratioOf(rounds: readonly Figures[], bare: readonly Figures[]): string {
  const ratios = rounds.map((one, n) => one.refundsPerSecond / (bare[n]?.refundsPerSecond ?? Number.NaN));
  const middle = ratios.reduce((sum, ratio) => sum + ratio, 0) / ratios.length;
  const range =
    ratios.length > 1 ? ` (${Math.min(...ratios).toFixed(2)}–${Math.max(...ratios).toFixed(2)})` : '';
  return Number.isNaN(middle) ? '' : middle.toFixed(2) + range;
}

function print(latencyMs: number, inFlight: number, measured: ReadonlyMap<Row, readonly Figures[]>): void {
  const table = new Table({
    head: [
      '',
      'refunds/s',
      'ratio',
      'CPU s/1000',
      'database',
      'rest',
      'cores',
      'peak MiB',
      'p50 ms',
      'p99 ms',
    ],
    style: { head: [], border: [] },
  });
  for (const [row, rounds] of measured) {
    const one = over(rounds);
    table.push([
      TITLES[row],
      one.refundsPerSecond.toFixed(0),
      ratioOf(rounds, measured.get('bare') ?? []),
      one.processCpu.toFixed(3),
      one.databaseCpu.toFixed(3),
      one.restCpu.toFixed(3),
      one.coresBusy.toFixed(2),
      one.peakMiB.toFixed(0),
      one.p50Ms.toFixed(1),
      one.p99Ms.toFixed(1),
    ]);
  }
  process.stdout.write(
    `\nprovider latency ${String(latencyMs)} ms, ${String(inFlight)} calls in flight\n${table.toString()}\n`,
  );
}

async function main(options: Options): Promise<void> {
  endWhenInterrupted();
  const directory = await mkdtemp(join(tmpdir(), 'refundry-bench-'));
  const given = process.env['KAFKA_BROKERS'];
  const kafka = given === undefined ? await startKafka({ dataDir: directory }) : null;
  const brokers = given ?? kafka?.brokers ?? '';
  const sandbox = await startChild(join(import.meta.dirname, '../../apps/sandbox/main.js'), [], {
    SANDBOX_PORT: '0',
  });
  const sandboxUrl = `http://127.0.0.1:${String(sandbox.ready['port'])}`;
  const bus = openBus(brokers);
  try {
    const inFlight = Number(options.inFlight);
    const rounds = Number(options.rounds);
    const rows = ROWS.filter((name) => options.rows.split(',').includes(name));
    const all = contestants(brokers, sandboxUrl, inFlight);
    for (const latencyMs of options.latencies.split(',').map(Number)) {
      const measured = new Map<Row, Figures[]>(rows.map((row) => [row, []]));
      for (let round = 1; round <= rounds; round += 1)
        for (const [row, figures] of measured) {
          process.stderr.write(
            `measuring ${TITLES[row]} at ${String(latencyMs)} ms, round ${String(round)} of ${String(rounds)} …\n`,
          );
          const load = {
            bus,
            sandboxUrl,
            restPids: [process.pid, sandbox.pid, ...(kafka?.pid === undefined ? [] : [kafka.pid])],
            ...loadOf(Number(options.refunds), latencyMs, inFlight),
          };
          figures.push(await measure(row, all[row], load));
        }
      print(latencyMs, inFlight, measured);
    }
  } finally {
    await bus.close();
    await sandbox.stop();
    await kafka?.stop();
    await rm(directory, { recursive: true, force: true });
  }
}

await new Command('bench')
  .description('Refunds a second end to end on a real Kafka broker, against a bare loop in the same run.')
  .option('--refunds <n>', 'backlog for each row at latency 0', '20000')
  .option('--latencies <list>', 'provider latencies, milliseconds', '0,50,200')
  .option('--rows <list>', `of ${ROWS.join(', ')}`, ROWS.join(','))
  .option('--in-flight <n>', 'calls in flight at the provider, on both sides', '64')
  .option('--rounds <n>', 'how often each row is measured, in turn; the means are printed', '1')
  .action(main)
  .parseAsync();
