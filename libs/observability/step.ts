import { writeSync } from 'node:fs';
import { kill, pid } from 'node:process';

/** The points between two effects, where a crash test may end the process. In the order in which a refund meets them. */
export const STEPS = [
  'intake.read',
  'intake.written',
  'intake.committed',
  'executor.claimed',
  'executor.armed',
  'executor.fenced',
  'executor.sending',
  'executor.sent',
  'executor.answered',
  'executor.settled',
  'lookUp.claimed',
  'lookUp.answered',
  'webhook.stored',
  'relay.claimed',
  'relay.publishing',
  'relay.sent',
  'relay.deleted',
] as const;

export type StepName = (typeof STEPS)[number];

/** What may happen to the process at a step. */
export interface Incidents {
  readonly crash: (name: StepName) => void;
  readonly stall: (name: StepName) => void;
}

const VARIABLES = { crash: 'REFUNDRY_CRASH_AT', stall: 'REFUNDRY_STALL_AT' } as const;

/**
 * Builds `step` from `REFUNDRY_CRASH_AT=<name>[:n]`, whose n-th pass (first by default) ends the process as `kill -9` would, and
 * `REFUNDRY_STALL_AT=<name>[:n]`, where it stands still until somebody sends SIGCONT. An unknown name throws, because a crash test whose point never
 * fires would pass without testing anything. In production, and where no variable is set, the result does nothing.
 */
export function createStep(
  env: Readonly<Record<string, string | undefined>>,
  incidents: Incidents,
): (name: StepName) => void {
  if (env['NODE_ENV'] === 'production') return pass;
  const crash = atPass(VARIABLES.crash, env, incidents.crash);
  const stall = atPass(VARIABLES.stall, env, incidents.stall);
  if (crash === null || stall === null) return crash ?? stall ?? pass;
  return (passed) => {
    stall(passed);
    crash(passed);
  };
}

function atPass(
  variable: string,
  env: Readonly<Record<string, string | undefined>>,
  happen: (name: StepName) => void,
): ((name: StepName) => void) | null {
  const wanted = env[variable];
  if (wanted === undefined || wanted === '') return null;
  const [name, count = '1'] = wanted.split(':');
  const at = STEPS.find((known) => known === name);
  if (at === undefined || !/^[1-9]\d*$/.test(count)) {
    throw new Error(`${variable}=${wanted} names no step; use <name>[:n] with one of ${STEPS.join(', ')}`);
  }
  let left = Number(count);
  return (passed) => {
    if (passed !== at) return;
    left -= 1;
    if (left === 0) happen(at);
  };
}

function pass(): void {
  // Called on the hot path: an empty function that the engine inlines.
}

/** Marks a point between two effects. */
export const step: (name: StepName) => void = createStep(process.env, {
  crash: () => {
    kill(pid, 'SIGKILL');
  },
  // Said first, and not through the logger: nobody else can tell that a process stands still at its step and not somewhere before it.
  stall: (name) => {
    writeSync(2, `stalled at ${name}\n`);
    kill(pid, 'SIGSTOP');
  },
});
