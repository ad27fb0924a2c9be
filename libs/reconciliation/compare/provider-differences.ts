import { insertDifference, NAMED_BY_US, OURS, THEIRS } from './difference-sql.ts';
import type { Workbench } from './workbench.ts';

/** Two sides of one refund; `i` is the account that shows it. */
const PAIRED = `
  from ours o join best b on b.payment_no = o.payment_no and b.ordinal = o.ordinal
  join theirs t on t.account_key = b.account_key and t.provider_refund_id = b.provider_refund_id
  join account_in i on i.account_key = t.account_key`;

const BOTH = { ...OURS, ...THEIRS };

/** Our refund changed, or was last called, so recently that the provider may not show it as it is. */
const AGED = `greatest(o.changed_at, coalesce(o.called_at, o.changed_at)) <= (select as_of from question) - i.visibility_ms * interval '1 millisecond'`;

const NOT_RECORDED = `not exists (
  select from refundry.external_refund e where e.payment_no = p.payment_no and e.provider_refund_id = t.provider_refund_id)`;

const OPEN = `('requested', 'submitting', 'pending')`;

const DIFFERENCES = [
  insertDifference(
    'missing-at-provider',
    { ...OURS, detail: `'it shows none for payment ' || o.payment_id` },
    `from ours o join account_in i on i.account_key = o.account_key
     where i.compared and o.seen and o.state in ('completed', 'pending', 'reversed') and ${AGED}
       and not exists (select from best b where b.payment_no = o.payment_no and b.ordinal = o.ordinal)`,
  ),
  insertDifference(
    'failed-but-paid',
    { ...BOTH, atRisk: 'coalesce(t.amount, o.amount)', riskCurrency: 't.currency' },
    `${PAIRED} where o.state in ('failed', 'reversed') and t.status in ('succeeded', 'pending') and ${AGED}
       and ${NOT_RECORDED.replace('p.payment_no', 'o.payment_no')}`,
  ),
  insertDifference(
    'completed-but-failed',
    BOTH,
    `${PAIRED} where o.state = 'completed' and t.status = 'failed' and ${AGED}`,
  ),
  insertDifference(
    'stale-status',
    { ...BOTH, atRisk: '0' },
    `${PAIRED} where ${AGED} and (o.state = 'pending' and t.status in ('succeeded', 'failed')
       or o.state in ('requested', 'submitting') and t.status = 'succeeded'
       or o.state in ('completed', 'pending') and t.status = 'unlisted')`,
  ),
  insertDifference(
    'amount',
    { ...BOTH, atRisk: 'abs(t.amount - o.amount)' },
    `${PAIRED} where o.state not in ('failed', 'reversed') and t.status <> 'failed' and t.currency = o.currency and t.amount <> o.amount`,
  ),
  insertDifference(
    'currency',
    BOTH,
    `${PAIRED} where o.state not in ('failed', 'reversed') and t.status <> 'failed' and t.currency <> o.currency`,
  ),
  insertDifference(
    'wrong-place',
    { ...BOTH, detail: `'it is at ' || i.provider || '/' || i.name || ', payment ' || t.payment_id` },
    `${PAIRED} where t.status <> 'failed' and (t.payment_id <> o.payment_id or i.merchant_no is distinct from o.merchant_no)`,
  ),
  insertDifference(
    'test-in-live',
    { ...OURS, detail: `'the refund is ' || o.mode || ' money, the keys are for ' || i.mode` },
    `from ours o join account_in i on i.account_key = o.account_key where o.attempts > 0 and o.mode <> i.mode`,
  ),
  // A refund of ours is here one of the window, or one outside it that is bound to another provider refund already.
  insertDifference(
    'paid-twice',
    {
      ...THEIRS,
      provider: 'i.provider',
      account: 'i.name',
      refundId: 'r.refund_id',
      paymentId: 't.payment_id',
      ourState: 'r.state',
      ourAmount: 'coalesce(o.amount, r.amount)',
      ourCurrency: 'coalesce(o.currency, t.currency)',
      atRisk: 't.amount',
      riskCurrency: 't.currency',
      happenedAt: 't.created_at',
      detail: `'beside ' || coalesce(b.provider_refund_id, r.provider_refund_id)`,
      paymentNo: 'p.payment_no',
      ordinal: 'p.ordinal',
    },
    `from pair p join theirs t on t.account_key = p.account_key and t.provider_refund_id = p.provider_refund_id
     join account_in i on i.account_key = t.account_key
     join refundry.refund r on r.payment_no = p.payment_no and r.ordinal = p.ordinal
     left join ours o on o.payment_no = p.payment_no and o.ordinal = p.ordinal
     left join best b on b.payment_no = p.payment_no and b.ordinal = p.ordinal
     where t.status in ('succeeded', 'pending') and ${NOT_RECORDED}
       and case when o.refund_id is null then p.rank > 1 and r.provider_refund_id <> t.provider_refund_id
           and t.created_at >= (select from_at from question) and t.created_at < (select to_at from question)
         else b.provider_refund_id <> t.provider_refund_id or b.account_key <> t.account_key end`,
  ),
  insertDifference(
    'unknown-to-us',
    {
      ...THEIRS,
      provider: 'i.provider',
      account: 'i.name',
      paymentId: 't.payment_id',
      atRisk: 't.amount',
      riskCurrency: 't.currency',
      happenedAt: 't.created_at',
      detail: `case when ${NAMED_BY_US} then 'it carries ' || coalesce('the refundId ' || t.refund_id, 'our reference ' || t.reference)
        || ': one of ours that this database has lost; have its request sent again, and the processor finds it' end`,
    },
    `from theirs t join account_in i on i.account_key = t.account_key
     left join refundry.payment p on p.merchant_no = i.merchant_no and p.payment_id = t.payment_id
     where i.compared and t.status <> 'failed'
       and t.created_at >= (select from_at from question) and t.created_at < (select to_at from question)
       and t.created_at <= (select as_of from question) - i.visibility_ms * interval '1 millisecond' and ${NOT_RECORDED}
       and not exists (select from pair q where q.account_key = t.account_key and q.provider_refund_id = t.provider_refund_id)`,
  ),
  insertDifference(
    'still-unknown',
    {
      ...BOTH,
      providerRefundId: 'coalesce(t.provider_refund_id, o.provider_refund_id)',
      atRisk: 'coalesce(nullif(o.held, 0), o.amount)',
      detail: `'the provider ' || case when t.status is not null then 'shows it as ' || t.status
        when o.seen and i.compared then 'does not show it' else 'was not asked' end`,
    },
    `from ours o left join account_in i on i.account_key = o.account_key
     left join best b on b.payment_no = o.payment_no and b.ordinal = o.ordinal
     left join theirs t on t.account_key = b.account_key and t.provider_refund_id = b.provider_refund_id
     where o.state in ('unknown', 'review') and (i.account_key is null or ${AGED})`,
  ),
  insertDifference(
    'late',
    {
      ...OURS,
      atRisk: '0',
      detail: `'asked for at ' || to_char(o.requested_at at time zone 'UTC', 'YYYY-MM-DD HH24:MI') || ' UTC'`,
    },
    `from ours o join account_in i on i.account_key = o.account_key
     where o.state in ${OPEN} and o.requested_at < (select as_of from question) - i.late_ms * interval '1 millisecond'
       and not exists (select from difference d where d.payment_no = o.payment_no and d.ordinal = o.ordinal and d.class = 'stale-status')`,
  ),
];

/** Store against providers. */
export async function compareWithProviders(bench: Workbench): Promise<void> {
  for (const text of DIFFERENCES) await bench.execute(text);
  await bench.execute('analyze difference');
}
