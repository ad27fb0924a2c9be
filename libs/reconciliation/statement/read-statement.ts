import { AMOUNT } from '#libs/refund';
import { CsvMalformed, readCsv } from '../csv/read-csv.ts';
import { zonedTime } from './zoned-time.ts';

/** A refund as a provider's statement shows it. `currency` null: the statement has no such column. */
export interface StatementRow {
  readonly line: number;
  readonly invoiceId: string;
  readonly amount: string;
  readonly currency: string | null;
  readonly madeAtMs: number;
  readonly status: 'succeeded' | 'pending' | 'failed';
}

/** Rows that cannot be read, or a statement without a column that it needs. Nothing was compared with it. */
export class StatementUnreadable extends Error {
  override readonly name = 'StatementUnreadable';
  readonly code = 'STATEMENT_UNREADABLE';
}

type Column = 'invoice' | 'amount' | 'currency' | 'date' | 'state';

/** Names of columns, without case, spaces and punctuation. */
const NAMES: Readonly<Record<Column, readonly string[]>> = {
  invoice: ['invoiceid', 'invoice', 'invid', 'orderid', 'номерсчета', 'номерзаказа', 'счет'],
  amount: ['amount', 'sum', 'refundsum', 'refundamount', 'outsum', 'сумма', 'суммавозврата'],
  currency: ['currency', 'валюта'],
  date: ['date', 'datetime', 'createdat', 'created', 'refunddate', 'дата', 'датавозврата', 'датаивремя'],
  state: ['state', 'status', 'label', 'статус', 'состояние'],
};
const NEEDED: readonly Column[] = ['invoice', 'amount', 'date', 'state'];

const STATES: Readonly<Record<string, StatementRow['status']>> = {
  finished: 'succeeded',
  completed: 'succeeded',
  исполнен: 'succeeded',
  выполнен: 'succeeded',
  завершен: 'succeeded',
  processing: 'pending',
  вобработке: 'pending',
  canceled: 'failed',
  cancelled: 'failed',
  отменен: 'failed',
};

/** Enough to see what is wrong with a file; the rest is the same. */
const FAULTS_MAX = 10;

/**
 * A statement of refunds, row by row. Needs a header with invoice id, amount, date and state, in any order and spelling of NAMES; further columns are left
 * alone. Times without an offset are times of `zone`.
 * @throws StatementUnreadable that names each bad line; rows before it were right.
 */
export async function* readStatement(
  chunks: AsyncIterable<string> | Iterable<string>,
  zone: string,
): AsyncGenerator<StatementRow> {
  let columns: ReadonlyMap<Column, number> | null = null;
  const faults: string[] = [];
  try {
    for await (const { line, fields } of readCsv(chunks)) {
      if (columns === null) {
        columns = columnsIn(fields);
        continue;
      }
      const row = rowOf(line, fields, columns, zone);
      if (typeof row !== 'string') yield row;
      else if (faults.push(`line ${String(line)}: ${row}`) >= FAULTS_MAX) break;
    }
  } catch (error) {
    if (error instanceof CsvMalformed) throw new StatementUnreadable(error.message);
    throw error;
  }
  if (faults.length > 0) throw new StatementUnreadable(faults.join('; '));
  if (columns === null) throw new StatementUnreadable('it is empty: not even a header');
}

function columnsIn(header: readonly string[]): ReadonlyMap<Column, number> {
  const names = header.map(bare);
  const columns = new Map<Column, number>();
  for (const column of Object.keys(NAMES) as Column[]) {
    const at = names.findIndex((name) => NAMES[column].includes(name));
    if (at >= 0) columns.set(column, at);
  }
  const missing = NEEDED.filter((column) => !columns.has(column));
  if (missing.length > 0)
    throw new StatementUnreadable(
      `line 1: no column for ${missing.map((column) => `${column} (${NAMES[column].join(', ')})`).join(', ')}`,
    );
  return columns;
}

/** A row, or what is wrong with it. */
function rowOf(
  line: number,
  fields: readonly string[],
  columns: ReadonlyMap<Column, number>,
  zone: string,
): StatementRow | string {
  const text = (column: Column): string => fields[columns.get(column) ?? -1]?.trim() ?? '';
  const invoiceId = text('invoice');
  if (!/^[A-Za-z0-9_-]{1,64}$/.test(invoiceId)) return 'the invoice id is no id';
  const amount = amountOf(text('amount'));
  if (amount === null) return 'the amount is no amount';
  const madeAtMs = zonedTime(text('date'), zone);
  if (madeAtMs === null) return 'the date is none of 2026-11-24 17:51:00 or 24.11.2026 17:51';
  const status = Object.hasOwn(STATES, bare(text('state'))) ? STATES[bare(text('state'))] : undefined;
  if (status === undefined) return 'the state is not known';
  const currency = columns.has('currency') ? text('currency').toUpperCase() : null;
  if (currency !== null && !/^[A-Z]{3}$/.test(currency)) return 'the currency is no code of three letters';
  return { line, invoiceId, amount, currency, madeAtMs, status };
}

/** `1 234,50`, `-10.5`: a statement may show what leaves the shop with a sign. */
function amountOf(text: string): string | null {
  const plain = text
    .replace(/[\s\u00A0\u202F]/g, '')
    .replace(/^[-\u2212]/, '')
    .replace(',', '.');
  return AMOUNT.test(plain) ? plain : null;
}

function bare(text: string): string {
  return text
    .toLowerCase()
    .replaceAll('ё', 'е')
    .replace(/[^\p{L}\p{N}]/gu, '');
}
