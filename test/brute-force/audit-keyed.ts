import type { Client } from 'pg';
import { amountsEqual, auditBooks, readRefunds, type RefundRow } from './audit.ts';
import type { KeyedBank } from './keyed-bank.ts';
import type { Published } from './published.ts';
import type { Traffic } from './traffic.ts';

/** Everything that is wrong once nothing is under way any more; empty when the books are in order. */
export async function auditKeyed(
  client: Client,
  traffic: Traffic,
  bank: KeyedBank,
  published: Published,
): Promise<readonly string[]> {
  const refunds = await readRefunds(client);
  return [
    ...bank.violations,
    ...unpaid(refunds, bank),
    ...unfair(refunds, traffic, bank),
    ...(await leftOver(client)),
    ...(await auditBooks(client, refunds, traffic, published, (paymentId) => bank.refunded(paymentId))),
  ];
}

/** Completed here = processed there, with the same amount; one attempt, one provider refund. */
function unpaid(refunds: readonly RefundRow[], bank: KeyedBank): string[] {
  const booked = new Map([...bank.byKey.values()].map((each) => [each.refundId, each]));
  return refunds.flatMap((row) => {
    const there = booked.get(row.refund_id);
    const isPaid = there?.status === 'processed';
    const wrong: string[] = [];
    if (row.state !== 'completed' && row.state !== 'failed') wrong.push(`is still ${row.state}`);
    if ((row.state === 'completed') !== isPaid)
      wrong.push(`is ${row.state}, at the bank ${String(there?.status)}`);
    if (isPaid && !amountsEqual(row.amount, there.amount.toFixed()))
      wrong.push('was paid with another amount');
    if (isPaid && row.provider_refund_id !== there.id) wrong.push('is bound to another provider refund');
    if (row.attempt_no > 1 || row.attempts !== row.attempt_no)
      wrong.push(`has ${String(row.attempts)} attempts`);
    return wrong.map((text) => `${row.refund_id} ${text}`);
  });
}

/** Where everything fits, only the bank may say no. */
function unfair(refunds: readonly RefundRow[], { roomy }: Traffic, bank: KeyedBank): string[] {
  const refused = new Set([...bank.byKey.values()].map((booked) => booked.refundId));
  return refunds
    .filter((row) => roomy.has(row.payment_id) && row.state === 'failed' && !refused.has(row.refund_id))
    .map((row) => `${row.refund_id} was refused although it fits`);
}

async function leftOver(client: Client): Promise<string[]> {
  const { rows } = await client.query<{ what: string; count: number }>(
    `select 'lanes' as what, count(*)::int as count from refundry.lane
     union all select 'look-ups', count(*)::int from refundry.look_up
     union all select 'outbox entries', count(*)::int from refundry.outbox
     union all select 'refunds in a lane', count(*)::int from refundry.refund where in_lane
     union all select 'refunds holding an amount', count(*)::int from refundry.refund where held <> 0
     union all select 'payments with something open', count(*)::int from refundry.payment
       where reserved <> 0 or waiting <> 0 or doubtful <> 0 or external <> 0`,
  );
  return rows.filter(({ count }) => count > 0).map(({ what, count }) => `${String(count)} ${what} left over`);
}
