import type { PartitionOffsets, ScanRange } from './port.ts';

/** The ranges cut to what the log holds; empty ones are left out. A partition that the topic does not have is a programmer's error. */
export function heldRanges(
  ranges: readonly ScanRange[],
  held: readonly PartitionOffsets[],
): readonly ScanRange[] {
  return ranges.flatMap(({ partition, from, to }) => {
    const log = held.find((one) => one.partition === partition);
    if (log === undefined) throw new Error(`the topic has no partition ${String(partition)}`);
    const cut = { partition, from: Math.max(from, log.low), to: Math.min(to, log.high) };
    return cut.from < cut.to ? [cut] : [];
  });
}
