import type { Client } from 'pg';
import { reserves, visibleState, type RefundState } from '#libs/refund';
import type { ResultType } from '#libs/contracts';
import type { JournalEntry } from './published.ts';

export interface StoredRefund {
  readonly refundId: string;
  readonly provider: string;
  readonly paymentId: string;
  readonly state: RefundState;
  readonly amount: string | null;
  readonly held: string;
  readonly sequence: number;
  readonly reviewReason: string | null;
}

export async function readRefunds(client: Client): Promise<readonly StoredRefund[]> {
  const { rows } = await client.query<StoredRefund>(
    `select r.refund_id as "refundId", a.provider, p.payment_id as "paymentId", r.state, r.amount::text, r.held::text, r.sequence,
       r.review_reason as "reviewReason"
     from refundry.refund r join refundry.payment p using (payment_no) join refundry.account a on a.account_no = r.account_no`,
  );
  return rows;
}

export async function readJournal(client: Client): Promise<readonly JournalEntry[]> {
  const { rows } = await client.query<
    Omit<JournalEntry, 'occurredAtMs' | 'resultType'> & {
      readonly occurredAtMs: string;
      readonly resultType: ResultType | null;
    }
  >(
    `select refund_id as "refundId", payment_id as "paymentId", sequence, (extract(epoch from occurred_at) * 1000)::bigint as "occurredAtMs",
       traceparent, status, result, result_type as "resultType"
     from refundry.journal order by refund_id, sequence`,
  );
  return rows.map((row) => ({ ...row, occurredAtMs: Number(row.occurredAtMs) }));
}

/** What is wrong within the store: sums, states, what is left over, requests without a refund. */
export async function checkStore(
  client: Client,
  refunds: readonly StoredRefund[],
  entries: readonly JournalEntry[],
): Promise<readonly string[]> {
  return [
    ...(await wrongSums(client)),
    ...(await leftOver(client)),
    ...refunds.flatMap(wrongHold),
    ...wrongEnds(refunds, entries),
  ];
}

/** reserved = sum of held, completed = sum of completed, doubtful and waiting = how many there are. */
async function wrongSums(client: Client): Promise<string[]> {
  const { rows } = await client.query<{
    readonly payment: string;
    readonly says: string;
    readonly is: string;
  }>(
    `select p.payment_id as payment,
       concat_ws(' ', 'reserved', trim_scale(p.reserved), 'completed', trim_scale(p.completed), 'doubtful', p.doubtful, 'waiting', p.waiting) as says,
       concat_ws(' ', 'reserved', trim_scale(coalesce(sum(r.held), 0)),
         'completed', trim_scale(coalesce(sum(r.amount) filter (where r.state = 'completed'), 0)),
         'doubtful', count(*) filter (where r.state in ('unknown', 'review')), 'waiting', count(*) filter (where r.in_lane)) as is
     from refundry.payment p left join refundry.refund r using (payment_no) group by p.payment_no`,
  );
  return rows
    .filter(({ says, is }) => says !== is)
    .map(({ payment, says, is }) => `payment ${payment} says ${says}, its refunds are ${is}`);
}

async function leftOver(client: Client): Promise<string[]> {
  const { rows } = await client.query<{ readonly what: string; readonly count: number }>(
    `select 'outbox entries' as what, count(*)::int as count from refundry.outbox
     union all select 'dead letters not published', count(*)::int from refundry.dead_letter where published_at is null
     union all select 'external refunds', count(*)::int from refundry.external_refund
     union all select 'stopped payments', count(*)::int from refundry.payment where stopped_because is not null
     union all select 'lanes without anything in them', count(*)::int from refundry.lane join refundry.payment using (payment_no) where waiting = 0
     union all select 'payments that wait without a lane', count(*)::int from refundry.payment p
       where waiting > 0 and not exists (select from refundry.lane l where l.payment_no = p.payment_no)
     union all select 'provider refunds bound to nobody', count(*)::int from refundry.provider_refund b
       where not exists (select from refundry.refund r where r.payment_no = b.payment_no and r.ordinal = b.ordinal)`,
  );
  return rows.filter(({ count }) => count > 0).map(({ what, count }) => `${String(count)} ${what} left over`);
}

function wrongHold({ refundId, state, held, amount }: StoredRefund): string[] {
  const isHeld = Number(held) !== 0;
  if (isHeld === reserves(state) && (!isHeld || Number(held) === Number(amount))) return [];
  return [`${refundId} is ${state} and holds ${held} of ${String(amount)}`];
}

/** The journal has no gaps, ends in the refund's state, and has at most one final result. */
function wrongEnds(refunds: readonly StoredRefund[], entries: readonly JournalEntry[]): string[] {
  const journals = Map.groupBy(entries, ({ refundId }) => refundId);
  return refunds.flatMap(({ refundId, state, sequence, reviewReason }) => {
    const own = journals.get(refundId) ?? [];
    const wrong: string[] = [];
    if (own.length !== sequence || own.some((entry, index) => entry.sequence !== index + 1))
      wrong.push(`${refundId}: its journal has gaps`);
    const last = own.at(-1);
    const says = last === undefined ? null : (JSON.parse(last.status) as { readonly state: string }).state;
    if (says !== visibleState(state))
      wrong.push(`${refundId}: is ${state}, its journal ends in ${String(says)}`);
    const results = own.filter(({ result }) => result !== null).length;
    const isFinal = state === 'completed' || state === 'failed';
    if (results !== (isFinal ? 1 : 0))
      wrong.push(`${refundId}: is ${state} and has ${String(results)} results`);
    if (state === 'review' && reviewReason === null) wrong.push(`${refundId}: in review without a reason`);
    return wrong;
  });
}
