import {
  partitionKey,
  StalePosition,
  type BusBatch,
  type BusRecord,
  type Positions,
  type StoredPosition,
  type TopicPartition,
} from '../port.ts';

/**
 * A store as the processor's: positions and records change together, only if the stored position is the one the batch starts from.
 * `refused` counts the batches that were offered although their position was already behind.
 */
export class Ledger implements Positions {
  readonly positions = new Map<string, number>();
  /** The time of the last record that was taken. */
  readonly times = new Map<string, number>();
  readonly batches: BusBatch[] = [];
  refused = 0;
  /** How often `load` fails before it answers. */
  failures = 0;

  take(batch: BusBatch): void {
    const key = partitionKey(batch);
    const stored = this.positions.get(key);
    if (stored !== undefined && stored !== batch.from) {
      this.refused += 1;
      throw new StalePosition(`stored ${String(stored)}, offered ${String(batch.from)}`);
    }
    this.positions.set(key, batch.next);
    const last = batch.records.at(-1);
    if (last === undefined) this.times.delete(key);
    else this.times.set(key, last.timestampMs);
    this.batches.push(batch);
  }

  async load(partitions: readonly TopicPartition[]): Promise<ReadonlyMap<string, StoredPosition>> {
    if (this.failures > 0) {
      this.failures -= 1;
      throw new Error('the store is away');
    }
    const known = partitions.flatMap((at) => {
      const key = partitionKey(at);
      const next = this.positions.get(key);
      return next === undefined
        ? []
        : [[key, { next, lastRecordAtMs: this.times.get(key) ?? null }] as const];
    });
    return await Promise.resolve(new Map(known));
  }

  get records(): BusRecord[] {
    return this.batches.flatMap(({ records }) => [...records]);
  }

  get texts(): string[] {
    return this.records.map(({ value }) => String(value));
  }

  offsetsOf(at: TopicPartition): number[] {
    return this.batches
      .filter((batch) => partitionKey(batch) === partitionKey(at))
      .flatMap(({ records }) => records.map(({ offset }) => offset));
  }
}
