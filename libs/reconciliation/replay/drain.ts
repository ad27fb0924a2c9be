import { setTimeout as pause } from 'node:timers/promises';
import type { ReplayStore, RepublishStanding } from '#libs/store';

const POLL_MS = 50;
/** With a relay running something goes out within moments; longer than its lease and the next owner's wait for it. */
const STILL_MS_MAX = 60_000;

/** So many events wait for the relay at most: it goes on with what is live in between, and the table stays small. */
export const WAITING_MAX = 2_000;

/** Nothing is published any more: no relay of this release runs, or the bus is away. */
class NothingIsPublished extends Error {
  override readonly name = 'NothingIsPublished';
  readonly code = 'NOTHING_IS_PUBLISHED';
}

/**
 * Waits until at most `left` events of an operation wait for the relay. @throws NothingIsPublished when their number stands still for a minute.
 * The caller takes back what is left.
 */
export async function drained(
  store: ReplayStore,
  operationNo: string,
  left: number,
  signal: AbortSignal,
  stillMsMax = STILL_MS_MAX,
): Promise<RepublishStanding> {
  let before = Infinity;
  let movedAtMs = performance.now();
  for (;;) {
    const standing = await store.standing(operationNo);
    if (standing.waiting <= left) return standing;
    if (standing.waiting < before) movedAtMs = performance.now();
    before = standing.waiting;
    if (performance.now() - movedAtMs > stillMsMax)
      throw new NothingIsPublished(
        `${String(standing.waiting)} events wait, and no relay publishes them: start a processor with the role relay; these events were taken back`,
      );
    await pause(POLL_MS, undefined, { signal });
  }
}
