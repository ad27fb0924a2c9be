import type { Child } from '../support/child.ts';
import { until } from '../support/until.ts';
import { Company, type Ending, type Stage } from './company.ts';
import { inPool } from './pool.ts';
import { castOf, endOf, mayRepeat, needs, type Scene } from './scenes.ts';

const PASS_TIMEOUT_MS = 90_000;

/** Everybody is there: the company that will send requests, and the process that the incident is to meet. */
interface Opening {
  readonly scene: Scene;
  readonly company: Company;
  readonly victim: Child;
}

/** Plays a scene in which the process is killed, or stands still while another goes on. */
export async function play(scene: Scene, stage: Stage): Promise<readonly Ending[]> {
  const { company, victim } = await gather(scene, stage);
  try {
    await company.send();
    await (scene.incident === 'killed' ? killed(scene, victim) : stalled(scene, victim));
    const { roles } = castOf(scene.at);
    await stage.startProcessor({}, scene.at.startsWith('relay.') ? roles : undefined);
    if (scene.incident === 'stalled') await goOn(company, victim);
    await company.untilEnded();
    return await company.endings(mayRepeat(scene));
  } finally {
    await company.leave();
  }
}

/** Starts of processes at a time: they take a processor each, and the others only wait. */
const STARTS_AT_A_TIME = 3;

/** Plays scenes whose processes stand still at their points while the one database of all of them is killed; each goes on before it is back. */
export async function playTogether(
  plays: readonly { readonly scene: Scene; readonly stage: Stage }[],
  restartDatabase: (meanwhile: () => void) => Promise<void>,
): Promise<readonly (readonly Ending[])[]> {
  const gathered = inPool(plays, STARTS_AT_A_TIME, async ({ scene, stage }) => await gather(scene, stage));
  const opened = await Promise.all(gathered.values());
  try {
    await Promise.all(
      opened.map(async ({ company, scene, victim }) => {
        await company.send();
        await stalled(scene, victim);
      }),
    );
    await restartDatabase(() => {
      for (const { victim } of opened) victim.kill('SIGCONT');
    });
    return await Promise.all(
      opened.map(async ({ company, scene }) => {
        await company.untilEnded();
        return await company.endings(mayRepeat(scene));
      }),
    );
  } finally {
    await Promise.all(
      opened.map(async ({ company }) => {
        await company.leave();
      }),
    );
  }
}

async function gather(scene: Scene, stage: Stage): Promise<Opening> {
  await prepare(scene, stage);
  const variable = scene.incident === 'killed' ? 'REFUNDRY_CRASH_AT' : 'REFUNDRY_STALL_AT';
  const { roles, beside } = castOf(scene.at);
  const [company, victim] = await Promise.all([
    Company.gather(stage, scene.kinds, (kind) => endOf(kind, scene).state !== 'completed'),
    stage.startProcessor({ [variable]: scene.at }, roles),
    beside === null ? null : stage.startProcessor({}, beside),
  ]);
  return { scene, company, victim };
}

async function prepare({ at, kinds }: Scene, { sandbox }: Stage): Promise<void> {
  const [wanted = null] = kinds.map((kind) => needs(kind, at));
  if (wanted === 'lostAnswer') {
    const fault = {
      operation: 'create',
      mode: 'drop-after-process',
      probability: 1,
      seed: 1,
      count: 1,
    } as const;
    await sandbox.addFault('razorpay', fault);
  }
  if (wanted === 'webhooks')
    await sandbox.setBehaviour('razorpay', { newRefundStatus: 'pending', settleAfterMs: 500 });
}

async function killed({ at }: Scene, victim: Child): Promise<void> {
  let isGone = false;
  void victim.exited.then(() => (isGone = true));
  await until(
    `the process is killed at ${at}`,
    () => isGone,
    () => victim.errors(),
    PASS_TIMEOUT_MS,
  );
  if ((await victim.exited) !== null) throw new Error(`the process ended by itself: ${victim.errors()}`);
}

async function stalled({ at }: Scene, victim: Child): Promise<void> {
  const hasStopped = (): boolean => victim.errors().includes(`stalled at ${at}`);
  await until(`the process stands still at ${at}`, hasStopped, () => victim.errors(), PASS_TIMEOUT_MS);
}

/** The process that stood still goes on when another has done what there was to do, and is stopped when it has shown that it lives. */
async function goOn(company: Company, victim: Child): Promise<void> {
  await company.untilQuiet();
  victim.kill('SIGCONT');
  const url = `http://127.0.0.1:${String(victim.ready['port'])}/health/ready`;
  await until(
    'the process is ready again',
    async () => (await fetch(url)).ok,
    () => victim.errors(),
  );
  const code = await victim.stop();
  if (code !== 0)
    throw new Error(`the process that stood still ended with ${String(code)}: ${victim.errors()}`);
}
