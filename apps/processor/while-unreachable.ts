import { setTimeout as pause } from 'node:timers/promises';
import { BusError } from '#libs/bus';
import { classifyFault } from '#libs/store';
import { unlessStopped } from './stop.ts';
import type { ProcessWatch } from './watch.ts';

/** Between two tries. */
const PAUSE_MS = 500;
/** Between two lines about it. */
const SAY_EVERY_MS = 10_000;

/** What the process needs could not be reached for as long as it waits. */
class Unreachable extends Error {
  override readonly name = 'Unreachable';
  readonly code = 'START_UNREACHABLE';
}

/**
 * Does something that needs `what`, again while it cannot be reached: machines that start together come up in any order. Anything that `isPassing` does
 * not take for passing fails at once.
 * @throws Unreachable when `waitMs` have passed; the reason of `stop` when it aborts.
 */
export async function whileUnreachable<T>(
  what: string,
  act: () => Promise<T>,
  waitMs: number,
  watch: ProcessWatch,
  stop: AbortSignal,
  isPassing: (error: unknown) => boolean = isUnreachable,
): Promise<T> {
  const startedMs = performance.now();
  let sayAtMs = startedMs;
  for (;;)
    try {
      stop.throwIfAborted();
      return await unlessStopped(stop, act());
    } catch (error) {
      if (!isPassing(error)) throw error;
      const nowMs = performance.now();
      const why = wordsOf(error);
      if (nowMs - startedMs >= waitMs)
        throw new Unreachable(
          `${what} could not be reached for ${String(Math.round(waitMs / 1000))} s: ${why}`,
          {
            cause: error,
          },
        );
      if (nowMs >= sayAtMs) {
        watch.log('warn', `waiting for ${what}, which cannot be reached`, { error: why });
        sayAtMs = nowMs + SAY_EVERY_MS;
      }
      await unlessStopped(stop, pause(PAUSE_MS));
    }
}

function isUnreachable(error: unknown): boolean {
  return error instanceof BusError ? error.code === 'BUS_UNREACHABLE' : classifyFault(error) === 'connection';
}

/** A host with two addresses fails with one error for each, and no text of its own. */
function wordsOf(error: unknown): string {
  if (error instanceof AggregateError && error.message === '') return error.errors.map(wordsOf).join('; ');
  return error instanceof Error ? error.message : String(error);
}
