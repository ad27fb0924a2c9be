import { hash } from 'node:crypto';
import { digestOfFreeText } from '#libs/contracts';
import type { ChainRow } from '#libs/store';
import { changeIn } from './entry-check.ts';
import type { JournalFaultCode, Report } from './fault.ts';

/**
 * Checks the rows of each refund against what they were when they were written: their bytes, the chain of their hashes, and its end in the row of the
 * refund. Rows come by payment, ordinal and sequence; only the last one is remembered.
 */
export class ChainCheck {
  refunds = 0;
  private last: ChainRow | null = null;

  constructor(private readonly report: Report) {}

  add(row: ChainRow): void {
    const { last } = this;
    const isNext = last !== null && last.paymentNo === row.paymentNo && last.ordinal === row.ordinal;
    if (!isNext) {
      this.finish();
      this.begin(row);
    }
    this.checkEntry(row);
    this.checkLink(isNext ? last : null, row);
    this.last = row;
  }

  /** Ends the refund of the last row. */
  finish(): void {
    const { last } = this;
    this.last = null;
    if (last === null) return;
    const { refund } = last;
    if (refund === null) {
      this.fault('REFUND_MISSING', last, 'its journal is there, the refund itself was deleted');
      return;
    }
    if (refund.sequence > last.sequence) {
      const missing = span(last.sequence + 1, refund.sequence);
      this.fault('ENTRY_MISSING', { ...last, sequence: last.sequence + 1 }, `the end is cut off: ${missing}`);
    } else if (refund.sequence < last.sequence || !refund.hash.equals(last.hash))
      this.fault('REFUND_CHANGED', last, 'the refund itself does not end with this entry');
  }

  private begin(row: ChainRow): void {
    this.refunds += 1;
    const { free, erased, refund, hasPlace } = row;
    if (refund === null) return;
    if (!hasPlace) this.fault('REFUND_CHANGED', row, 'its payment does not count it');
    if (free === null) this.fault('REFUND_MISSING', row, 'what is stored of its request was deleted');
    else if (!erased && digestOfFreeText(free.text, free.salt) !== free.digest)
      this.fault(
        'FREE_TEXT_CHANGED',
        row,
        'its free text or salt is not that of the request, and no erasure says so',
      );
  }

  private checkEntry(row: ChainRow): void {
    const change = changeIn(row);
    if (change !== null) this.fault('ENTRY_CHANGED', row, change);
  }

  private checkLink(before: ChainRow | null, row: ChainRow): void {
    const expected = (before?.sequence ?? 0) + 1;
    if (row.sequence !== expected) {
      const text = `before entry ${String(row.sequence)}: ${span(expected, row.sequence - 1)}`;
      this.fault('ENTRY_MISSING', { ...row, sequence: expected }, text);
      return;
    }
    const bytes = before === null ? row.digest : Buffer.concat([before.hash, row.digest]);
    if (!hash('sha256', bytes, 'buffer').equals(row.hash))
      this.fault('CHAIN_BROKEN', row, 'its hash does not follow from the entry before and its digest');
  }

  private fault(code: JournalFaultCode, { refundId, sequence }: ChainRow, text: string): void {
    this.report({ code, refundId, sequence, text });
  }
}

function span(first: number, last: number): string {
  return first === last
    ? `entry ${String(first)} is missing`
    : `entries ${String(first)} to ${String(last)} are missing`;
}
