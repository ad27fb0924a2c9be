import { Client } from 'pg';
import { describeOnKafka, openWorld, startTraffic, type World } from './world.ts';

const REFUNDS = 1000;
const AGREED = { lost: 0, doubleRefunds: 0, overRefunded: 0, requested: REFUNDS, completed: REFUNDS };

let world: World;

const row = async (text: string): Promise<unknown> => {
  const client = new Client({ connectionString: world.databaseUrl });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(text)).rows[0];
  } finally {
    await client.end();
  }
};

/** What a batch that was written by half would leave: a lease, a call that nobody waits for, sums that are not those of the refunds, an event unsent. */
const LEFT = `
select (select count(*)::int from refundry.payment where lease_until > now()) as leased,
  (select count(*)::int from refundry.look_up where lease_until > now()) as looked_at,
  (select count(*)::int from refundry.refund where state = 'submitting') as submitting,
  (select count(*)::int from refundry.outbox) as unsent,
  (select count(*)::int from refundry.payment p where reserved <> (select coalesce(sum(held), 0) from refundry.refund r where r.payment_no = p.payment_no)
    or waiting <> (select count(*) from refundry.refund r where r.payment_no = p.payment_no and r.in_lane)) as wrong_sums,
  (select count(*)::int from refundry.refund r where sequence <> (select count(*) from refundry.journal j where j.payment_no = r.payment_no and j.ordinal = r.ordinal)) as wrong_journals`;
const NOTHING_LEFT = { leased: 0, looked_at: 0, submitting: 0, unsent: 0, wrong_sums: 0, wrong_journals: 0 };

afterEach(async () => {
  await world.close();
});

describeOnKafka('a processor that is told to stop among 1,000 refunds', () => {
  it('ends what is in flight, gives back the rest and leaves nothing by half; the next one goes on', async () => {
    world = await openWorld();
    const first = await world.startProcessor();
    await world.sandbox.setLatency(50);
    const traffic = await startTraffic(world, 21, REFUNDS, 'plain');
    await traffic.untilEnded(REFUNDS / 4);
    expect(await first.stop()).toBe(0);
    expect(await row(LEFT)).toEqual(NOTHING_LEFT);
    expect(await row('select count(*)::int as open from refundry.refund where in_lane')).not.toEqual({
      open: 0,
    });
    await world.startProcessor();
    const { summary, differences } = await traffic.check();
    expect(differences).toEqual([]);
    expect(summary).toMatchObject(AGREED);
  }, 180_000);

  it('and cannot within its grace period › says what it leaves behind, exits with 1, and nothing is paid twice', async () => {
    // Longer than the grace period, shorter than the call may take.
    const executor = { leaseMs: 20_000, callTimeoutMs: 8000 };
    world = await openWorld({ limits: { graceMs: 1000 }, executor });
    const first = await world.startProcessor();
    const traffic = await startTraffic(world, 22, REFUNDS, 'plain');
    await traffic.untilEnded(REFUNDS / 10);
    await world.sandbox.setLatency(6000);
    // Whoever was under way before is answered by now: from here on every call is a slow one.
    await expectCallsInFlight();
    expect(await first.stop()).toBe(1);
    const said =
      first
        .errors()
        .split('\n')
        .find((line) => line.includes('draining took longer')) ?? '{}';
    expect(JSON.parse(said)).toMatchObject({ graceMs: 1000, inFlight: expect.any(Number) as number });
    await world.sandbox.setLatency(0);
    await world.startProcessor();
    await traffic.untilEnded(REFUNDS, 120_000);
    const { summary, differences } = await traffic.check();
    expect(differences).toEqual([]);
    expect(summary).toMatchObject(AGREED);
  }, 240_000);
});

async function expectCallsInFlight(): Promise<void> {
  const deadlineMs = performance.now() + 30_000;
  for (;;) {
    const found = (await row(
      "select count(*)::int as out from refundry.refund where state = 'submitting' and called_at < now() - interval '200 milliseconds'",
    )) as { out: number };
    if (found.out > 0) return;
    if (performance.now() > deadlineMs) throw new Error('no call was ever in flight');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
