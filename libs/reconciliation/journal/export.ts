import type { BookNames } from '#libs/contracts';
import type { JournalStore, TimeSpan } from '#libs/store';
import { CSV_HEAD, csvOf } from './csv.ts';
import { recordOfChange, recordOfExternal, type ExportRecord } from './export-record.ts';
import { ledgerOf } from './ledger.ts';

export const EXPORT_FORMATS = ['csv', 'json', 'ledger'] as const;
export type ExportFormat = (typeof EXPORT_FORMATS)[number];

export interface ExportOptions {
  readonly span: TimeSpan;
  /** Books of one mode only: test money never enters live books. */
  readonly mode: 'live' | 'test';
  readonly format: ExportFormat;
  readonly books: BookNames;
}

export interface ExportSummary {
  /** Changes of the mode that was asked for; those without money are none of the ledger. */
  exported: number;
  /** Changes of the other mode. */
  leftOut: number;
}

/** The journal as text, piece by piece, bounded in memory: changes in their order, then money given back elsewhere. Counts into `summary`. */
export async function* exportJournal(
  journal: Pick<JournalStore, 'changes' | 'externalChanges'>,
  { span, mode, format, books }: ExportOptions,
  summary: ExportSummary,
): AsyncGenerator<string> {
  const render = RENDER[format];
  const piece = (records: readonly ExportRecord[]): string => {
    let text = '';
    for (const record of records) {
      const rendered = render(record);
      if (rendered === '') continue;
      if (record.mode !== mode) summary.leftOut += 1;
      else {
        summary.exported += 1;
        text += rendered;
      }
    }
    return text;
  };
  if (format === 'csv') yield CSV_HEAD;
  for await (const page of journal.changes(span)) yield piece(page.map(recordOfChange));
  for await (const page of journal.externalChanges(span))
    yield piece(page.map((change) => recordOfExternal(change, books)));
}

const RENDER: Readonly<Record<ExportFormat, (record: ExportRecord) => string>> = {
  csv: csvOf,
  json: (record) => `${JSON.stringify(record)}\n`,
  ledger: ledgerOf,
};
