import { partitionKey, type BusRecord, type PartitionOffsets, type TopicPartition } from '../port.ts';

/** A record that was read: its log holds it with this time, or has removed it, for ever. */
type Landmark = Pick<BusRecord, 'offset' | 'timestampMs'>;

/**
 * Records by which a log is known again while it is read. A topic can be deleted, created anew and grown past our place between two fetches: the
 * next one simply goes on, and what lies before it is never read. A landmark stays until the log was seen to hold it; only then a later one takes
 * its place, else it could be of the new log already. They outlive a rebalance that leaves the partition here for the same reason.
 */
export class Landmarks {
  private readonly proved = new Map<string, Landmark>();
  private readonly latest = new Map<string, Landmark>();

  /** The last record of a batch that was taken. */
  saw(partition: TopicPartition, record: Landmark | undefined): void {
    if (record === undefined) return;
    const key = partitionKey(partition);
    const { offset, timestampMs } = record;
    if (!this.proved.has(key)) this.proved.set(key, { offset, timestampMs });
    this.latest.set(key, { offset, timestampMs });
  }

  has(partition: TopicPartition): boolean {
    return this.proved.has(partitionKey(partition));
  }

  /** The log was found to be another one, and is read from its beginning; or it is read elsewhere. */
  forget(partition: TopicPartition): void {
    this.proved.delete(partitionKey(partition));
    this.latest.delete(partitionKey(partition));
  }

  /** Whether the log is another one than it was. Rejects when the bus does not answer. */
  async isOtherLog(
    partition: TopicPartition,
    { low, high }: Pick<PartitionOffsets, 'low' | 'high'>,
    timeAt: (offset: number) => Promise<number | null>,
  ): Promise<boolean> {
    const key = partitionKey(partition);
    const landmark = this.proved.get(key);
    const latest = this.latest.get(key);
    if (landmark === undefined || latest === undefined) return false;
    const { offset, timestampMs } = landmark;
    const foundMs = offset < low ? null : offset >= high ? Infinity : await timeAt(offset);
    if (foundMs !== null && foundMs !== timestampMs) return true;
    this.proved.set(key, latest);
    return false;
  }
}
