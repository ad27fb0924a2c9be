import type { RelayStore } from '#libs/store';
import { Pause } from '../pause.ts';
import type { Watch } from '../watch.ts';

/** Renewals in one lease: a lost one or two does not end the ownership. */
const RENEWALS_PER_LEASE = 5;

/** Which shards are ours, and until when on our own monotonic clock, counted from before each renewal was sent. */
export class ShardOwnership {
  private shards: readonly number[] = [];
  /** More than our share: left out of every send since `sinceMs`, given up when no send can still carry them. */
  private surplus: { readonly shards: readonly number[]; readonly sinceMs: number } = {
    shards: [],
    sinceMs: 0,
  };
  private readonly fresh = new Set<number>();
  private readonly gone = new Set<number>();
  /** The last renewal may have been committed without its answer: what it took over is not known. */
  private answerLost = false;
  private untilMs = 0;
  private running: Promise<void> | null = null;
  private readonly pause = new Pause();

  constructor(
    private readonly store: RelayStore,
    private readonly owner: string,
    private readonly leaseMs: number,
    private readonly sendTimeoutMs: number,
    private readonly watch: Watch,
  ) {}

  start(): void {
    this.running ??= this.loop();
  }

  /** Shards whose lease lasts at least `neededMs` more. */
  owned(neededMs: number): readonly number[] {
    return performance.now() + neededMs < this.untilMs ? this.shards : [];
  }

  /** Shards taken from an owner that never let go, or perhaps, each once. */
  takenOver(): readonly number[] {
    return emptied(this.fresh);
  }

  /** Shards that another may have owned since they were ours, each once. */
  lost(): readonly number[] {
    return emptied(this.gone);
  }

  async stop(): Promise<void> {
    this.pause.end();
    await this.running;
    this.shards = [];
    await this.store.release(this.owner).catch((error: unknown) => {
      this.watch.log('warn', 'shards were not released; they run out with their lease', {
        error: String(error),
      });
    });
  }

  private async loop(): Promise<void> {
    while (!this.pause.ended) {
      await this.renew();
      await this.pause.wait(this.leaseMs / RENEWALS_PER_LEASE);
    }
  }

  private async renew(): Promise<void> {
    const askedAtMs = performance.now();
    const mayGiveUp = askedAtMs - this.surplus.sinceMs > this.sendTimeoutMs;
    try {
      const { shards, share } = await this.store.renew(
        this.owner,
        this.leaseMs,
        mayGiveUp ? this.surplus.shards : [],
      );
      const isOver = performance.now() > this.untilMs;
      const before = this.shards;
      for (const { shard, takenOver } of shards)
        if (takenOver || (this.answerLost && !before.includes(shard))) this.fresh.add(shard);
      this.answerLost = false;
      const numbers = shards.map(({ shard }) => shard).sort((a, b) => a - b);
      const kept = share > 0 ? share : numbers.length;
      const surplus = numbers.slice(kept);
      if (surplus.join() !== this.surplus.shards.join())
        this.surplus = { shards: surplus, sinceMs: performance.now() };
      this.shards = numbers.slice(0, kept);
      for (const shard of before) if (isOver || !this.shards.includes(shard)) this.gone.add(shard);
      this.untilMs = askedAtMs + this.leaseMs;
    } catch (error) {
      this.answerLost = true;
      this.watch.log('warn', 'shard leases were not renewed', { error: String(error) });
    }
  }
}

function emptied(shards: Set<number>): readonly number[] {
  const all = [...shards];
  shards.clear();
  return all;
}
