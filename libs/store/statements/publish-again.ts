import { unnest, type Columns } from '../binary-array.ts';
import type { Statement } from '../statement.ts';
import { PLACE_COLUMNS, type PlaceRow } from './hint-look-ups.ts';

/** A result in the journal. */
export interface ResultPlaceRow extends PlaceRow {
  readonly sequence: number;
}

export const RESULT_PLACE_COLUMNS: Columns<ResultPlaceRow> = [
  ...PLACE_COLUMNS,
  { name: 'sequence', type: 'int4', of: (row) => row.sequence },
];

const OPERATION = RESULT_PLACE_COLUMNS.length + 1;

/**
 * Asks the relay for results once more. One that still waits in the outbox is sent anyway, and one that was asked for is not asked for twice.
 * The last two values are the operation's number and the number of shards.
 */
export const PUBLISH_AGAIN: Statement = {
  name: 'publish-again',
  text: `
insert into refundry.republish (shard, payment_no, ordinal, sequence, operation_no)
select (j.payment_no % $${String(OPERATION + 1)}::int)::smallint, j.payment_no, j.ordinal, j.sequence, $${String(OPERATION)}::bigint
from ${unnest(RESULT_PLACE_COLUMNS, 'i')}
join refundry.journal j on j.payment_no = i.payment_no and j.ordinal = i.ordinal and j.sequence = i.sequence
where j.result is not null
  and not exists (select from refundry.outbox o
    where o.payment_no = j.payment_no and o.ordinal = j.ordinal and o.sequence = j.sequence)
  and not exists (select from refundry.republish b
    where b.payment_no = j.payment_no and b.ordinal = j.ordinal and b.sequence = j.sequence and not b.refused)
order by j.payment_no, j.ordinal, j.sequence
returning payment_no`,
};
