import { RelayStore, SHARDS, type Database } from '#libs/store';
import { pause, type Random } from './random.ts';

/** A relay without a bus: it takes, remembers and deletes, and sometimes dies in between, so that the same entries come once more. */
export class Published {
  /** Sequence numbers per refund, in the order in which they were published first. */
  readonly sequences = new Map<string, number[]>();
  readonly disorder: string[] = [];
  entries = 0;
  repeats = 0;
  private readonly store: RelayStore;

  constructor(
    database: Database,
    private readonly random: Random,
  ) {
    this.store = new RelayStore(database);
  }

  /** Publishes until `isDone`, and then what is left; ends at once when the database is gone. */
  async run(isDone: () => boolean): Promise<void> {
    const shards = Array.from({ length: SHARDS }, (_, shard) => shard);
    for (;;) {
      const wasDone = isDone();
      const rows = await this.store.take(shards, this.random.int(1, 64)).catch(() => null);
      for (const row of rows ?? []) this.publish(row.refundId, row.sequence);
      if (rows !== null && rows.length > 0 && !this.random.chance(0.1))
        await this.store.take([], 0, rows).catch(() => undefined);
      if (wasDone && (rows === null || rows.length === 0)) return;
      await pause(5);
    }
  }

  private publish(refundId: string, sequence: number): void {
    this.entries += 1;
    const known = this.sequences.get(refundId) ?? [];
    if (known.includes(sequence)) {
      this.repeats += 1;
      return;
    }
    if (sequence !== known.length + 1)
      this.disorder.push(`${refundId}.${String(sequence)} after ${known.join(' ')}`);
    this.sequences.set(refundId, [...known, sequence]);
  }
}
