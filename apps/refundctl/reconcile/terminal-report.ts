import type { Difference, Sum, Summary } from '#libs/reconciliation';
import { compactTable } from '../table.ts';
import { line, type Terminal } from '../terminal.ts';

/** Differences of one class that a terminal shows; files show more. */
export const TERMINAL_ROWS_MAX = 10;

/** The comparison as tables. `differences`: at most `TERMINAL_ROWS_MAX` of each class. */
export async function printReport(
  terminal: Terminal,
  summary: Summary,
  differences: AsyncIterable<Difference>,
): Promise<void> {
  terminal.out(
    line(`Refunds that changed from ${iso(summary.window.fromMs)} to ${iso(summary.window.toMs)}`),
  );
  terminal.out(line(totalsTable(summary)));
  if (summary.differences > 0) {
    terminal.out(line(classesTable(summary)));
    terminal.out(line(await differencesTable(differences)));
    const shown = summary.classes.some(({ count }) => count > TERMINAL_ROWS_MAX);
    if (shown) terminal.out(line('Not all of them are shown: --output <dir> writes every one.'));
  }
  for (const { provider, account, why } of summary.notCompared)
    terminal.out(line(`Could not be compared: ${provider}/${account}: ${why}`));
  for (const note of summary.notes) terminal.out(line(`Note: ${note}`));
}

function totalsTable({ totals }: Summary): string {
  const table = compactTable({
    head: ['Account', 'Currency', 'Matched', 'In progress', 'Different', 'Not compared'],
  });
  for (const total of totals)
    table.push([
      `${total.provider}/${total.account}`,
      total.currency,
      sum(total.matched),
      sum(total.inProgress),
      sum(total.different),
      sum(total.notCompared),
    ]);
  return totals.length === 0 ? 'No refund changed in this time.' : table.toString();
}

function classesTable({ classes }: Summary): string {
  const table = compactTable({ head: ['Class', 'Severity', 'Count', 'At risk'] });
  for (const { class: code, severity, count, atRisk, currency } of classes)
    table.push([code, severity, String(count), currency === null ? '–' : `${atRisk} ${currency}`]);
  return table.toString();
}

async function differencesTable(differences: AsyncIterable<Difference>): Promise<string> {
  const table = compactTable({
    head: ['Class', 'Account', 'Refund', 'Payment', 'Ours', 'Theirs', 'Detail'],
    wordWrap: true,
    wrapOnWordBoundary: false,
  });
  for await (const { ours, theirs, ...one } of differences)
    table.push([
      one.class,
      one.provider === null ? '–' : `${one.provider}/${one.account ?? '–'}`,
      one.refundId ?? one.providerRefundId ?? '–',
      one.paymentId ?? '–',
      side(ours.amount, ours.currency, ours.state),
      side(theirs.amount, theirs.currency, theirs.status),
      one.detail ?? '',
    ]);
  return table.toString();
}

function side(amount: string | null, currency: string | null, word: string | null): string {
  const money = amount === null ? [] : [`${amount} ${currency ?? ''}`.trim()];
  return [...money, ...(word === null ? [] : [word])].join(' ') || '–';
}

function sum({ count, amount }: Sum): string {
  return count === 0 ? '–' : `${String(count)} (${amount})`;
}

function iso(atMs: number): string {
  return new Date(atMs).toISOString();
}
