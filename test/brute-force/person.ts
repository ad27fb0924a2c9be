import type { Pool } from 'pg';
import { Database, ExecutorStore, type RefundView } from '#libs/store';
import { journalRow, settleRow } from '#libs/store/testing';
import type { Booked, KeylessBank } from './keyless-bank.ts';
import { pause, type Random } from './random.ts';
import { REVIEWED, unexplained, type Reviewed } from './reviewed.ts';

/** Later than any bytes of a fenced attempt, also of a worker that stands still after it looked at its clock. */
const DECIDES_AFTER_MS = 2000;
const AGAIN_MS = 50;
const LEFT_ALONE = 0.25;

/** Decides refunds in review by what the bank has in its book; those of some payments nobody ever decides. */
export class Person {
  /** Payments whose reviews nobody decides. */
  readonly leftAlone: readonly string[];
  readonly decided = new Set<string>();
  /** Refunds in review that no lost answer explains, in words. */
  readonly complaints: string[] = [];
  private isClosed = false;
  private readonly database: Database;
  private readonly reading: Pool;
  private readonly store: ExecutorStore;
  private readonly deciding: Promise<void>;

  constructor(
    databaseUrl: string,
    private readonly bank: KeylessBank,
    paymentIds: Iterable<string>,
    random: Random,
  ) {
    this.leftAlone = [...paymentIds].filter(() => random.chance(LEFT_ALONE));
    this.database = new Database(databaseUrl, () => undefined);
    this.reading = this.database.pool('report', 1);
    this.store = new ExecutorStore(this.database, { gatherMs: () => 0, onFlush: () => undefined });
    this.deciding = this.run();
  }

  async close(): Promise<void> {
    this.isClosed = true;
    await this.deciding;
    await this.store.idle();
    this.store.close();
    await this.database.close();
  }

  private async run(): Promise<void> {
    while (!this.isClosed) {
      // A connection that was cut: again.
      const reviewed = await this.reading.query<Reviewed>(REVIEWED).catch(() => ({ rows: [] }));
      for (const row of reviewed.rows)
        if (!this.leftAlone.includes(row.payment_id) && (row.fenced_ms_ago ?? Infinity) > DECIDES_AFTER_MS)
          await this.decide(row);
      await pause(AGAIN_MS);
    }
  }

  private async decide(row: Reviewed): Promise<void> {
    const shown = this.bank.verdictOn(row.refund_id);
    const view = await this.store.read(row.payment_no, row.ordinal);
    if (shown === null || view?.state !== 'review') return;
    if (!this.decided.has(row.refund_id)) this.complaints.push(...unexplained(row, stillDeciding));
    // Noted before: the lane goes on at once.
    this.decided.add(row.refund_id);
    await this.store.settle(decision(view, shown));
  }
}

/** A worker that lives may be about to write what it heard. */
const stillDeciding = (): boolean => false;

function decision(view: RefundView, shown: Booked | 'absent'): ReturnType<typeof settleRow> {
  const isPaid = shown !== 'absent' && shown.status === 'processed';
  const to = isPaid ? 'completed' : 'failed';
  const names = isPaid && view.providerRefundId === null ? shown : null;
  return settleRow(view, {
    to,
    release: view.held,
    complete: isPaid ? view.held : '0',
    doubt: -1,
    bind: names?.id ?? null,
    handle: names?.handle ?? null,
    lookUpMs: isPaid ? 0 : null,
    readingStale: true,
    entry: journalRow(view, to, { cause: 'person', occurredAtMs: Date.now() }),
    call: null,
  });
}
