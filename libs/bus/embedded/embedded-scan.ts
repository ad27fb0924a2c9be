import type { BusBatch, ScanRange } from '../port.ts';
import { heldRanges } from '../scan-ranges.ts';
import type { BusDatabase } from './database.ts';
import { fetchRecords } from './record-source.ts';
import type { Topics } from './topics.ts';

/** The port's scan on the embedded log, one partition after the other. Its offsets have no gaps and nothing is ever removed. */
export async function* scanEmbedded(
  { database, topics }: { readonly database: BusDatabase; readonly topics: Topics },
  topic: string,
  ranges: readonly ScanRange[],
  signal: AbortSignal,
): AsyncGenerator<BusBatch, void> {
  const found = await topics.find([topic]);
  const [{ topicNo } = { topicNo: 0 }] = found;
  const held = (await topics.ends(found)).map(({ partition, next }) => ({ partition, low: 0, high: next }));
  for (const { partition, from, to } of heldRanges(ranges, held)) {
    for (let at = from; at < to;) {
      signal.throwIfAborted();
      const answer = fetchRecords(database, [{ topicNo, partition, at }], 1);
      const [fetched = []] = (await unlessAborted(answer, signal)).values();
      const records = fetched.filter(({ offset }) => offset < to);
      const next = (records.at(-1)?.offset ?? to - 1) + 1;
      yield { topic, partition, from: at, next, records };
      at = next;
    }
  }
}

/** A statement under way cannot be called back; nobody waits for its answer any more. */
async function unlessAborted<T>(answer: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const onAbort = (): void => {
    reject(signal.reason as Error);
  };
  signal.addEventListener('abort', onAbort);
  try {
    return await Promise.race([answer, aborted]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
