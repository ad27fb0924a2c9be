import type { ReplayStore, StaleSnapshot } from '#libs/store';
import { drained, WAITING_MAX } from './drain.ts';

/** Has the current snapshots of refunds published by the relays, which alone know the order; answers when they are out. What is not is taken back. */
export class Healing {
  private asked = 0;

  constructor(
    private readonly store: ReplayStore,
    private readonly operationNo: string,
    private readonly signal: AbortSignal,
  ) {}

  async add(snapshots: readonly StaleSnapshot[]): Promise<void> {
    await drained(this.store, this.operationNo, WAITING_MAX, this.signal);
    this.asked += snapshots.length;
    await this.store.queueSnapshots(snapshots, this.operationNo);
  }

  /** How many snapshots are on the topic now. */
  async finish(): Promise<number> {
    if (this.asked === 0) return 0;
    const { refused } = await drained(this.store, this.operationNo, 0, this.signal);
    return this.asked - refused;
  }

  async end(): Promise<void> {
    if (this.asked > 0) await this.store.takeBack(this.operationNo);
  }
}
