import { setTimeout as sleep } from 'node:timers/promises';
import type { Stack } from './stack.ts';

const TIMEOUT_MS = 15_000;
const POLL_MS = 50;

/**
 * Waits until the processor has read what an interrupted run left on the topic, so that counting begins with this run. Gives up after a
 * while: the counters then include the leftovers, and nothing else is wrong.
 */
export async function leftoversTaken(stack: Stack, signal: AbortSignal): Promise<void> {
  const { requested } = stack.topics;
  const admin = await stack.bus.admin();
  try {
    const ends = (await admin.offsets(requested)).filter(({ high, low }) => high > low);
    const deadlineMs = performance.now() + TIMEOUT_MS;
    while (ends.length > 0 && performance.now() < deadlineMs && !signal.aborted) {
      const committed = new Map(
        (await admin.committed(stack.groupId, requested)).map(({ partition, offset }) => [partition, offset]),
      );
      if (ends.every(({ partition, high }) => (committed.get(partition) ?? 0) >= high)) return;
      await sleep(POLL_MS);
    }
  } finally {
    await admin.close();
  }
}
