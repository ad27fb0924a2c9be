import type { PartitionOffsets, PositionReport, StoredPosition, TopicPartition } from './port.ts';

/**
 * What is known about one partition when its owner decides where to go on. `stored` is null when our store never read it. `isOtherLog` says that
 * the log is not the one the store has read.
 */
export interface KnownOffsets {
  readonly stored: number | null;
  readonly committed: number | null;
  readonly low: number;
  readonly high: number;
  readonly isOtherLog: boolean;
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
  const { stored, committed, low, high, isOtherLog } = known;
  const lost: readonly PositionReport['kind'][] =
    committed !== null && committed > (stored ?? low) ? ['rowsLost'] : [];
  if (stored === null) return { at: low, from: low, kinds: lost };
  // The committed offset belongs to the old log as well: comparing it would report a loss that did not happen.
  if (stored > high || isOtherLog) return { at: low, from: stored, kinds: ['recreated'] };
  if (stored < low) return { at: low, from: stored, kinds: [...lost, 'retention'] };
  return { at: stored, from: stored, kinds: lost };
}

/** What is to be reported about a partition that goes on at `point`. */
export function positionReports(
  { topic, partition }: TopicPartition,
  { stored, committed, low, high }: KnownOffsets,
  point: ResumePoint,
): PositionReport[] {
  return point.kinds.map((kind) => ({
    topic,
    partition,
    kind,
    stored: stored ?? low,
    committed,
    low,
    high,
  }));
}

/**
 * Whether the log is another one than the store has read, although it reaches as far: a topic that was deleted and created anew, and has grown past
 * the position. The offsets alone do not tell, and everything before the position would never be read. The record before the position does: with
 * another time it is another record. The time, because it is all that a store remembers of a record without keeping it. No record there (retention,
 * compaction, a transaction's marker) says nothing; nor does a missing commit, which a group that was away for long has too.
 * @param timeAt asks the log for the time of the record at an offset; null when it shows none there.
 */
export async function isOtherLog(
  stored: StoredPosition | undefined,
  { low, high }: Pick<PartitionOffsets, 'low' | 'high'>,
  timeAt: (offset: number) => Promise<number | null>,
): Promise<boolean> {
  if (stored === undefined || stored.lastRecordAtMs === null) return false;
  if (stored.next <= low || stored.next > high) return false;
  const foundMs = await timeAt(stored.next - 1);
  return foundMs !== null && foundMs !== stored.lastRecordAtMs;
}
