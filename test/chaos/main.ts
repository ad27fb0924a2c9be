import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Command, Option } from 'commander';
import { SCRIPTS, type ScenarioProvider } from '#libs/scenario';
import { complaint, isGood, renderTable, seedLine } from './report.ts';
import { runSeed, type SeedResult } from './seed-run.ts';
import { readSeeds } from './seeds.ts';
import { startServers, type BusKind, type Servers } from './servers.ts';

interface Options {
  readonly seeds: readonly number[];
  readonly minutes?: string;
  readonly provider: ScenarioProvider | 'all';
  readonly bus: BusKind;
}

const PROVIDERS = Object.keys(SCRIPTS) as ScenarioProvider[];
const OUT = resolve('out', 'chaos');
const EXIT_BROKEN = 2;
const EXIT_INTERRUPTED = 130;

/** A developer's accounts and settings have no part in this; the brokers were read before. */
function forgetEnvironment(): void {
  for (const name of Object.keys(process.env))
    if (
      /^(RAZORPAY_|BRAINTREE_|ROBOKASSA_|KAFKA_|SANDBOX_|REFUNDRY_|DATABASE_URL$|PORT$|HOST$|STATUS_EVENTS$|TOPICS_CREATE$|NODE_ENV$)/.test(
        name,
      )
    )
      delete process.env[name];
}

/** The seeds asked for, then further ones until the time is over. */
function* seedsOf({ seeds, minutes }: Options): Generator<number> {
  yield* seeds;
  const untilMs = performance.now() + Number(minutes ?? 0) * 60_000;
  for (let seed = Math.max(...seeds) + 1; performance.now() < untilMs; seed += 1) yield seed;
}

async function runSeeds(options: Options, servers: Servers, signal: AbortSignal): Promise<SeedResult[]> {
  const providers = options.provider === 'all' ? PROVIDERS : [options.provider];
  const results: SeedResult[] = [];
  const report = (result: SeedResult): void => {
    results.push(result);
    say(seedLine(result));
    const again = `npm run chaos -- --seeds ${String(result.seed)} --bus ${options.bus} --provider ${options.provider}`;
    if (!isGood(result)) say(complaint(result, again));
  };
  for (const seed of seedsOf(options)) {
    if (signal.aborted) break;
    try {
      report(await runSeed(servers, seed, providers, OUT, signal));
    } catch (error) {
      if (!signal.aborted) report(unfinished(seed, error));
    }
  }
  return results;
}

/** A seed that did not come to its end proves nothing, and that is no success. */
function unfinished(seed: number, error: unknown): SeedResult {
  const none = { refunds: 0, completed: 0, failed: 0, review: 0, lost: 0, doubled: 0, overRefunded: 0 };
  const why = error instanceof AggregateError ? error.errors : [error];
  return { ...none, seed, faults: {}, reviewReasons: {}, seconds: 0, differences: why.map(String) };
}

async function main(options: Options): Promise<void> {
  const givenBrokers = process.env['KAFKA_BROKERS'];
  forgetEnvironment();
  const controller = new AbortController();
  const interrupt = (): void => {
    if (controller.signal.aborted) process.exit(EXIT_INTERRUPTED);
    say('Interrupted; stopping what was started.');
    controller.abort(new Error('interrupted'));
  };
  process.on('SIGINT', interrupt).on('SIGTERM', interrupt);
  mkdirSync(OUT, { recursive: true });
  const directory = mkdtempSync(join(tmpdir(), 'refundry-chaos-'));
  try {
    const servers = await startServers(
      options.bus,
      directory,
      givenBrokers === '' ? undefined : givenBrokers,
    );
    try {
      const results = await runSeeds(options, servers, controller.signal);
      const good = results.filter(isGood).length;
      writeFileSync(
        join(OUT, 'summary.json'),
        `${JSON.stringify({ bus: options.bus, provider: options.provider, results }, null, 2)}\n`,
      );
      process.stdout.write(
        `${renderTable(results)}\n${String(good)} of ${String(results.length)} seeds hold every invariant\n`,
      );
      if (good < results.length) process.exitCode = EXIT_BROKEN;
      if (controller.signal.aborted) process.exitCode = EXIT_INTERRUPTED;
    } finally {
      await servers.close();
    }
  } finally {
    rmSync(directory, { recursive: true, force: true });
    process.off('SIGINT', interrupt).off('SIGTERM', interrupt);
  }
}

function say(text: string): void {
  process.stderr.write(`${text}\n`);
}

await new Command('chaos')
  .description(
    'Kills, stalls and cuts off everything while refunds are under way, then compares plan, store, topics and the providers’ books.',
  )
  .requiredOption('--seeds <list>', 'what to run, as in 7 or 1-20 or 3,5,9-11', readSeeds)
  .option('--minutes <m>', 'go on with further seeds until so many minutes are over')
  .addOption(
    new Option('--provider <name>', 'whose refunds are requested')
      .choices([...PROVIDERS, 'all'])
      .default('all'),
  )
  .addOption(
    new Option(
      '--bus <kind>',
      'kafka takes KAFKA_BROKERS, which is never stopped, or starts a broker of its own',
    )
      .choices(['kafka', 'embedded'])
      .default('embedded'),
  )
  .addHelpText(
    'after',
    `
A seed draws the refunds, the faults of processors, servers, webhooks and providers, and when they hit; how they meet is the machine's, so a seed that failed
may pass when it is repeated. A line for each seed on stderr, a table on stdout, everything in out/chaos/summary.json.

Exit code: 0 every invariant holds for every seed; 1 it could not run; 2 one does not hold; 130 interrupted.`,
  )
  .action(main)
  .parseAsync();
