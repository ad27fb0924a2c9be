import { FIRST_PREVIOUS, hashOfSeal, SealRoot } from '#libs/contracts';
import type { NumberedRow, SealStore, StoredSeal } from '#libs/store';
import type { Report } from './fault.ts';

export type SealReads = Pick<SealStore, 'seals' | 'rows' | 'oldRows' | 'lastSeal' | 'named'>;

/** Checks the chain of the seals, and of each seal the rows that it covers. Rows are read once, in the order of their numbers. */
export class SealCheck {
  seals = 0;
  entries = 0;
  private before: StoredSeal | null = null;
  private rows: NumberedRows | null = null;

  constructor(
    private readonly store: SealReads,
    private readonly upTo: number,
    private readonly report: Report,
  ) {}

  /** `withRows` false: only its place in the chain. */
  async add(seal: StoredSeal, withRows: boolean): Promise<void> {
    this.seals += 1;
    this.checkPlace(seal);
    this.before = seal;
    if (withRows) await this.checkRows(seal);
  }

  private checkPlace(seal: StoredSeal): void {
    const { before } = this;
    const number = (before?.seal ?? 0) + 1;
    const fault = (text: string): void => {
      this.report({ code: 'SEAL_CHANGED', seal: seal.seal, text });
    };
    if (!hashOfSeal(seal).equals(seal.hash)) fault('what it says does not give its hash');
    if (seal.seal !== number) {
      const text =
        seal.seal === number + 1
          ? 'it is not there, a later one is'
          : `seals ${String(number)} to ${String(seal.seal - 1)} are not there, a later one is`;
      this.report({ code: 'SEAL_MISSING', seal: number, text });
      return;
    }
    if (!seal.previous.equals(before?.hash ?? FIRST_PREVIOUS)) fault('it does not follow the seal before it');
    if (seal.firstEntry !== (before === null ? 0 : before.lastEntry + 1) || seal.lastEntry < seal.firstEntry)
      fault('its range does not begin where the one before it ends');
  }

  private async checkRows(seal: StoredSeal): Promise<void> {
    const root = new SealRoot();
    if (seal.firstEntry === 0)
      for await (const page of this.store.oldRows()) page.forEach((row) => root.add(row));
    if (seal.lastEntry > 0) {
      const after = Math.max(seal.firstEntry - 1, 0);
      if (this.rows?.position !== after) {
        await this.rows?.close();
        this.rows = new NumberedRows(this.store.rows(after, Math.max(this.upTo, seal.lastEntry)), after);
      }
      await this.rows.take(seal.lastEntry, (row) => root.add(row));
    }
    this.entries += root.entries;
    const text = differenceOf(seal, root);
    if (text !== null) this.report({ code: 'SEAL_BROKEN', seal: seal.seal, text });
  }
}

function differenceOf(seal: StoredSeal, root: SealRoot): string | null {
  const range = `entries numbered ${String(seal.firstEntry)} to ${String(seal.lastEntry)}`;
  const refunds = seal.refunds - root.refunds;
  const lost = refunds > 0 ? `, and the beginning of ${String(refunds)} refunds with them` : '';
  if (root.entries < seal.entries)
    return `of its ${String(seal.entries)} ${range}, ${String(seal.entries - root.entries)} are gone${lost}`;
  if (root.entries > seal.entries)
    return `to its ${String(seal.entries)} ${range}, ${String(root.entries - seal.entries)} were added`;
  return root.root().equals(seal.root)
    ? null
    : `of its ${range}, at least one is not what it was when it was sealed`;
}

/** Rows in the order of their numbers, handed out range by range. */
class NumberedRows {
  private page: readonly NumberedRow[] = [];
  private next = 0;

  constructor(
    private readonly pages: AsyncGenerator<readonly NumberedRow[]>,
    /** Everything up to this number was handed out. */
    public position: number,
  ) {}

  async take(upTo: number, onRow: (row: NumberedRow) => void): Promise<void> {
    this.position = upTo;
    for (;;) {
      for (; this.next < this.page.length; this.next += 1) {
        const row = this.page[this.next];
        if (row === undefined || row.entryNo > upTo) return;
        onRow(row);
      }
      const read = await this.pages.next();
      if (read.done === true) return;
      this.page = read.value;
      this.next = 0;
    }
  }

  async close(): Promise<void> {
    await this.pages.return(undefined);
  }
}
