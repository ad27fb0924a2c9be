import { ExecutorStore, type SettleRow, type Settled } from '#libs/store';

/** A store whose first write of a wanted change meets trouble with its connection. */
export class TroubledStore extends ExecutorStore {
  private readonly reached = Promise.withResolvers<void>();
  private readonly repaired = Promise.withResolvers<void>();
  private struck = false;
  wanted: (row: SettleRow) => boolean = () => false;
  /** `answerLost`: the statement commits and its answer does not arrive. `away`: it does not get there at all. */
  trouble: 'answerLost' | 'away' = 'away';

  /** Resolves when the trouble has begun. */
  async begun(): Promise<void> {
    await this.reached.promise;
  }

  /** The database is back: the group commit writes the same row (again). */
  repair(): void {
    this.repaired.resolve();
  }

  override async settle(row: SettleRow, atOnce = false): Promise<Settled> {
    if (!this.struck && this.wanted(row)) {
      this.struck = true;
      if (this.trouble === 'answerLost') await super.settle(row, atOnce);
      this.reached.resolve();
      await this.repaired.promise;
    }
    return await super.settle(row, atOnce);
  }
}
