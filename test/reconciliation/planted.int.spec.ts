import { CLASSES } from '#libs/reconciliation';
import { Random } from '#libs/scenario';
import { PLANTS, type Plant, type Planted } from './plants.ts';
import { openWorld, requestOf, type Reconciled, type World } from './world.ts';

const SEED = 20_261_126;
const CURRENCY = { razorpay: 'INR', braintree: 'USD', robokassa: 'RUB' } as const;

let world: World;
let planted: ReadonlyMap<string, Planted>;
let callsBefore: number;
let found: Reconciled;

/** Calls that make refunds, as the sandbox saw them. */
async function creations(): Promise<number> {
  let count = 0;
  for (const provider of Object.keys(CURRENCY))
    count += (await world.sandbox.requests(provider, 10_000)).filter(
      ({ operation }) => operation === 'create',
    ).length;
  return count;
}

/** A payment of ten times the amount, and the refund of it as the plant needs it. */
async function before(plant: Plant, amount: string): Promise<Planted> {
  const { provider } = plant;
  const currency = CURRENCY[provider];
  const paymentId = await world.payment(provider, '1000.00', currency);
  const refundId = `planted-${plant.class}`;
  await world.sandbox.setBehaviour('razorpay', { newRefundStatus: 'processed' });
  await plant.prepare?.(world);
  if (plant.refund !== null) {
    await world.request({ refundId, provider, paymentId, amount, currency });
    await world.until(refundId, ...plant.refund);
  }
  return { refundId, paymentId, amount };
}

/** Traffic that agrees: duplicates, a conflict, a message that nobody can read, one that is open. */
async function quietTraffic(): Promise<void> {
  const paymentId = await world.payment('razorpay', '100.00', 'INR');
  const request = {
    refundId: 'quiet-1',
    provider: 'razorpay',
    paymentId,
    amount: '1.00',
    currency: 'INR',
  } as const;
  await world.sandbox.setBehaviour('razorpay', { newRefundStatus: 'processed' });
  await world.request(request);
  await world.until('quiet-1', 'completed');
  await world.request(request);
  await world.request({ ...request, amount: '2.00' });
  await world.send([{ ...requestOf(world.config, request), value: Buffer.from('no JSON') }]);
  await world.sandbox.setBehaviour('razorpay', { newRefundStatus: 'pending', settleAfterMs: null });
  await world.request({ ...request, refundId: 'quiet-open' });
  await world.until('quiet-open', 'pending');
}

beforeAll(async () => {
  world = await openWorld();
  const random = new Random(SEED);
  await world.sandbox.setBehaviour('robokassa', { finishAfterMs: 0 });
  await world.sandbox.setBehaviour('braintree', { settleAfterMs: 0 });
  const all = new Map<string, Planted>();
  for (const plant of PLANTS)
    all.set(plant.class, await before(plant, `${String(random.int(10, 99))}.${String(random.int(10, 99))}`));
  planted = all;
  await quietTraffic();
  await world.acknowledge(['planted-result-not-acknowledged', 'planted-result-not-published']);
  await world.stop();
  await world.sandbox.setBehaviour('razorpay', { newRefundStatus: 'processed' });
  for (const plant of PLANTS) {
    const one = planted.get(plant.class);
    if (one !== undefined) await plant.plant(world, one);
  }
  callsBefore = await creations();
  found = await world.reconcile();
}, 120_000);
afterAll(async () => {
  await world.close();
});

describe(`one discrepancy of each class, planted with seed ${String(SEED)}`, () => {
  it('there is a plant for every class', () => {
    expect(PLANTS.map((plant) => plant.class)).toEqual(CLASSES.map(({ code }) => code));
  });

  it('exactly these are found, each under its class and with the money at risk, and nothing else', () => {
    const expected = PLANTS.map((plant) => {
      const one = planted.get(plant.class);
      const amount = { all: one?.amount, one: '1.00', nothing: '0.00' }[plant.atRisk];
      return [plant.class, one?.paymentId, amount];
    });
    const seen = found.differences.map((one) => [
      one.class,
      one.paymentId === 'pay_elsewhere' ? planted.get('wrong-place')?.paymentId : one.paymentId,
      one.atRisk?.amount,
    ]);
    expect(seen).toEqual(expected);
    expect(found.summary.differences).toBe(PLANTS.length);
  });

  it('what is open is in progress, what agrees is matched, and no account is left out', () => {
    const { totals, notCompared } = found.summary;
    expect(notCompared).toEqual([]);
    const razorpay = totals.find(({ provider, currency }) => provider === 'razorpay' && currency === 'INR');
    expect(razorpay?.inProgress).toEqual({ count: 1, amount: '1.00' });
    // The quiet one, and the two whose requests differ: with the provider they agree.
    expect(razorpay?.matched.count).toBe(3);
  });

  it('the providers were only read', async () => {
    expect(await creations()).toBe(callsBefore);
  });
});
