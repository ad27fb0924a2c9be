import type { OutgoingMessage } from '#libs/bus';

/** Refunds watched at once; beyond it the oldest is repaired early. */
const REFUNDS_MAX = 10_000;

/**
 * After a takeover or an abandoned send, a record of the old owner may still land behind ours and leave an old snapshot newest in the compacted
 * topic. For one lease the last snapshot of every refund published on such a shard is remembered, then sent once more.
 */
export class SnapshotRepair {
  private readonly shards = new Map<number, number>();
  private readonly last = new Map<string, { readonly shard: number; readonly message: OutgoingMessage }>();

  constructor(private readonly windowMs: number) {}

  watchShard(shard: number): void {
    this.shards.set(shard, performance.now() + this.windowMs);
  }

  note(shard: number, refundId: string, message: OutgoingMessage): void {
    if (!this.shards.has(shard) || (this.last.size >= REFUNDS_MAX && !this.last.has(refundId))) return;
    this.last.set(refundId, { shard, message });
  }

  /** Snapshots to send again: those of shards whose window is over and that are still ours. */
  due(owned: ReadonlySet<number>): OutgoingMessage[] {
    const nowMs = performance.now();
    const over = [...this.shards].filter(([, untilMs]) => untilMs <= nowMs).map(([shard]) => shard);
    if (over.length === 0) return [];
    const messages: OutgoingMessage[] = [];
    for (const shard of over) this.shards.delete(shard);
    for (const [refundId, { shard, message }] of this.last) {
      if (!over.includes(shard)) continue;
      this.last.delete(refundId);
      if (owned.has(shard)) messages.push(message);
    }
    return messages;
  }
}
