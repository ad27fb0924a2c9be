import type { Client } from 'pg';
import type { Arena } from './arena.ts';
import { amountsEqual, auditBooks, readRefunds, type RefundRow } from './audit.ts';
import type { Booked, KeylessBank } from './keyless-bank.ts';
import type { Person } from './person.ts';
import type { Published } from './published.ts';
import { REVIEWED, unexplained, type Reviewed } from './reviewed.ts';
import type { Traffic } from './traffic.ts';

/** How many refunds come to their end without a person, or with one who decides all payments but `leftAlone`. */
export async function underWay(client: Client, leftAlone: readonly string[]): Promise<number> {
  const { rows } = await client.query<{ count: number }>(
    `select count(*)::int as count from refundry.refund r join refundry.payment p using (payment_no)
     left join refundry.look_up l using (payment_no, ordinal)
     where case r.state when 'completed' then l.due_at is not null when 'failed' then l.due_at is not null when 'reversed' then l.due_at is not null
       when 'review' then p.payment_id <> all($1::text[])
       when 'requested' then p.payment_id <> all($1::text[]) or not exists (select from refundry.refund h where h.payment_no = r.payment_no and h.state = 'review')
       else true end`,
    [leftAlone],
  );
  return rows[0]?.count ?? 0;
}

/** Everything that is wrong once nothing is under way any more but what waits for a person; empty when the books are in order. */
export async function auditKeyless(
  arena: Arena,
  traffic: Traffic,
  bank: KeylessBank,
  published: Published,
  person: Person,
): Promise<readonly string[]> {
  const { sql } = arena;
  const refunds = await readRefunds(sql);
  const inReview = new Set(
    refunds.filter(({ state }) => state === 'review').map(({ refund_id: refundId }) => refundId),
  );
  const lived = new Set(heardByTheLiving(arena));
  const { rows: reviewed } = await sql.query<Reviewed>(REVIEWED);
  return [
    ...bank.violations,
    ...person.complaints,
    ...reviewed.flatMap((row) => unexplained(row, (attempt) => lived.has(attempt))),
    ...refunds.filter(({ state }) => state !== 'review').flatMap((row) => otherThanBooked(row, bank)),
    ...refunds.flatMap((row) => heldUp(row, refunds, person)),
    ...unfair(refunds, traffic, bank, person),
    ...(await droppedAnswers(arena)),
    ...(await leftOver(sql)),
    ...(await auditBooks(sql, refunds, traffic, published, (paymentId) =>
      bank.refunded(paymentId, inReview),
    )),
  ];
}

/** What is not in review says what the bank says; nothing is booked of what was not yet sent. */
function otherThanBooked(row: RefundRow, bank: KeylessBank): string[] {
  const there = bank.lastOf(row.refund_id);
  const isPaid = there?.status === 'processed' || there?.status === 'pending';
  const wrong: string[] = [];
  if ((row.state === 'completed') !== isPaid)
    wrong.push(`is ${row.state}, at the bank ${String(there?.status)}`);
  if (row.state === 'reversed' && there === undefined) wrong.push('is reversed and was never booked');
  if (row.state === 'requested' && there !== undefined) wrong.push('is to be sent although it is booked');
  if (row.attempts !== row.attempt_no) wrong.push(`has ${String(row.attempts)} attempts`);
  if (isPaid) wrong.push(...otherFacts(row, there));
  return wrong.map((text) => `${row.refund_id} ${text}`);
}

function otherFacts(row: RefundRow, there: Booked): string[] {
  const isBound = row.provider_refund_id === there.id && row.handle === there.handle;
  return [
    ...(amountsEqual(row.amount, there.amount.toFixed()) ? [] : ['was paid with another amount']),
    ...(isBound ? [] : ['is bound to another provider refund, or without its handle']),
  ];
}

/** Only behind a refund that nobody decides may one wait for ever. */
function heldUp(row: RefundRow, refunds: readonly RefundRow[], { leftAlone }: Person): string[] {
  switch (row.state) {
    case 'completed':
    case 'failed':
    case 'reversed':
      return [];
    case 'review':
      return leftAlone.includes(row.payment_id) ? [] : [`${row.refund_id} was never decided`];
    case 'requested': {
      const isBehind = refunds.some(
        (one) => one.payment_id === row.payment_id && one.state === 'review' && one.ordinal < row.ordinal,
      );
      return isBehind ? [] : [`${row.refund_id} is held up by nothing`];
    }
    case 'submitting':
    case 'pending':
    case 'unknown':
      return [`${row.refund_id} is still ${row.state}`];
  }
}

/** Where everything fits, only the bank or a person may say no. */
function unfair(
  refunds: readonly RefundRow[],
  { roomy }: Traffic,
  bank: KeylessBank,
  person: Person,
): string[] {
  return refunds
    .filter(({ payment_id: paymentId, state }) => roomy.has(paymentId) && state === 'failed')
    .map(({ refund_id: refundId }) => refundId)
    .filter((refundId) => !bank.refused.has(refundId) && !person.decided.has(refundId))
    .map((refundId) => `${refundId} was refused although it fits`);
}

/** Attempts whose answer came to a worker that was not killed. */
function heardByTheLiving({ workers }: Arena): string[] {
  return workers.filter(({ wasKilled }) => !wasKilled).flatMap(({ heard }) => heard);
}

/** An answer that reached a worker which lived on is in the call log. */
async function droppedAnswers(arena: Arena): Promise<string[]> {
  const { rows } = await arena.sql.query<{ name: string }>(
    `select distinct r.refund_id || '/' || c.attempt_no as name from refundry.call c join refundry.refund r using (payment_no, ordinal)
     where c.verb = 'create'`,
  );
  const kept = new Set(rows.map(({ name }) => name));
  return heardByTheLiving(arena)
    .filter((name) => !kept.has(name))
    .map((name) => `the answer to ${name} was dropped`);
}

async function leftOver(client: Client): Promise<string[]> {
  const { rows } = await client.query<{ what: string; count: number }>(
    `with blocked as (select distinct payment_no from refundry.refund where state = 'review')
     select 'lanes' as what, count(*)::int as count from refundry.lane where payment_no not in (select payment_no from blocked)
     union all select 'look-ups', count(*)::int from refundry.look_up l join refundry.refund r using (payment_no, ordinal) where r.state <> 'review'
     union all select 'outbox entries', count(*)::int from refundry.outbox
     union all select 'refunds in a lane', count(*)::int from refundry.refund where in_lane and state not in ('review', 'requested')
     union all select 'reviews out of their lane', count(*)::int from refundry.refund where state = 'review' and not in_lane
     union all select 'reviews that nothing looks at', count(*)::int from refundry.refund r
       where state = 'review' and not exists (select from refundry.look_up l where l.payment_no = r.payment_no and l.ordinal = r.ordinal)
     union all select 'refunds holding an amount', count(*)::int from refundry.refund where held <> 0 and state <> 'review'
     union all select 'refunds made elsewhere', count(*)::int from refundry.external_refund
     union all select 'payments with wrong sums', count(*)::int from refundry.payment p
       where external <> 0 or stopped_because is not null
         or exists (
           select from refundry.refund r where r.payment_no = p.payment_no
           having (coalesce(sum(r.held), 0), count(*) filter (where r.in_lane), count(*) filter (where r.state = 'review'))
             is distinct from (p.reserved, p.waiting, p.doubtful))`,
  );
  return rows.filter(({ count }) => count > 0).map(({ what, count }) => `${String(count)} ${what} left over`);
}
