import { columnsOf } from '../binary-array.ts';
import type { DecisionRow, SettleRow } from '../rows.ts';
import { SHARDS } from '../shards.ts';
import type { Statement } from '../statement.ts';
import { SETTLE_COLUMNS, settleText } from './settle.ts';

const at = (place: number): string => `$${String(SETTLE_COLUMNS.length + 1 + place)}`;

/**
 * A person's decision: settle for one refund, with who decided what and why in the same commit. A refund that is sent again may be looked up once more
 * just before. A provider refund is bound even where the payment has moved on, as an answer that names it is true whatever became of the payment; what a
 * person says is not, so whoever finds no row answered rolls back.
 */
export const DECIDE: Statement = {
  name: 'decide',
  text: settleText(
    `${at(1)}::bool`,
    `,
decided as (
  insert into refundry.decision (payment_no, ordinal, sequence, decided_as, decided_by, reason, evidence, shown, forced)
  select payment_no, ordinal, case when status is not null then sequence end, ${at(2)}, ${at(3)}, ${at(4)}, ${at(5)}, ${at(6)}, ${at(7)}::bool
  from refunds)`,
  ),
};

export function decideValues(row: SettleRow, decision: DecisionRow): unknown[] {
  const { lookFirst, as, by, reason, evidence, shown, forced } = decision;
  return [...columnsOf(SETTLE_COLUMNS, [row]), SHARDS, lookFirst, as, by, reason, evidence, shown, forced];
}
