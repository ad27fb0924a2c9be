import type { PositionReport } from './port.ts';

/** What is known about one partition when its owner decides where to go on. `stored` is null when our store never read it. */
export interface KnownOffsets {
  readonly stored: number | null;
  readonly committed: number | null;
  readonly low: number;
  readonly high: number;
}

/**
 * `at` is the first offset to fetch. `from` is the position the next batch starts from in the eyes of the store: it stays the stored one even
 * where records are gone, because the store compares it before it writes.
 */
export interface ResumePoint {
  readonly at: number;
  readonly from: number;
  readonly kinds: readonly PositionReport['kind'][];
}

/**
 * Decides where a partition goes on; see `PositionReport` for the kinds.
 * A store that knows nothing although the group has committed beyond the earliest offset has lost everything: that is `rowsLost` too,
 * else a restore into an empty database would look like a first start.
 */
export function resumePoint(known: KnownOffsets): ResumePoint {
  const { stored, committed, low, high } = known;
  const lost: readonly PositionReport['kind'][] =
    committed !== null && committed > (stored ?? low) ? ['rowsLost'] : [];
  if (stored === null) return { at: low, from: low, kinds: lost };
  // The committed offset belongs to the old log as well: comparing it would report a loss that did not happen.
  if (stored > high) return { at: low, from: stored, kinds: ['recreated'] };
  if (stored < low) return { at: low, from: stored, kinds: [...lost, 'retention'] };
  return { at: stored, from: stored, kinds: lost };
}
