import { kill, pid } from 'node:process';

/** The points between two effects, where a crash test may end the process. */
export const STEPS = [
  'intake.written',
  'executor.claimed',
  'executor.armed',
  'executor.fenced',
  'executor.sending',
  'executor.answered',
  'executor.settled',
  'relay.claimed',
  'relay.sent',
  'relay.deleted',
] as const;

export type StepName = (typeof STEPS)[number];

const VARIABLE = 'REFUNDRY_CRASH_AT';

/**
 * Builds `step` from `REFUNDRY_CRASH_AT=<name>[:n]`: the n-th pass (first by default) ends the process as `kill -9` would. An unknown name
 * throws, because a crash test whose point never fires would pass without testing anything. In production, and where the variable is not
 * set, the result does nothing.
 */
export function createStep(
  env: Readonly<Record<string, string | undefined>>,
  crash: () => void,
): (name: StepName) => void {
  const wanted = env[VARIABLE];
  if (wanted === undefined || wanted === '' || env['NODE_ENV'] === 'production') return pass;
  const [name, count = '1'] = wanted.split(':');
  const at = STEPS.find((known) => known === name);
  if (at === undefined || !/^[1-9]\d*$/.test(count)) {
    throw new Error(`${VARIABLE}=${wanted} names no step; use <name>[:n] with one of ${STEPS.join(', ')}`);
  }
  let left = Number(count);
  return (passed) => {
    if (passed !== at) return;
    left -= 1;
    if (left === 0) crash();
  };
}

function pass(): void {
  // Called on the hot path: an empty function that the engine inlines.
}

/** Marks a point between two effects. */
export const step: (name: StepName) => void = createStep(process.env, () => {
  kill(pid, 'SIGKILL');
});
