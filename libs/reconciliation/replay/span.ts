import type { Bus, PartitionOffsets, ScanRange } from '#libs/bus';

/** Which part of a topic, or of time, a replay is about: `from` to before `to`, open where null. Times are Unix milliseconds. */
export type Span =
  | { readonly by: 'time'; readonly from: number | null; readonly to: number | null }
  | {
      readonly by: 'offset';
      readonly from: number | null;
      readonly to: number | null;
      /** Null: of every partition. */
      readonly partition: number | null;
    };

export const EVERYTHING: Span = { by: 'time', from: null, to: null };

/** What of a topic is to be read, and where it begins by now although more was asked for. */
export interface TopicPart {
  readonly ranges: readonly ScanRange[];
  /** Partitions whose records before `low` are gone, and were asked for. */
  readonly gone: readonly { readonly partition: number; readonly low: number }[];
}

/** Finds the offsets of a span in a topic as it is now. A partition that the topic does not have gives no range. */
export async function partOf(bus: Bus, topic: string, span: Span): Promise<TopicPart> {
  const admin = await bus.admin();
  try {
    const held = await admin.offsets(topic);
    const bounds = async (
      edge: number | null,
      open: (one: PartitionOffsets) => number,
    ): Promise<number[]> => {
      if (edge === null) return held.map(open);
      if (span.by === 'offset') return held.map(() => edge);
      const found = await admin.offsetsAt(topic, edge);
      return held.map(
        (one) => found.find(({ partition }) => partition === one.partition)?.offset ?? one.high,
      );
    };
    // Before everything: what is gone was asked for as well.
    const from = await bounds(span.from, () => 0);
    const to = await bounds(span.to, ({ high }) => high);
    const all = held.map(({ partition, low, high }, index) => ({
      partition,
      low,
      from: from[index] ?? low,
      to: Math.min(to[index] ?? high, high),
    }));
    const asked = span.by === 'offset' && span.partition !== null ? span.partition : null;
    const own = asked === null ? all : all.filter(({ partition }) => partition === asked);
    return {
      ranges: own.map(({ partition, low, from: first, to: end }) => ({
        partition,
        from: Math.max(first, low),
        to: end,
      })),
      gone: own
        .filter(({ low, from: first }) => first < low)
        .map(({ partition, low }) => ({ partition, low })),
    };
  } finally {
    await admin.close();
  }
}

export function sizeOf(ranges: readonly ScanRange[]): number {
  return ranges.reduce((sum, { from, to }) => sum + Math.max(0, to - from), 0);
}
