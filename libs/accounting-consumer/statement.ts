import type { AccountingDatabase } from './database.ts';

export interface Balance {
  readonly account: string;
  readonly currency: string;
  /** Plain decimals. */
  readonly debit: string;
  readonly credit: string;
  /** Debit less credit. */
  readonly balance: string;
  readonly entries: number;
}

/** The books of one consumer at one moment. */
export interface Statement {
  readonly balances: readonly Balance[];
  readonly results: number;
  /** Records kept aside, by reason. */
  readonly suspects: Readonly<Record<string, number>>;
  /** Acknowledgements that the bus has not taken yet. */
  readonly unacknowledged: number;
  /** Reversals whose completion has not come: the books are not whole. */
  readonly reversalsAlone: readonly string[];
}

/** More of them than anybody reads; their number says enough. */
const ALONE_MAX = 100;

const BALANCES = `
select b.account, b.currency, b.debit::text, b.credit::text, (b.debit - b.credit)::text as balance, b.entries
from accounting.balance b where b.consumer_no = $1 order by b.account, b.currency`;

const COUNTS = `
select (select count(*) from accounting.applied where consumer_no = $1) as results,
  (select count(*) from accounting.ack where consumer_no = $1) as unacknowledged`;

const SUSPECTS = `
select reason, count(*) as records from accounting.suspect where consumer_no = $1 group by reason order by reason`;

const ALONE = `
select r.ce_id from accounting.applied r where r.consumer_no = $1 and r.reverses is not null
  and not exists (select from accounting.applied c where c.consumer_no = $1 and c.ce_id = r.reverses)
order by r.ce_id limit ${String(ALONE_MAX)}`;

/** Several questions, one snapshot: what is booked meanwhile is in none of the answers. */
export async function readStatement(database: AccountingDatabase, consumerNo: number): Promise<Statement> {
  return await database.transaction(async (client) => {
    await client.query('set transaction isolation level repeatable read, read only');
    const ask = async <Row extends object>(text: string): Promise<Row[]> =>
      (await client.query<Row>(text, [consumerNo])).rows;
    const balances = await ask<Omit<Balance, 'entries'> & { readonly entries: string }>(BALANCES);
    const [counts] = await ask<{ results: string; unacknowledged: string }>(COUNTS);
    const suspects = await ask<{ reason: string; records: string }>(SUSPECTS);
    const alone = await ask<{ ce_id: string }>(ALONE);
    return {
      balances: balances.map((row) => ({ ...row, entries: Number(row.entries) })),
      results: Number(counts?.results ?? 0),
      suspects: Object.fromEntries(suspects.map(({ reason, records }) => [reason, Number(records)])),
      unacknowledged: Number(counts?.unacknowledged ?? 0),
      reversalsAlone: alone.map((row) => row.ce_id),
    };
  });
}
