import type { RefundRequested } from '#libs/contracts';
import { until } from '../support/until.ts';
import { openWorld, requestOf, type World } from './world.ts';

/** Braintree's lists come twenty at a time and RoboKassa is asked one by one: fewer of them say as much. */
const REFUNDS = [
  ['braintree', 'USD', 800],
  ['razorpay', 'INR', 9000],
  ['robokassa', 'RUB', 200],
] as const;
const TOTAL = 10_000;
const SENT_TOGETHER = 1000;

let world: World;

beforeAll(async () => {
  world = await openWorld({ lean: true });
  await world.sandbox.setBehaviour('robokassa', { finishAfterMs: 0 });
  await world.sandbox.setBehaviour('braintree', { settleAfterMs: 0 });
});
afterAll(async () => {
  await world.close();
});

async function requests(): Promise<RefundRequested[]> {
  const all: RefundRequested[] = [];
  for (const [provider, currency, count] of REFUNDS) {
    const payments = Array.from({ length: count }, (_, at) => ({
      ref: String(at),
      amount: '100.00',
      currency,
      kind: 'captured' as const,
      fields: {},
      paymentId: null,
    }));
    for (const [ref, paymentId] of await world.sandbox.createPayments(provider, payments))
      all.push({ refundId: `${provider}-${ref}`, provider, paymentId, amount: '12.34', currency });
  }
  return all;
}

describe('ten thousand refunds through the processor at three providers', () => {
  it('reconcile without a difference', async () => {
    const all = await requests();
    for (let from = 0; from < all.length; from += SENT_TOGETHER)
      await world.send(
        all.slice(from, from + SENT_TOGETHER).map((request) => requestOf(world.config, request)),
      );
    let ended = 0;
    await until(
      'all of them to complete',
      async () => {
        const { rows } = await world.sql.query<{ ended: string; waiting: string }>(
          `select (select count(*) from refundry.refund where state = 'completed') as ended, (select count(*) from refundry.outbox) as waiting`,
        );
        ended = Number(rows[0]?.ended);
        return ended === TOTAL && rows[0]?.waiting === '0';
      },
      () => `(${String(ended)} have)`,
      240_000,
    );
    await world.acknowledge();
    await world.stop();
    const { summary, differences } = await world.reconcile();
    expect(differences).toEqual([]);
    expect(summary.notCompared).toEqual([]);
    expect(summary.totals.map(({ provider, matched }) => [provider, matched.count])).toEqual(
      REFUNDS.map(([provider, , count]) => [provider, count]),
    );
  }, 300_000);
});
