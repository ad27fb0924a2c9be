import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import pg from 'pg';
import { planScenario, Random, SCRIPTS, type Wave } from '#libs/scenario';
import type { Child } from '../../support/child.ts';
import { audit, untilQuiet } from '../audit/audit.ts';
import { LiveAudit } from '../audit/live.ts';
import { runBank } from '../bank.ts';
import { planCrowd, type Crowd } from '../crowd.ts';
import type { Servers } from '../servers.ts';
import { Traffic } from '../traffic.ts';
import { openWorld, type World, type WorldOptions } from '../world.ts';
import type { Edit } from './edits.ts';
import type { Incident, Trial } from './mutation.ts';

const HOOK = pathToFileURL(join(import.meta.dirname, 'hook.js')).href;
const OVER_TIMEOUT_MS = 30_000;
const MET_TIMEOUT_MS = 30_000;
const QUIET_TIMEOUT_MS = 10_000;
const SNAPSHOTS_TIMEOUT_MS = 5000;
const TRIAL_TIMEOUT_MS = 120_000;
const POLL_MS = 50;
/** What goes on has this long to do its harm before everybody is asked to stop. */
const AFTERMATH_MS = 500;
const WAVES: readonly Wave[] = ['main', 'quiet', 'bank'];
const NO_CROWD: Crowd = { payments: [], refunds: [], messages: [], elsewhere: [] };

interface Stage {
  readonly world: World;
  readonly traffic: Traffic;
  readonly signal: AbortSignal;
}

/** One trial with a changed program, from an empty database to the audit; answers everything that is wrong. */
export async function playTrial(
  servers: Servers,
  { trial, edits }: { readonly trial: Trial; readonly edits: readonly Edit[] },
  seed: number,
  directory: string,
  interrupted: AbortSignal,
): Promise<readonly string[]> {
  const random = new Random(seed * 7919);
  const runId = `m${crypto.randomUUID().slice(0, 8)}`;
  const world = await openWorld(servers, runId, random, directory, {
    roles: rolesOf(trial),
    environment: edits.length === 0 ? {} : changedBy(edits),
    limits: limitsOf(trial),
    calm: true,
    onStart: (child) => {
      assertChanged(child, edits);
    },
  });
  const over = new AbortController();
  const signal = AbortSignal.any([interrupted, over.signal, AbortSignal.timeout(TRIAL_TIMEOUT_MS)]);
  signal.addEventListener('abort', () => {
    for (const worker of world.workers) worker.abandon();
  });
  const live = new LiveAudit(world.databaseUrl);
  let traffic: Traffic | null = null;
  try {
    // It may have been interrupted while the world was opened.
    signal.throwIfAborted();
    if (trial.withoutConstraint !== undefined)
      await query(world, `alter table refundry.payment drop constraint ${trial.withoutConstraint}`);
    traffic = await openTraffic(world, trial, { seed, runId, signal });
    live.start();
    await play({ world, traffic, signal }, trial, random);
    const redirects = trial.incident === undefined ? await unseenRedirects(world, trial) : [];
    const { differences } = await audit(servers, world, [traffic]);
    signal.throwIfAborted();
    await live.stop();
    return [...differences, ...live.differences, ...redirects];
  } finally {
    over.abort(new Error('the trial is over'));
    await live.stop();
    await traffic?.stop().catch(() => undefined);
    await world.close();
  }
}

function rolesOf({ incident, roles }: Trial): readonly (string | null)[] {
  if (roles !== undefined) return [roles.first, roles.later, roles.beside];
  return incident === undefined ? [null] : [null, null];
}

function limitsOf({ executorLeaseMs, relayLeaseMs }: Trial): NonNullable<WorldOptions['limits']> {
  return {
    ...(executorLeaseMs === undefined ? {} : { executor: { leaseMs: executorLeaseMs } }),
    ...(relayLeaseMs === undefined
      ? {}
      : { relay: { leaseMs: relayLeaseMs, sendTimeoutMs: relayLeaseMs / 2 } }),
  };
}

function changedBy(edits: readonly Edit[]): Readonly<Record<string, string>> {
  return { NODE_OPTIONS: `--import ${HOOK}`, CHAOS_EDITS: JSON.stringify(edits) };
}

/** A change in a file that a processor never loads would look like one that nothing finds. */
function assertChanged(child: Child, edits: readonly Edit[]): void {
  for (const { file } of edits)
    if (!child.errors().includes(`mutated ${file}\n`))
      throw new Error(`${file} is not part of the processor`);
}

async function openTraffic(
  world: World,
  { provider, stories, refunds, hasCrowd, faults = [] }: Trial,
  { seed, runId, signal }: { readonly seed: number; readonly runId: string; readonly signal: AbortSignal },
): Promise<Traffic> {
  const { sandbox } = world;
  const plan = planScenario({ seed, refunds, runId, provider, stories });
  const crowd = hasCrowd === true ? planCrowd(new Random(seed), provider, runId) : NO_CROWD;
  const traffic = await Traffic.open(world, { plan, crowd }, signal);
  for (const fault of faults) await sandbox.addFault(provider, { ...fault, seed: seed + 1 });
  if (plan.messages.some(({ wave }) => wave === 'bank')) {
    await sandbox.setBehaviour(provider, SCRIPTS[provider].bank.behaviour);
    // It ends with the trial, in the middle of a call or not.
    void runBank(plan, sandbox, traffic.paymentIds, signal).catch(() => undefined);
  }
  return traffic;
}

async function play(stage: Stage, trial: Trial, random: Random): Promise<void> {
  const { world, traffic, signal } = stage;
  const [first, later, beside] = world.workers;
  if (first === undefined) throw new Error('a trial has a processor');
  const { incident } = trial;
  const met = Promise.withResolvers<() => void>();
  await Promise.all([
    traffic.orders.start(),
    beside?.start(),
    incident === undefined
      ? first.start()
      : first.aim({ incident: incident.kind, at: incident.at, pass: passOf(incident, random) }, met.resolve),
  ]);
  for (const wave of WAVES) await traffic.send(wave, 0, random);
  if (incident === undefined) await untilOver(stage, trial);
  else {
    const goOn = await Promise.race([
      met.promise,
      pause(MET_TIMEOUT_MS, undefined, { signal }).then(() => null),
    ]);
    if (goOn === null) throw new Error(`no refund came to ${incident.at}`);
    await later?.start();
    await untilOver(stage, trial);
    if (incident.kind === 'stall') {
      await pause(incident.thenMs ?? 0, undefined, { signal });
      goOn();
      await pause(AFTERMATH_MS, undefined, { signal });
    }
  }
  if (trial.isRepeated === true) {
    await traffic.resend(traffic.numbered.length * 2, random);
    await pause(AFTERMATH_MS, undefined, { signal });
  }
  await untilQuiet(world, [traffic], performance.now() + QUIET_TIMEOUT_MS, signal, SNAPSHOTS_TIMEOUT_MS);
}

function passOf({ passMax = 1 }: Incident, random: Random): number {
  return random.int(1, passMax);
}

async function untilOver(
  { traffic, signal }: Stage,
  { overWithinMs = OVER_TIMEOUT_MS }: Trial,
): Promise<void> {
  const deadlineMs = performance.now() + overWithinMs;
  while (!traffic.isOver(WAVES) && performance.now() < deadlineMs)
    await pause(POLL_MS, undefined, { signal });
}

/** Every redirect that the provider answered is in the call log, where it was not followed. Only where no processor died before it wrote. */
async function unseenRedirects(world: World, { provider }: Trial): Promise<readonly string[]> {
  const requests = await world.sandbox.requests(provider, 10_000);
  const answered = requests.filter(({ status }) => status === 307).length;
  const [row] = await query<{ readonly count: number }>(
    world,
    'select count(*)::int as count from refundry.call where http_status = 307',
  );
  const logged = row?.count ?? 0;
  return logged === answered
    ? []
    : [`the provider redirected ${String(answered)} calls, the call log has ${String(logged)}`];
}

async function query<Row extends pg.QueryResultRow>(
  { databaseUrl }: World,
  statement: string,
): Promise<readonly Row[]> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    return (await client.query<Row>(statement)).rows;
  } finally {
    await client.end();
  }
}
