import type { Bus, BusAdmin, ScanRange } from '#libs/bus';

/** What of a topic is read, and whether its retention has taken away what should be there. */
export interface BusRange {
  readonly ranges: readonly ScanRange[];
  /** The earliest offset that each partition still has. */
  readonly lows: readonly { readonly partition: number; readonly low: number }[];
  /** Some partition begins later than was asked for, because what was before is not kept any more. */
  readonly isCut: boolean;
}

/** Null: the topic does not exist. `toMs` null: up to its end. */
export async function rangeOf(
  bus: Bus,
  topic: string,
  fromMs: number,
  toMs: number | null,
): Promise<BusRange | null> {
  const admin = await bus.admin();
  try {
    if (!(await admin.listTopics()).includes(topic)) return null;
    return await rangesOf(admin, topic, fromMs, toMs);
  } finally {
    await admin.close();
  }
}

async function rangesOf(
  admin: BusAdmin,
  topic: string,
  fromMs: number,
  toMs: number | null,
): Promise<BusRange> {
  const ends = await admin.offsets(topic);
  const from = new Map((await admin.offsetsAt(topic, fromMs)).map((at) => [at.partition, at.offset]));
  const to =
    toMs === null
      ? null
      : new Map((await admin.offsetsAt(topic, toMs)).map((at) => [at.partition, at.offset]));
  const ranges = ends.map(({ partition, low, high }) => ({
    partition,
    from: Math.max(from.get(partition) ?? low, low),
    to: to?.get(partition) ?? high,
  }));
  const isCut = ends.some(
    ({ partition, low, high }) => low > 0 && high > low && (from.get(partition) ?? low) <= low,
  );
  return { ranges, lows: ends, isCut };
}

export function recordsIn({ ranges }: BusRange): number {
  return ranges.reduce((sum, { from, to }) => sum + Math.max(0, to - from), 0);
}
