import { setTimeout as pause } from 'node:timers/promises';
import Table from 'cli-table3';
import type { Child } from '../support/child.ts';
import { describeOnKafka, openWorld, startTraffic, type Traffic, type World } from './world.ts';

/** `npm run load` sets it: 10,000 take longer than a test should. */
const REFUNDS = Number(process.env['LOAD_REFUNDS'] ?? 2000);
const KILL_EVERY_MS = 10_000;
/** On a quick machine as often as this; on a slow one the others may be done before a new processor is up. */
const KILLS_AIMED_AT = 4;
const REPEAT_ONE_IN = 50;
const TIMEOUT_MS = 900_000;

const FAULTS = [
  { mode: 'drop-after-process', probability: 0.05 },
  { mode: 'status', status: 503, probability: 0.05 },
] as const;

/** Kills one of the processors, in turns, and starts another in its place, until every refund has ended; answers how often. */
async function killUntilEnded(world: World, traffic: Traffic): Promise<number> {
  const processors: Child[] = [await world.startProcessor(), await world.startProcessor()];
  const deadlineMs = performance.now() + TIMEOUT_MS - 60_000;
  let kills = 0;
  let dueMs = performance.now() + KILL_EVERY_MS;
  while (traffic.ended() < REFUNDS) {
    const nowMs = performance.now();
    if (nowMs > deadlineMs)
      throw new Error(`${String(traffic.ended())} of ${String(REFUNDS)} refunds have ended`);
    const share = traffic.ended() / REFUNDS;
    if (nowMs < dueMs && share < (kills + 1) / (KILLS_AIMED_AT + 1)) {
      await pause(20);
      continue;
    }
    const victim = processors.shift();
    victim?.kill('SIGKILL');
    await victim?.exited;
    kills += 1;
    processors.push(await world.startProcessor());
    dueMs = performance.now() + KILL_EVERY_MS;
  }
  return kills;
}

describeOnKafka(
  `${REFUNDS.toLocaleString('en')} refunds among lost answers, server errors, repeated requests and killed processors`,
  () => {
    it(
      'end completed, each paid exactly once',
      async () => {
        const world = await openWorld();
        try {
          for (const [index, fault] of FAULTS.entries())
            await world.sandbox.addFault('razorpay', { operation: 'create', seed: index + 1, ...fault });
          const startedMs = performance.now();
          const traffic = await startTraffic(world, 17, REFUNDS, 'plain', 'razorpay', REPEAT_ONE_IN);
          const kills = await killUntilEnded(world, traffic);
          const seconds = (performance.now() - startedMs) / 1000;
          const fired = await world.sandbox.faultsFired();
          const { summary, differences } = await traffic.check();
          const table = new Table({ style: { head: [], border: [] } });
          table.push(
            ['refunds', REFUNDS],
            ['seconds', seconds.toFixed(0)],
            ...[...fired].map(([mode, count]) => [mode, count]),
            ['repeated requests', traffic.plan.duplicates],
            ['processors killed', kills],
            ['completed', summary.completed],
            ['lost', summary.lost],
            ['paid twice', summary.doubleRefunds],
          );
          process.stdout.write(`${table.toString()}\n`);
          expect(differences).toEqual([]);
          expect(summary).toMatchObject({ lost: 0, doubleRefunds: 0, overRefunded: 0, completed: REFUNDS });
          expect(kills).toBeGreaterThan(0);
          expect([...fired].every(([, count]) => count > 0)).toBe(true);
        } finally {
          await world.close();
        }
      },
      TIMEOUT_MS,
    );
  },
);
