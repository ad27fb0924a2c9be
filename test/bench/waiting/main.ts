import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Table from 'cli-table3';
import { Command } from 'commander';
import type { Bus } from '#libs/bus';
import { startKafka, startThrowawayPostgres } from '#libs/local-stack';
import { migrate } from '#libs/store';
import { endWhenInterrupted, startChild } from '../../support/child.ts';
import { peakResidentMiB, residentMiB } from '../process-meter.ts';
import { createPayments, createTopics, openBus, percentile, produce, readResults } from '../workload.ts';
import { fill } from './fill.ts';

interface Options {
  readonly waiting: string;
  readonly refunds: string;
  readonly rate: string;
}

interface Figures {
  readonly residentMiB: number;
  readonly peakMiB: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

interface World {
  readonly bus: Bus;
  readonly brokers: string;
  readonly sandboxUrl: string;
  readonly silentUrl: string;
  readonly directory: string;
}

/** Sent before anything is measured: a program that has just started is slower than it will be. */
const WARM_UP = 500;
const SAMPLE_MS = 250;
const TIMEOUT_MS = 300_000;

/** A provider that takes every connection and never answers: the worst neighbour, as each call takes all the time it may. */
async function startSilent(): Promise<{ readonly url: string; stop(): Promise<void> }> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`,
    stop: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** One account has `waiting` refunds and a silent provider, another one gets a steady trickle: what the processor needs, and how long the trickle takes. */
async function measure(world: World, waiting: number, options: Options): Promise<Figures> {
  const id = `waiting-${String(waiting)}-${String(process.pid)}`;
  const topics = await createTopics(world.bus, id);
  const postgres = await startThrowawayPostgres();
  await migrate(postgres.url);
  const silent = {
    name: 'silent',
    settings: { keyId: 'rzp_test_silent', keySecret: 'silent_secret', baseUrl: world.silentUrl },
  };
  const own = { keyId: 'rzp_test_sandbox', keySecret: 'sandbox_secret', baseUrl: world.sandboxUrl };
  await fill(postgres.url, silent, waiting);
  const accounts = [{ name: 'default', settings: own }, silent].map((account) => ({
    ...account,
    provider: 'razorpay',
    profile: 'sandbox',
  }));
  const file = join(world.directory, `${id}.json`);
  await writeFile(file, JSON.stringify({ topics, accounts }));
  const arrivals = await readResults(world.bus, topics.results);
  const child = await startChild(join(import.meta.dirname, '../../../apps/processor/main.js'), [], {
    KAFKA_BROKERS: world.brokers,
    KAFKA_GROUP_ID: id,
    DATABASE_URL: postgres.url,
    REFUNDRY_CONFIG: file,
    PORT: '0',
    LOG_LEVEL: 'warn',
  });
  const sizes: number[] = [];
  const sampling = setInterval(() => sizes.push(residentMiB(child.pid)), SAMPLE_MS);
  try {
    const refunds = Number(options.refunds);
    const payments = await createPayments(world.sandboxUrl, WARM_UP + refunds);
    const rate = Number(options.rate);
    await produce(world.bus, topics.requested, payments.slice(0, WARM_UP), `${id}-w`, rate);
    await arrivals.all(WARM_UP, TIMEOUT_MS);
    sizes.length = 0;
    const sentAtMs = await produce(world.bus, topics.requested, payments.slice(WARM_UP), `${id}-p`, rate);
    await arrivals.all(WARM_UP + refunds, TIMEOUT_MS);
    const delays = [...sentAtMs].map(
      ([refundId, sent]) => (arrivals.atMs.get(refundId) ?? Number.NaN) - sent,
    );
    return {
      residentMiB: percentile(sizes, 0.5),
      peakMiB: peakResidentMiB(child.pid),
      p50Ms: percentile(delays, 0.5),
      p99Ms: percentile(delays, 0.99),
    };
  } finally {
    clearInterval(sampling);
    await child.stop();
    await arrivals.stop();
    await postgres.stop();
  }
}

function print(figures: ReadonlyMap<number, Figures>): void {
  const table = new Table({
    head: ['waiting', 'resident MiB', 'peak MiB', 'p50 ms', 'p99 ms', 'p99 against the first'],
    style: { head: [], border: [] },
  });
  const first = [...figures.values()][0]?.p99Ms;
  for (const [waiting, one] of figures)
    table.push([
      waiting.toLocaleString('en'),
      one.residentMiB.toFixed(0),
      one.peakMiB.toFixed(0),
      one.p50Ms.toFixed(1),
      one.p99Ms.toFixed(1),
      first === undefined ? '' : (one.p99Ms / first).toFixed(2),
    ]);
  process.stdout.write(`\nthe processor, and the other account meanwhile\n${table.toString()}\n`);
}

async function main(options: Options): Promise<void> {
  endWhenInterrupted();
  const directory = await mkdtemp(join(tmpdir(), 'refundry-waiting-'));
  const given = process.env['KAFKA_BROKERS'];
  const kafka = given === undefined ? await startKafka({ dataDir: directory }) : null;
  const brokers = given ?? kafka?.brokers ?? '';
  const sandbox = await startChild(join(import.meta.dirname, '../../../apps/sandbox/main.js'), [], {
    SANDBOX_PORT: '0',
  });
  const silent = await startSilent();
  const bus = openBus(brokers);
  const sandboxUrl = `http://127.0.0.1:${String(sandbox.ready['port'])}`;
  try {
    const figures = new Map<number, Figures>();
    for (const waiting of options.waiting.split(',').map(Number)) {
      process.stderr.write(`measuring with ${waiting.toLocaleString('en')} refunds waiting …\n`);
      const world = { bus, brokers, sandboxUrl, silentUrl: silent.url, directory };
      const one = await measure(world, waiting, options);
      figures.set(waiting, one);
      process.stderr.write(`${JSON.stringify(one)}\n`);
    }
    print(figures);
  } finally {
    await bus.close();
    await sandbox.stop();
    await silent.stop();
    await kafka?.stop();
    await rm(directory, { recursive: true, force: true });
  }
}

await new Command('bench:waiting')
  .description('Memory of the processor, and the latency of one account, while refunds of another one wait.')
  .option('--waiting <list>', 'refunds that wait on the account whose provider is silent', '0,10000,1000000')
  .option('--refunds <n>', 'refunds of the other account', '1000')
  .option('--rate <n>', 'of these a second', '100')
  .action(main)
  .parseAsync();
