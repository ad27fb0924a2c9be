import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Command, Option } from 'commander';
import { SCRIPTS, type ScenarioProvider } from '#libs/scenario';
import { mutationsNamed, MUTATIONS, readMutations } from './mutations/all.ts';
import { PROMISES, type Mutation } from './mutations/mutation.ts';
import { findMutations, playControls, renderFindings, type MutationRun } from './mutations/run.ts';
import { complaint, isGood, renderTable, seedLine } from './report.ts';
import { runSeed, type SeedResult } from './seed-run.ts';
import { readMinutes, readSeeds, seedsUntil } from './seeds.ts';
import { startServers, type BusKind, type Servers } from './servers.ts';

interface Options {
  readonly seeds?: readonly number[];
  readonly minutes?: number;
  readonly mutations?: readonly string[] | true;
  readonly control?: true;
  readonly provider: ScenarioProvider | 'all';
  readonly bus: BusKind;
}

const PROVIDERS = Object.keys(SCRIPTS) as ScenarioProvider[];
const OUT = resolve('out', 'chaos');
const EXIT_USAGE = 1;
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

async function runSeeds(options: Options, servers: Servers, signal: AbortSignal): Promise<SeedResult[]> {
  const providers = options.provider === 'all' ? PROVIDERS : [options.provider];
  const results: SeedResult[] = [];
  const report = (result: SeedResult): void => {
    results.push(result);
    say(seedLine(result));
    const again = `npm run chaos -- --seeds ${String(result.seed)} --bus ${options.bus} --provider ${options.provider}`;
    if (!isGood(result)) say(complaint(result, again));
  };
  const untilMs = performance.now() + (options.minutes ?? 0) * 60_000;
  for (const seed of seedsUntil(options.seeds ?? [], () => performance.now() >= untilMs)) {
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

interface Outcome {
  readonly table: string;
  readonly line: string;
  readonly isGood: boolean;
}

async function chaos(options: Options, servers: Servers, signal: AbortSignal): Promise<Outcome> {
  const results = await runSeeds(options, servers, signal);
  const good = results.filter(isGood).length;
  const summary = { bus: options.bus, provider: options.provider, results };
  writeFileSync(join(OUT, 'summary.json'), `${JSON.stringify(summary, null, 2)}\n`);
  return {
    table: renderTable(results),
    line: `${String(good)} of ${String(results.length)} seeds hold every invariant`,
    isGood: good === results.length,
  };
}

async function mutate(
  mutations: readonly Mutation[],
  { control }: Options,
  run: MutationRun,
): Promise<Outcome> {
  if (control === true) {
    const wrong = await playControls(mutations, run);
    return {
      table: wrong.join('\n'),
      line: `${String(mutations.length)} trials of the program as it is, ${String(wrong.length)} differences`,
      isGood: wrong.length === 0,
    };
  }
  const findings = await findMutations(mutations, run);
  const found = findings.filter((finding) => finding.found !== null).length;
  return {
    table: renderFindings(findings),
    line: `${String(found)} of ${String(mutations.length)} mutations found`,
    isGood: found === mutations.length,
  };
}

async function main(options: Options): Promise<void> {
  const names = options.mutations === true ? [] : (options.mutations ?? null);
  const mutations = names === null ? null : mutationsNamed(names);
  const givenBrokers = process.env['KAFKA_BROKERS'];
  forgetEnvironment();
  const controller = new AbortController();
  const interrupt = (): void => {
    if (controller.signal.aborted) process.exit(EXIT_INTERRUPTED);
    say('Interrupted; stopping what was started. Once more to stop without waiting.');
    controller.abort(new Error('interrupted'));
  };
  process.on('SIGINT', interrupt).on('SIGTERM', interrupt);
  mkdirSync(OUT, { recursive: true });
  const directory = mkdtempSync(join(tmpdir(), 'refundry-chaos-'));
  const { signal } = controller;
  try {
    const servers = await startServers(
      options.bus,
      directory,
      givenBrokers === '' ? undefined : givenBrokers,
      signal,
    );
    try {
      const {
        table,
        line,
        isGood: holds,
      } = mutations === null
        ? await chaos(options, servers, signal)
        : await mutate(mutations, options, { servers, directory, signal, say });
      process.stdout.write(`${table}\n${line}${signal.aborted ? ', then interrupted' : ''}\n`);
      if (!holds) process.exitCode = EXIT_BROKEN;
    } finally {
      await servers.close();
    }
  } catch (error) {
    // Ctrl-C reaches what is only starting too, and it ends half-way.
    if (!signal.aborted) throw error;
    say(`Interrupted: ${error instanceof Error ? error.message : String(error)}`);
  } finally {
    if (signal.aborted) process.exitCode = EXIT_INTERRUPTED;
    rmSync(directory, { recursive: true, force: true });
    process.off('SIGINT', interrupt).off('SIGTERM', interrupt);
  }
}

function listMutations(): void {
  const lines = MUTATIONS.map(
    ({ name, does, breaks }) => `${name}\n    ${does}; breaks: ${PROMISES[breaks]}`,
  );
  process.stdout.write(`${lines.join('\n')}\n`);
}

function say(text: string): void {
  process.stderr.write(`${text}\n`);
}

await new Command('chaos')
  .description(
    'Kills, stalls and cuts off everything while refunds are under way, then compares plan, store, topics and the providers’ books.',
  )
  .option('--seeds <list>', 'what to run, as in 7 or 1-20 or 3,5,9-11', readSeeds)
  .option('--minutes <m>', 'go on with further seeds until so many minutes are over', readMinutes)
  .option(
    '--mutations [names...]',
    'break the program in these ways, or in all, and find each',
    readMutations,
  )
  .option('--control', 'with --mutations: play their trials with the program as it is')
  .option('--list-mutations', 'say which there are')
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

A mutation is a mistake that is put into the compiled program of its processors alone; docs/mutations.md says which there are and which run finds each.

Exit code: 0 every invariant holds for every seed, or every mutation was found; 1 it could not run; 2 one does not hold, or was not found; 130 interrupted.`,
  )
  .action(async (options: Options & { readonly listMutations?: true }, command: Command) => {
    const { seeds, minutes, mutations, listMutations: isList } = options;
    if (isList === true) listMutations();
    else if (seeds === undefined && minutes === undefined && mutations === undefined)
      command.error('error: one of --seeds, --minutes, --mutations and --list-mutations says what to do', {
        exitCode: EXIT_USAGE,
      });
    else if (mutations !== undefined && options.bus === 'kafka')
      command.error('error: --mutations is played on the embedded bus, where offsets can be broken too', {
        exitCode: EXIT_USAGE,
      });
    else await main(options);
  })
  .parseAsync();
