import { setTimeout as pause } from 'node:timers/promises';
import { planScenario, Random, SCRIPTS, type ScenarioProvider } from '#libs/scenario';
import { audit, untilQuiet, type Audit } from './audit/audit.ts';
import { LiveAudit } from './audit/live.ts';
import { runBank } from './bank.ts';
import { planCrowd } from './crowd.ts';
import { planTrouble } from './provider-trouble.ts';
import type { Servers } from './servers.ts';
import { planStrikes, type Strike } from './strike-plan.ts';
import { Traffic } from './traffic.ts';
import type { Aim, Worker } from './worker.ts';
import { openWorld, type World } from './world.ts';

export interface SeedResult extends Audit {
  readonly seed: number;
  /** How often each strike and each of the providers' faults hit. */
  readonly faults: Readonly<Record<string, number>>;
  readonly seconds: number;
}

const CHAOS_MS = 18_000;
/** Strikes begin within this; on Kafka earlier, for those at one processor wait for its sessions and reach far beyond it. */
const STRIKES_MS = { kafka: 13_000, embedded: CHAOS_MS } as const;
/** Until then the first wave is sent; after that the banks take their time and the clock stands. */
const FIRST_WAVE_MS = 10_000;
const BANK_WAVE_MS = 4000;
/** Nothing was published for so long: what has not ended yet never will. A slow machine only takes longer from one event to the next. */
const SETTLE_TIMEOUT_MS = 45_000;
const POLL_MS = 50;
/** Time to connect again between two cuts. */
const CUT_PAUSE_MS = 400;
/** A processor that never comes up again, or a server: nothing on a machine with two free cores takes a third of it. */
const SEED_TIMEOUT_MS = 300_000;
const REFUNDS = { min: 60, max: 110 } as const;

/** One seed from an empty database to the audit. What happens is drawn from the seed; how it interleaves is the machine's. */
export async function runSeed(
  servers: Servers,
  seed: number,
  providers: readonly ScenarioProvider[],
  directory: string,
  signal: AbortSignal,
): Promise<SeedResult> {
  const startedMs = performance.now();
  const random = new Random(seed * 7919);
  const runId = `${Date.now().toString(36)}`;
  const id = `chaos_${String(seed)}_${runId}`;
  const world = await openWorld(servers, id, random, directory);
  const over = new AbortController();
  const until = AbortSignal.any([signal, over.signal, AbortSignal.timeout(SEED_TIMEOUT_MS)]);
  // Whoever waits for a processor to come up again waits no longer.
  until.addEventListener('abort', () => {
    for (const worker of world.workers) worker.abandon();
  });
  const all: Traffic[] = [];
  const live = new LiveAudit(world.databaseUrl);
  try {
    // It may have been interrupted while the world was opened.
    until.throwIfAborted();
    live.start();
    for (const [index, provider] of providers.entries()) {
      const own = `${runId}${provider.slice(0, 2)}`;
      const refunds = random.int(REFUNDS.min, REFUNDS.max);
      const plan = planScenario({ seed: seed * 10 + index, refunds, runId: own, provider });
      all.push(await Traffic.open(world, { plan, crowd: planCrowd(random, provider, own) }, until));
    }
    await Promise.all([
      ...all.map(async ({ orders }) => {
        await orders.start();
      }),
      ...world.workers.map(async (worker) => {
        await worker.start();
      }),
    ]);
    const faults = await chaos(servers, world, all, random, until);
    await settle(world, all, until);
    const found = await audit(servers, world, all);
    until.throwIfAborted();
    await live.stop();
    const differences = [...found.differences, ...live.differences];
    const seconds = Math.round((performance.now() - startedMs) / 1000);
    return { ...found, differences, seed, faults, seconds };
  } finally {
    over.abort(new Error('the seed is over'));
    await live.stop();
    for (const traffic of all) await traffic.stop().catch(() => undefined);
    await servers.database.up();
    await servers.broker?.up();
    await world.close();
  }
}

/** Traffic, strikes and the providers' faults at once; answers what hit how often once everything is repaired again. */
async function chaos(
  servers: Servers,
  world: World,
  all: readonly Traffic[],
  random: Random,
  signal: AbortSignal,
): Promise<Readonly<Record<string, number>>> {
  const strikes = planStrikes(random, {
    lengthMs: STRIKES_MS[servers.busKind],
    calmClockFromMs: FIRST_WAVE_MS,
    workers: world.workers.length,
    bus: servers.busKind,
    brokerIsOurs: servers.broker !== null,
  });
  for (const { plan } of all)
    for (const fault of [...plan.faults, ...planTrouble(random, plan.provider, plan.mayNeedPerson)])
      await world.sandbox.addFault(plan.provider, fault);
  const sending = all.map(async (traffic, index) => {
    await sendWaves(world, traffic, new Random(index + 1), signal);
  });
  const met = new Map<string, number>();
  const following: Promise<void>[] = [];
  const striking = strike(servers, world, all, strikes, { random, signal, met, following });
  await Promise.all([...sending, striking]);
  signal.throwIfAborted();
  const faults: Record<string, number> = {};
  for (const { kind } of strikes) if (!isAimed(kind)) faults[kind] = (faults[kind] ?? 0) + 1;
  for (const [kind, count] of met) faults[kind] = count;
  for (const [mode, fired] of await world.sandbox.faultsFired()) if (fired > 0) faults[mode] = fired;
  await world.sandbox.clearFaults();
  await world.calmWebhooks();
  return faults;
}

async function sendWaves(world: World, traffic: Traffic, random: Random, signal: AbortSignal): Promise<void> {
  const { plan, paymentIds } = traffic;
  await traffic.send('main', FIRST_WAVE_MS, random);
  signal.throwIfAborted();
  await world.sandbox.setBehaviour(plan.provider, SCRIPTS[plan.provider].bank.behaviour);
  // It ends with the seed, in the middle of a call or not.
  void runBank(plan, world.sandbox, paymentIds, signal).catch(() => undefined);
  await traffic.send('bank', BANK_WAVE_MS, random);
}

interface Striking {
  readonly random: Random;
  readonly signal: AbortSignal;
  /** How often each kind that waits for its point has got there. */
  readonly met: Map<string, number>;
  /** What follows where one has got there: it goes on, or is started again. */
  readonly following: Promise<void>[];
}

/** Strikes one after the other in time; one that takes long keeps none of the others waiting but those at the same server or processor. */
async function strike(
  servers: Servers,
  world: World,
  all: readonly Traffic[],
  strikes: readonly Strike[],
  striking: Striking,
): Promise<void> {
  const { signal } = striking;
  const startedMs = performance.now();
  const underWay: Promise<void>[] = [];
  let database: Promise<void> = Promise.resolve();
  let broker: Promise<void> = Promise.resolve();
  // One that fails is told at the end: until then nobody waits for it.
  const failures: unknown[] = [];
  const kept = async (done: Promise<void>): Promise<void> => {
    await done.catch((error: unknown) => failures.push(error));
  };
  for (const one of strikes) {
    await pause(Math.max(0, startedMs + one.atMs - performance.now()), undefined, { signal });
    if (one.kind === 'database-stop' || one.kind === 'database-crash') {
      database = kept(database.then(async () => await outage(servers.database, one)));
    } else if (one.kind === 'cut') {
      database = kept(database.then(async () => await cut(servers, world, one)));
    } else if (one.kind === 'broker-stop' || one.kind === 'broker-crash') {
      const server = servers.broker;
      if (server !== null) broker = kept(broker.then(async () => await outage(server, one)));
    } else underWay.push(kept(atOnce(world, all, one, striking)));
  }
  await pause(Math.max(0, startedMs + CHAOS_MS - performance.now()), undefined, { signal });
  await Promise.all([...underWay, database, broker]);
  // An incident that came later would meet refunds of which none may lose its answer.
  await Promise.all(world.workers.map(async (worker) => await kept(worker.disarm())));
  await Promise.all(striking.following);
  if (failures.length > 0) throw new AggregateError(failures, 'a strike could not be made');
}

async function outage(server: Servers['database'], { kind, amount }: Strike): Promise<void> {
  await server.down(kind.endsWith('crash') ? 'crash' : 'stop');
  await pause(amount);
  await server.up();
}

/** Each time whatever has been connected again. */
async function cut(servers: Servers, world: World, { amount }: Strike): Promise<void> {
  for (let left = amount; left > 0; left -= 1) {
    await servers.cutConnections(world.databaseUrl);
    await pause(CUT_PAUSE_MS);
  }
}

type AtOnce = Exclude<Strike['kind'], `database-${string}` | `broker-${string}` | 'cut'>;

async function atOnce(world: World, all: readonly Traffic[], one: Strike, striking: Striking): Promise<void> {
  const { kind, worker: index, amount } = one;
  const worker = world.workers[index];
  const strikes: Readonly<Record<AtOnce, () => Promise<void>>> = {
    kill: async () => await worker?.kill(amount),
    stall: async () => await worker?.stall(amount),
    restart: async () => await worker?.restart(),
    'kill-at': async () => await aim(worker, one, 'kill', striking),
    'stall-at': async () => await aim(worker, one, 'stall', striking),
    clock: async () => {
      await world.sandbox.advanceClock(amount);
    },
    resend: async () => {
      for (const traffic of all) await traffic.resend(amount, striking.random);
    },
    webhooks: async () => {
      await world.shakeWebhooks();
    },
  };
  await strikes[kind as AtOnce]();
}

function isAimed(kind: Strike['kind']): boolean {
  return kind === 'kill-at' || kind === 'stall-at';
}

/** The processor may come to its point at any time from now on, or never. */
async function aim(
  worker: Worker | undefined,
  { kind, at, pass, amount }: Strike,
  incident: Aim['incident'],
  { met, following, signal }: Striking,
): Promise<void> {
  await worker?.aim({ incident, at, pass }, (goOn) => {
    met.set(kind, (met.get(kind) ?? 0) + 1);
    following.push(
      pause(amount)
        .then(async () => {
          if (incident === 'stall') goOn();
          else if (!signal.aborted) await worker.start();
        })
        // A processor that is missing at the end is missed by what it should have done.
        .catch(() => undefined),
    );
  });
}

/** Nothing goes wrong any more: what is under way ends, then comes what must not meet a lost answer. */
async function settle(world: World, all: readonly Traffic[], signal: AbortSignal): Promise<void> {
  const startedMs = performance.now();
  const lastChangeMs = (): number =>
    Math.max(startedMs, ...all.map(({ orders }) => orders.seen.lastChangeMs));
  const ended = async (waves: readonly ('main' | 'bank' | 'quiet')[]): Promise<void> => {
    while (
      !all.every((traffic) => traffic.isOver(waves)) &&
      performance.now() - lastChangeMs() < SETTLE_TIMEOUT_MS
    )
      await pause(POLL_MS, undefined, { signal });
  };
  await ended(['main', 'bank']);
  for (const traffic of all) await traffic.send('quiet', 0, new Random(1));
  await ended(['main', 'bank', 'quiet']);
  await untilQuiet(world, all, performance.now() + SETTLE_TIMEOUT_MS, signal);
}
