import type { Columns } from '#libs/store';
import type { StatementRow } from '../statement/read-statement.ts';
import { insertDifference, OURS } from './difference-sql.ts';
import type { Workbench } from './workbench.ts';

const COLUMNS: Columns<StatementRow & { readonly accountKey: number }> = [
  { name: 'account_key', type: 'int4', of: (row) => row.accountKey },
  { name: 'line', type: 'int4', of: (row) => row.line },
  { name: 'invoice_id', type: 'text', of: (row) => row.invoiceId },
  { name: 'amount', type: 'text', of: (row) => row.amount },
  { name: 'currency', type: 'text', of: (row) => row.currency },
  { name: 'made_ms', type: 'int8', of: (row) => row.madeAtMs },
  { name: 'status', type: 'text', of: (row) => row.status },
];

/** Streams a statement into its table. */
export async function loadStatement(
  bench: Workbench,
  accountKey: number,
  rows: AsyncIterable<StatementRow>,
): Promise<void> {
  const loader = bench.loader(
    'statement_row',
    COLUMNS,
    'i.account_key, i.line, i.invoice_id, i.amount::numeric, i.currency, to_timestamp(i.made_ms / 1000.0), i.status, null',
  );
  for await (const row of rows) await loader.add({ ...row, accountKey });
  await loader.flush();
}

/**
 * A statement has no ids of ours: within an invoice the rows are given to refunds one to one, first where amounts agree, then the rest in their order. All
 * refunds of the store take part, so that a row of a neighbouring window finds its own.
 */
const MATCH = (isByAmount: boolean): string => {
  const key = isByAmount ? ', amount' : '';
  return `
  insert into statement_match
  with rows as (
    select s.account_key, s.line, s.invoice_id, s.amount,
      row_number() over (partition by s.account_key, s.invoice_id${key} order by s.status = 'failed', s.made_at, s.line) as n
    from statement_row s where not exists (select from statement_match m where m.account_key = s.account_key and m.line = s.line)),
  refunds as (
    select i.account_key, r.payment_no, r.ordinal, p.payment_id, coalesce(r.amount, r.asked) as amount,
      row_number() over (partition by i.account_key, p.payment_id${isByAmount ? ', coalesce(r.amount, r.asked)' : ''}
        order by r.state in ('failed', 'reversed'), r.called_at, r.ordinal) as n
    from account_in i join refundry.payment p on p.merchant_no = i.merchant_no join refundry.refund r on r.payment_no = p.payment_no
    where i.account_key in (select account_key from statement_row) and r.attempt_no > 0
      and not exists (select from statement_match m where m.payment_no = r.payment_no and m.ordinal = r.ordinal))
  select s.account_key, s.line, r.payment_no, r.ordinal
  from rows s join refunds r on r.account_key = s.account_key and r.payment_id = s.invoice_id and r.n = s.n${isByAmount ? ' and r.amount = s.amount' : ''}`;
};

const ROW = `'line ' || s.line || ' of the statement'`;
const SEEN = {
  theirStatus: 's.status',
  theirAmount: 's.amount',
  theirCurrency: 'coalesce(s.currency, o.currency)',
};
const MATCHED = `
  from ours o join statement_match m on m.payment_no = o.payment_no and m.ordinal = o.ordinal
  join statement_row s on s.account_key = m.account_key and s.line = m.line
  join account_in i on i.account_key = s.account_key`;
const AGED = `greatest(o.changed_at, coalesce(o.called_at, o.changed_at)) <= (select as_of from question) - i.visibility_ms * interval '1 millisecond'`;
/** The state that the provider told may have shown the same already. */
const NEW = (code: string): string =>
  `not exists (select from difference d where d.payment_no = o.payment_no and d.ordinal = o.ordinal and d.class = '${code}')`;

const OF_OURS = [
  insertDifference(
    'missing-at-provider',
    { ...OURS, detail: `'it is not in the statement'` },
    `from ours o join account_in i on i.account_key = o.account_key
     where o.account_key in (select account_key from statement_row) and o.state = 'completed' and ${AGED} and ${NEW('missing-at-provider')}
       and not exists (select from statement_match m where m.payment_no = o.payment_no and m.ordinal = o.ordinal)`,
  ),
  insertDifference(
    'failed-but-paid',
    { ...OURS, ...SEEN, atRisk: 's.amount', detail: ROW },
    `${MATCHED} where o.state in ('failed', 'reversed') and s.status <> 'failed' and ${AGED} and ${NEW('failed-but-paid')}`,
  ),
  insertDifference(
    'completed-but-failed',
    { ...OURS, ...SEEN, detail: ROW },
    `${MATCHED} where o.state = 'completed' and s.status = 'failed' and ${AGED} and ${NEW('completed-but-failed')}`,
  ),
  insertDifference(
    'amount',
    { ...OURS, ...SEEN, atRisk: 'abs(s.amount - o.amount)', detail: ROW },
    `${MATCHED} where o.state not in ('failed', 'reversed') and s.status <> 'failed' and s.amount <> o.amount and ${NEW('amount')}`,
  ),
  insertDifference(
    'currency',
    { ...OURS, ...SEEN, detail: ROW },
    `${MATCHED} where o.state not in ('failed', 'reversed') and s.status <> 'failed' and s.currency <> o.currency and ${NEW('currency')}`,
  ),
];

/** A row that no refund of ours is for. Beside a matched one of the same invoice and amount it is a second refund of the same thing. */
const SURPLUS = (isTwice: boolean): string =>
  insertDifference(
    isTwice ? 'paid-twice' : 'unknown-to-us',
    {
      provider: 'i.provider',
      account: 'i.name',
      paymentId: 's.invoice_id',
      theirStatus: 's.status',
      theirAmount: 's.amount',
      theirCurrency: 's.currency',
      atRisk: 's.amount',
      riskCurrency: `coalesce(s.currency, $2)`,
      happenedAt: 's.made_at',
      detail: ROW,
      ...(isTwice ? { refundId: 'r.refund_id' } : {}),
    },
    `from statement_row s join account_in i on i.account_key = s.account_key
     left join lateral (
       select f.refund_id from statement_row w join statement_match m on m.account_key = w.account_key and m.line = w.line
       join refundry.refund f on f.payment_no = m.payment_no and f.ordinal = m.ordinal
       where w.account_key = s.account_key and w.invoice_id = s.invoice_id and w.amount = s.amount limit 1) r on true
     where s.status <> 'failed' and s.account_key = $1::int and (r.refund_id is not null) = ${String(isTwice)}
       and s.made_at >= (select from_at from question) and s.made_at < (select to_at from question)
       and s.made_at <= (select as_of from question) - i.visibility_ms * interval '1 millisecond'
       and not exists (select from statement_match m where m.account_key = s.account_key and m.line = s.line)`,
  );

/** Store against the statements of these accounts. */
export async function compareWithStatements(bench: Workbench, accountKeys: readonly number[]): Promise<void> {
  if (accountKeys.length === 0) return;
  await bench.execute('analyze statement_row');
  await bench.execute(MATCH(true));
  await bench.execute(MATCH(false));
  for (const text of OF_OURS) await bench.execute(text);
  for (const key of accountKeys)
    for (const isTwice of [true, false])
      await bench.execute(SURPLUS(isTwice), [key, await currencyOf(bench, key)]);
}

/** A shop works in one currency: that of any refund it has. */
async function currencyOf(bench: Workbench, accountKey: number): Promise<string | null> {
  const [row] = await bench.rows<{ currency: string }>(
    `select k.currency from account_in i join refundry.refund_id k on k.merchant_no = i.merchant_no where i.account_key = $1 limit 1`,
    [accountKey],
  );
  return row?.currency ?? null;
}
