import type { Line } from '#libs/contracts';
import type { ExportRecord } from './export-record.ts';

const COLUMNS = [
  'time',
  'entry',
  'mode',
  'provider',
  'account',
  'paymentId',
  'refundId',
  'state',
  'action',
  'actor',
  'cause',
  'because',
  'amount',
  'currency',
  'providerRefundId',
  'failure',
] as const satisfies readonly (keyof ExportRecord)[];

export const CSV_HEAD = csvRow([...COLUMNS, 'bookAccount', 'debit', 'credit']);

/** One row for each line of the double entry, or one without a line where no money moved. */
export function csvOf(record: ExportRecord): string {
  const cells = COLUMNS.map((column) => record[column] ?? '');
  const lines: readonly (Line | null)[] = record.lines.length === 0 ? [null] : record.lines;
  return lines.map((line) => csvRow([...cells, ...lineCells(line)])).join('');
}

function lineCells(line: Line | null): readonly string[] {
  if (line === null) return ['', '', ''];
  return 'debit' in line ? [line.account, line.debit, ''] : [line.account, '', line.credit];
}

/** RFC 4180. */
function csvRow(cells: readonly string[]): string {
  return `${cells.map((cell) => quoted(harmless(cell))).join(',')}\r\n`;
}

function quoted(cell: string): string {
  return /[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
}

/** A spreadsheet would run such a text as a formula. Amounts are never negative, so none of them is touched. */
function harmless(cell: string): string {
  return /^[=+\-@\t\r]/.test(cell) ? `'${cell}` : cell;
}
