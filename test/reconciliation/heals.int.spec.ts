import type { ClassCode } from '#libs/reconciliation';
import { HealStore } from '#libs/store';
import { PLANTS, refundAtRazorpay, type Planted } from './plants.ts';
import { openWorld, type World } from './world.ts';
import { until } from '../support/until.ts';

/** What the repairs are for, with a plant each. */
const HEALED: readonly ClassCode[] = [
  'paid-twice',
  'failed-but-paid',
  'completed-but-failed',
  'unknown-to-us',
  'result-not-published',
  'stale-status',
];

let world: World;

beforeAll(async () => {
  world = await openWorld();
});
afterAll(async () => {
  await world.close();
});

async function plantAll(): Promise<ReadonlyMap<string, Planted>> {
  const all = new Map<string, Planted>();
  for (const plant of PLANTS) {
    const { class: code } = plant;
    if (!HEALED.includes(code)) continue;
    const paymentId = await world.payment('razorpay', '100.00', 'INR');
    await world.sandbox.setBehaviour('razorpay', { newRefundStatus: 'processed' });
    await plant.prepare?.(world);
    const refundId = `heal-${code}`;
    await world.request({ refundId, provider: 'razorpay', paymentId, amount: '7.00', currency: 'INR' });
    await world.until(refundId, 'completed', 'pending');
    all.set(code, { refundId, paymentId, amount: '7.00' });
  }
  await world.acknowledge();
  await world.stop();
  await world.sandbox.setBehaviour('razorpay', { newRefundStatus: 'processed' });
  for (const plant of PLANTS) {
    const planted = all.get(plant.class);
    if (planted !== undefined) await plant.plant(world, planted);
  }
  return all;
}

async function external(paymentId = ''): Promise<unknown> {
  const { rows } = await world.sql.query<object>(
    'select external::text, stopped_because is not null as stopped from refundry.payment where payment_id = $1',
    [paymentId],
  );
  return rows[0];
}

async function creations(): Promise<number> {
  const requests = await world.sandbox.requests('razorpay', 10_000);
  return requests.filter(({ operation }) => operation === 'create').length;
}

describe('refundctl reconcile --heal', () => {
  it('records, publishes and schedules what it found, once, moves no money, and the processor does the rest', async () => {
    const from = new Date(Date.now() - 3_600_000).toISOString().replace(/\.\d+Z$/, 'Z');
    const planted = await plantAll();
    const before = await creations();
    const found = ['reconcile', '--from', from, '--sent-within', '0'];
    // The account's visibility delay is a second.
    await until('all of them to be old enough', async () => {
      const { out } = await world.refundctl(...found, '--json');
      return (JSON.parse(out) as { differenceCount: number }).differenceCount === HEALED.length;
    });
    const heals = ['look-up', 'record-external', 'publish'].flatMap((heal) => ['--heal', heal]);
    const first = await world.refundctl(...found, ...heals, '--by', 'ann');
    expect([first.exit, first.err]).toEqual([
      2,
      expect.stringMatching(/look-up: 2 done\nrecord-external: 3 done\npublish: 1 done\n/),
    ]);
    for (const code of ['paid-twice', 'failed-but-paid'])
      expect(await external(planted.get(code)?.paymentId)).toEqual({ external: '7.00', stopped: true });
    expect(await external(planted.get('unknown-to-us')?.paymentId)).toEqual({
      external: '7.00',
      stopped: false,
    });
    const { rows: booked } = await world.sql.query<{ amount: string }>(
      'select amount::text from refundry.external_change order by change_no',
    );
    expect(booked.map(({ amount }) => amount)).toEqual(['7.00', '7.00', '7.00']);
    // What is recorded is no difference any more; what the processor has to do is one until it has.
    const second = await world.refundctl(...found, ...heals);
    expect(second.err).toMatch(
      /look-up: 2 done\nrecord-external: 0 done\npublish: 0 done, 1 left as they are\n/,
    );
    await world.start();
    await world.until(planted.get('completed-but-failed')?.refundId ?? '', 'reversed');
    await world.until(planted.get('stale-status')?.refundId ?? '', 'completed');
    await until('the result to be published again', async () => {
      const { rows } = await world.sql.query('select from refundry.republish');
      return rows.length === 0;
    });
    await world.acknowledge();
    await world.stop();
    expect((await world.reconcile()).differences).toEqual([]);
    expect(await creations()).toBe(before);
    const { out } = await world.refundctl('operations', 'list');
    expect(out).toContain('ann');
  });

  it('never counts what a completed refund was paid by as given back elsewhere', async () => {
    const paymentId = await world.payment('razorpay', '100.00', 'INR');
    await world.start();
    const refundId = 'heal-own';
    await world.request({ refundId, provider: 'razorpay', paymentId, amount: '7.00', currency: 'INR' });
    await world.until(refundId, 'completed');
    await world.stop();
    const { rows } = await world.sql.query<{
      payment_no: string;
      ordinal: number;
      merchant_no: number;
      id: string;
    }>(
      `select r.payment_no, r.ordinal, p.merchant_no, r.provider_refund_id as id
       from refundry.refund r join refundry.payment p using (payment_no) where r.refund_id = $1`,
      [refundId],
    );
    const [own] = rows;
    if (own === undefined) throw new Error('the refund is stored');
    const kept = await new HealStore(world.database).keepExternal({
      paymentNo: own.payment_no,
      ordinal: own.ordinal,
      merchantNo: own.merchant_no,
      providerRefundId: own.id,
      amount: '7.00',
      shown: 'succeeded',
      cause: 'test',
      stoppedBecause: 'test',
      call: null,
    });
    expect(kept).toBe(false);
    expect(await external(paymentId)).toEqual({ external: '0', stopped: false });
  });

  it('records no refund made elsewhere while one of the payment is in doubt: it may be that one', async () => {
    const paymentId = await world.payment('razorpay', '100.00', 'INR');
    const plant = PLANTS.find((one) => one.class === 'unknown-to-us');
    await world.start();
    const refundId = 'heal-doubtful';
    await world.request({ refundId, provider: 'razorpay', paymentId, amount: '7.00', currency: 'INR' });
    await world.until(refundId, 'completed');
    await world.stop();
    await world.sql.query('update refundry.payment set doubtful = 1 where payment_id = $1', [paymentId]);
    await plant?.plant(world, { refundId, paymentId, amount: '3.00' });
    const args = ['reconcile', '--from', '2020-01-01', '--provider', 'razorpay', '--heal', 'record-external'];
    await until('the refund to be old enough', async () =>
      /record-external: 0 done, 1 left/.test((await world.refundctl(...args)).err),
    );
    expect(await external(paymentId)).toEqual({ external: '0', stopped: false });
  });

  it('records no refund that carries a name of ours which this database has lost, and says what to do', async () => {
    const paymentId = await world.payment('razorpay', '100.00', 'INR');
    await world.start();
    const refundId = 'heal-neighbour';
    await world.request({ refundId, provider: 'razorpay', paymentId, amount: '7.00', currency: 'INR' });
    await world.until(refundId, 'completed');
    await world.stop();
    await refundAtRazorpay(world, paymentId, '3.00', { refundry_id: 'heal-lost' });
    const args = ['reconcile', '--from', '2020-01-01', '--provider', 'razorpay', '--heal', 'record-external'];
    let told = '';
    await until('the refund to be old enough', async () => {
      const { out, err } = await world.refundctl(...args, '--json');
      told = out;
      return out.includes('heal-lost') && /record-external: 0 done/.test(err);
    });
    expect(told).toContain('one of ours that this database has lost');
    expect(await external(paymentId)).toEqual({ external: '0', stopped: false });
  });
});
