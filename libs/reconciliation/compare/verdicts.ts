import { eventAmount } from '#libs/contracts';
import { CLASSES, classOf, type ClassCode } from './classes.ts';
import type { ClassTotal, Difference, Risk, Sum, Total } from './comparison.ts';
import type { Workbench } from './workbench.ts';

/**
 * A refund that has moved on since it was read is in progress: what was found of it compares two moments. Then every refund gets one verdict.
 */
export async function giveVerdicts(bench: Workbench): Promise<void> {
  await bench.execute(
    `with moved as (
       update ours o set verdict = 'inProgress' from refundry.refund r
       where r.payment_no = o.payment_no and r.ordinal = o.ordinal and (r.sequence <> o.sequence or r.state <> o.state) returning o.payment_no, o.ordinal)
     delete from difference d using moved m where d.payment_no = m.payment_no and d.ordinal = m.ordinal`,
  );
  await bench.execute(
    `update ours o set verdict = case
       when exists (select from difference d where d.payment_no = o.payment_no and d.ordinal = o.ordinal) then 'different'
       when o.state in ('requested', 'submitting', 'pending', 'unknown', 'review') then 'inProgress'
       when o.attempts = 0 then 'matched'
       when not coalesce((select i.compared from account_in i where i.account_key = o.account_key), false)
         or not o.seen and not exists (select from statement_match m where m.payment_no = o.payment_no and m.ordinal = o.ordinal) then 'notCompared'
       when exists (select from best b where b.payment_no = o.payment_no and b.ordinal = o.ordinal) or o.state = 'failed' then 'matched'
       when exists (select from statement_match m where m.payment_no = o.payment_no and m.ordinal = o.ordinal) then 'matched'
       else 'inProgress' end
     where o.verdict is null`,
  );
}

interface TotalRow extends Record<string, string> {
  provider: string;
  account: string;
  currency: string;
}

const VERDICTS = ['matched', 'inProgress', 'different', 'notCompared'] as const;

export async function totalsOf(bench: Workbench): Promise<readonly Total[]> {
  const sums = VERDICTS.map(
    (verdict) =>
      `count(*) filter (where verdict = '${verdict}') as "${verdict}Count", coalesce(sum(amount) filter (where verdict = '${verdict}'), 0) as "${verdict}Sum"`,
  ).join(', ');
  // A provider refund that is none of ours is a difference of its account too.
  const rows = await bench.rows<TotalRow>(
    `select provider, account, currency, ${sums}
     from (select provider, account, currency, verdict, amount from ours
       union all select provider, account, risk_currency, 'different', at_risk from difference d
         where d.payment_no is null and d.provider is not null and d.account is not null and d.risk_currency is not null
       union all select i.provider, i.name, t.currency, 'inProgress', t.amount from account_in i join theirs t on t.account_key = i.account_key
         where i.compared and t.status <> 'failed' and t.created_at > (select as_of from question) - i.visibility_ms * interval '1 millisecond'
           and t.created_at >= (select from_at from question) and t.created_at < (select to_at from question)
           and not exists (select from pair q where q.account_key = t.account_key and q.provider_refund_id = t.provider_refund_id)) as each
     group by provider, account, currency order by provider, account, currency`,
  );
  return rows.map((row) => {
    const sum = (verdict: string): Sum => ({
      count: Number(row[`${verdict}Count`]),
      amount: shown(row[`${verdict}Sum`] ?? '0', row.currency),
    });
    const { provider, account, currency } = row;
    return {
      provider,
      account,
      currency,
      matched: sum('matched'),
      inProgress: sum('inProgress'),
      different: sum('different'),
      notCompared: sum('notCompared'),
    };
  });
}

/** In the order of `CLASSES`. */
export async function classTotalsOf(bench: Workbench): Promise<readonly ClassTotal[]> {
  const rows = await bench.rows<{
    class: ClassCode;
    currency: string | null;
    count: string;
    at_risk: string;
  }>(
    `select class, risk_currency as currency, count(*) as count, coalesce(sum(at_risk), 0) as at_risk from difference
     group by class, risk_currency order by ${PLACE}, risk_currency`,
  );
  return rows.map((row) => ({
    class: row.class,
    severity: classOf(row.class).severity,
    currency: row.currency,
    count: Number(row.count),
    atRisk: shown(row.at_risk, row.currency ?? ''),
  }));
}

export async function risksOf(bench: Workbench): Promise<readonly Risk[]> {
  const high = CLASSES.filter(({ severity }) => severity === 'high').map(({ code }) => code);
  const rows = await bench.rows<{ currency: string; count: string; amount: string }>(
    `select risk_currency as currency, count(*) as count, coalesce(sum(at_risk), 0) as amount from difference
     where class = any($1::text[]) and risk_currency is not null group by 1 order by 3 desc, 1`,
    [high],
  );
  return rows.map(({ currency, count, amount }) => ({
    currency,
    count: Number(count),
    amount: shown(amount, currency),
  }));
}

const PLACE = `array_position(array[${CLASSES.map(({ code }) => `'${code}'`).join(', ')}], class)`;

interface DifferenceRow {
  class: ClassCode;
  provider: string | null;
  account: string | null;
  refund_id: string | null;
  payment_id: string | null;
  provider_refund_id: string | null;
  our_state: string | null;
  our_amount: string | null;
  our_currency: string | null;
  their_status: string | null;
  their_amount: string | null;
  their_currency: string | null;
  at_risk: string | null;
  risk_currency: string | null;
  happened_ms: string | null;
  detail: string | null;
}

/** By class, then the largest amounts first. `limit`: at most so many of each class. */
export async function* differencesOf(bench: Workbench, limit: number | null): AsyncGenerator<Difference> {
  const ranked = `select d.*, (extract(epoch from happened_at) * 1000)::bigint as happened_ms,
    row_number() over (partition by class order by at_risk desc nulls last, refund_id, provider_refund_id) as n from difference d`;
  const text = `select * from (${ranked}) as r ${limit === null ? '' : `where n <= ${String(limit)}`} order by ${PLACE}, n`;
  for await (const row of bench.stream<DifferenceRow>(text)) yield differenceOf(row);
}

function differenceOf(row: DifferenceRow): Difference {
  const { severity, action } = classOf(row.class);
  const { risk_currency: currency, at_risk: atRisk } = row;
  return {
    class: row.class,
    severity,
    provider: row.provider,
    account: row.account,
    refundId: row.refund_id,
    paymentId: row.payment_id,
    providerRefundId: row.provider_refund_id,
    ours: {
      state: row.our_state,
      amount: shownOrNull(row.our_amount, row.our_currency),
      currency: row.our_currency,
    },
    theirs: {
      status: row.their_status,
      amount: shownOrNull(row.their_amount, row.their_currency),
      currency: row.their_currency,
    },
    atRisk: atRisk === null || currency === null ? null : { amount: shown(atRisk, currency), currency },
    happenedAt: row.happened_ms === null ? null : new Date(Number(row.happened_ms)).toISOString(),
    detail: row.detail,
    action: action
      .replaceAll('{refundId}', row.refund_id ?? '–')
      .replaceAll('{paymentId}', row.payment_id ?? '–')
      .replaceAll('{account}', `${row.provider ?? '–'}/${row.account ?? '–'}`),
  };
}

function shown(amount: string, currency: string): string {
  return eventAmount(amount, currency) ?? amount;
}

function shownOrNull(amount: string | null, currency: string | null): string | null {
  return amount === null ? null : shown(amount, currency ?? '');
}
