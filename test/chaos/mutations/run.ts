import { join } from 'node:path';
import Table from 'cli-table3';
import type { Servers } from '../servers.ts';
import { checkEdits } from './edits.ts';
import { PROMISES, type Mutation } from './mutation.ts';
import { playTrial } from './trial.ts';

const DIST = join(import.meta.dirname, '../../..');
/** Most of a trial is waiting for a lease. */
const AT_A_TIME = 3;
/** How a run interleaves is the machine's: a seed that shows a mutation nearly always may miss it once. */
const SEEDS_MAX = 6;

/** What became of one mutation. */
export interface Finding {
  readonly mutation: Mutation;
  /** The first difference that shows it; null: no seed has found it. */
  readonly found: string | null;
  readonly seed: number;
  readonly seconds: number;
  /** Of the last seed, where nothing was found: what else was wrong, or why it did not come to its end. */
  readonly instead: readonly string[];
}

export interface MutationRun {
  readonly servers: Servers;
  readonly directory: string;
  readonly signal: AbortSignal;
  readonly say: (text: string) => void;
}

/** Runs each until its first detection. */
export async function findMutations(
  mutations: readonly Mutation[],
  run: MutationRun,
): Promise<readonly Finding[]> {
  for (const { edits } of mutations) checkEdits(DIST, 'js', edits);
  return await inTurn(mutations, run, async (mutation) => {
    const finding = await find(mutation, run);
    run.say(line(finding));
    return finding;
  });
}

/** The same trials with the program as it is: nothing may be wrong. Answers what is. */
export async function playControls(
  mutations: readonly Mutation[],
  run: MutationRun,
): Promise<readonly string[]> {
  const wrong = await inTurn(mutations, run, async ({ name, edits, trial }) => {
    const probes = edits.filter(({ isProbe }) => isProbe === true);
    const differences = await playTrial(
      run.servers,
      { trial, edits: probes },
      1,
      run.directory,
      run.signal,
    ).catch((error: unknown) => [String(error)]);
    run.say(
      `${name}, unchanged: ${differences.length === 0 ? 'every invariant holds' : differences.join('; ')}`,
    );
    return differences.map((text) => `${name}, unchanged: ${text}`);
  });
  return wrong.flat();
}

async function inTurn<Result>(
  mutations: readonly Mutation[],
  { signal }: MutationRun,
  work: (mutation: Mutation) => Promise<Result>,
): Promise<readonly Result[]> {
  const waiting = [...mutations];
  const results: Result[] = [];
  const lane = async (): Promise<void> => {
    for (let one = waiting.shift(); one !== undefined && !signal.aborted; one = waiting.shift())
      results.push(await work(one));
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, lane));
  return results;
}

async function find(mutation: Mutation, run: MutationRun): Promise<Finding> {
  const startedMs = performance.now();
  let seed = 0;
  let instead: readonly string[] = [];
  let found: string | null = null;
  while (found === null && seed < SEEDS_MAX && !run.signal.aborted) {
    seed += 1;
    try {
      instead = await playTrial(run.servers, mutation, seed, run.directory, run.signal);
    } catch (error) {
      instead = [String(error)];
    }
    found = instead.find((text) => mutation.shows.test(text)) ?? null;
  }
  const seconds = Math.round((performance.now() - startedMs) / 100) / 10;
  return { mutation, found, seed, seconds, instead };
}

const INSTEAD_SHOWN = 5;

function line({ mutation, found, seed, seconds, instead }: Finding): string {
  const how = `seed ${String(seed)}, ${String(seconds)} s`;
  if (found !== null) return `${mutation.name}: found (${how})`;
  const shown = instead.slice(0, INSTEAD_SHOWN).map((text) => `\n  - ${text}`);
  return `${mutation.name}: NOT FOUND (${how})${shown.join('') || '\n  - every invariant holds'}`;
}

export function renderFindings(findings: readonly Finding[]): string {
  const table = new Table({
    head: ['mutation', 'breaks', 'detected by', 'seed', 'seconds'],
    style: { head: [], border: [] },
    colWidths: [34, 36, 60, null, null],
    wordWrap: true,
  });
  for (const { mutation, found, seed, seconds } of findings)
    table.push([
      mutation.name,
      PROMISES[mutation.breaks],
      found ?? 'NOT FOUND',
      String(seed),
      String(seconds),
    ]);
  return table.toString();
}
