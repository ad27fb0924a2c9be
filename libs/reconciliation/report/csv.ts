import type { Difference } from '../compare/comparison.ts';
import { csvRow } from '../csv/write-csv.ts';

const HEAD = [
  'class',
  'severity',
  'provider',
  'account',
  'refundId',
  'paymentId',
  'providerRefundId',
  'ourState',
  'ourAmount',
  'ourCurrency',
  'theirStatus',
  'theirAmount',
  'theirCurrency',
  'atRisk',
  'atRiskCurrency',
  'happenedAt',
  'detail',
  'action',
];

/** Every difference, one a row. It begins with a byte order mark: without it a spreadsheet takes the file for another encoding. */
export async function* csvReport(differences: AsyncIterable<Difference>): AsyncGenerator<string> {
  yield `\uFEFF${csvRow(HEAD)}`;
  for await (const { ours, theirs, atRisk, ...one } of differences)
    yield csvRow([
      one.class,
      one.severity,
      one.provider,
      one.account,
      one.refundId,
      one.paymentId,
      one.providerRefundId,
      ours.state,
      ours.amount,
      ours.currency,
      theirs.status,
      theirs.amount,
      theirs.currency,
      atRisk?.amount ?? null,
      atRisk?.currency ?? null,
      one.happenedAt,
      one.detail,
      one.action,
    ]);
}
