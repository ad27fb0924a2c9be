import type { Line } from '#libs/contracts';
import type { ExportRecord } from './export-record.ts';

const WORDS: Readonly<Record<string, string>> = {
  external: 'given back elsewhere',
  externalReturned: 'no longer given back elsewhere',
};
const ACCOUNT_WIDTH = 44;

/** A transaction of plain-text accounting, as hledger and ledger-cli read it; empty where no money moved. */
export function ledgerOf(record: ExportRecord): string {
  if (record.lines.length === 0) return '';
  const { time, entry, paymentId, refundId, state, action, actor, cause, because } = record;
  const what = action === 'void' ? `${state} (void)` : (WORDS[state] ?? state);
  const notes = [
    `time: ${time}`,
    `payment: ${paymentId}`,
    ...(record.providerRefundId === null ? [] : [`provider-refund: ${record.providerRefundId}`]),
    `actor: ${actor}`,
    `cause: ${because === null ? cause : `${cause}, ${because}`}`,
  ];
  return [
    `${time.slice(0, 10)} * (${entry}) ${refundId ?? paymentId} ${what}`,
    ...notes.map((note) => `    ; ${oneLine(note)}`),
    ...record.lines.map(posting),
    '',
    '',
  ].join('\n');
}

/** Debits are positive. At least two spaces end the name of an account. */
function posting(line: Line): string {
  const amount = 'debit' in line ? line.debit : `-${line.credit}`;
  return `    ${line.account.padEnd(ACCOUNT_WIDTH)}  ${amount} ${line.currency}`;
}

/** People's words may hold anything; a line break would end the comment. */
function oneLine(text: string): string {
  // oxlint-disable-next-line no-control-regex
  return text.replaceAll(/[\u0000-\u001F\u007F-\u009F\u2028\u2029]+/g, ' ').trim();
}
