import { setTimeout as pause } from 'node:timers/promises';

const POLL_MS = 25;

/** Polls until the condition holds. @throws with what was waited for, and how things stand, when it takes too long. */
export async function until(
  what: string,
  condition: () => boolean | Promise<boolean>,
  standing: () => string = () => '',
  timeoutMs = 90_000,
): Promise<void> {
  const endMs = performance.now() + timeoutMs;
  while (!(await condition())) {
    if (performance.now() > endMs) throw new Error(`waited in vain: ${what} ${standing()}`.trim());
    await pause(POLL_MS);
  }
}
