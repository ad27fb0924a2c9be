import Table from 'cli-table3';
import type { Statement } from '#libs/accounting-consumer';

/** The books for people: a balance per account and currency, and what is not as it should be. */
export function renderStatement(statement: Statement): string {
  const table = new Table({
    head: ['Account', 'Currency', 'Debit', 'Credit', 'Balance', 'Entries'],
    colAligns: ['left', 'left', 'right', 'right', 'right', 'right'],
    style: { head: [], border: [] },
    chars: { mid: '', 'left-mid': '', 'mid-mid': '', 'right-mid': '' },
  });
  for (const { account, currency, debit, credit, balance, entries } of statement.balances)
    table.push([account, currency, debit, credit, balance, entries]);
  const { results, unacknowledged, reversalsAlone } = statement;
  const suspects = Object.entries(statement.suspects);
  return [
    statement.balances.length === 0 ? 'No money has moved.' : table.toString(),
    `${String(results)} results are in the books; ${String(unacknowledged)} of their acknowledgements wait for the bus.`,
    ...suspects.map(
      ([reason, records]) => `${String(records)} records are kept aside: ${reason} (accounting.suspect)`,
    ),
    ...reversalsAlone.map((ceId) => `The reversal ${ceId} has come without the completion it takes back.`),
    '',
  ].join('\n');
}
