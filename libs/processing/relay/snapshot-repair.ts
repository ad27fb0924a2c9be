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

  /** The shard was another's meanwhile: what is remembered of it may be older than what that one published. */
  forget(shard: number): void {
    this.shards.delete(shard);
    for (const [refundId, noted] of this.last) if (noted.shard === shard) this.last.delete(refundId);
  }

  /** Shards whose window is over and that may be sent, with the snapshots to send; they stay due until they are forgotten. */
  due(owned: ReadonlySet<number>): {
    readonly shards: readonly number[];
    readonly messages: readonly OutgoingMessage[];
  } {
    const nowMs = performance.now();
    const shards = [...this.shards]
      .filter(([shard, untilMs]) => untilMs <= nowMs && owned.has(shard))
      .map(([shard]) => shard);
    if (shards.length === 0) return { shards, messages: [] };
    const noted = [...this.last.values()].filter(({ shard }) => shards.includes(shard));
    return { shards, messages: noted.map(({ message }) => message) };
  }
}
