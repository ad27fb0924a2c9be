import { describeOnKafka, LEASE_MS, openWorld, PATIENT, startTraffic, type World } from './world.ts';

const REFUNDS = 2000;
/** Of a reader on Kafka; and what joining a group, fetching and writing take, on a machine where a start takes long several times that. */
const SESSION_MS = 10_000;
const SLACK_MS = 15_000;
/** More than a killed process may have paid without having told of it. */
const IN_HAND_MAX = 128;
const AGREED = { lost: 0, doubleRefunds: 0, overRefunded: 0, requested: REFUNDS, completed: REFUNDS };

describeOnKafka('a processor among 2,000 refunds', () => {
  let world: World;

  beforeEach(async () => {
    world = await openWorld();
  });

  afterEach(async () => {
    await world.close();
  });

  it('killed with kill -9 in the middle and started again › pays every refund exactly once', async () => {
    const first = await world.startProcessor();
    const traffic = await startTraffic(world, 11, REFUNDS, 'plain');
    await traffic.untilEnded(REFUNDS / 4);
    first.kill('SIGKILL');
    await first.exited;
    await world.startProcessor();
    const { summary, differences } = await traffic.check();
    expect(differences).toEqual([]);
    expect(summary).toMatchObject(AGREED);
  }, 180_000);

  it('killed with kill -9 › leaves what waited to the next one at once, and new requests for no longer than its session', async () => {
    const launchedAtMs = performance.now();
    const first = await world.startProcessor();
    const startMs = performance.now() - launchedAtMs;
    await world.sandbox.setLatency(100);
    const waiting = await startTraffic(world, 18, REFUNDS, 'plain');
    await waiting.untilEnded(50);
    first.kill('SIGKILL');
    await first.exited;
    const killedAtMs = performance.now();
    const before = waiting.ended();
    // Ready: the group has let it in, which it does only after the session of the killed one.
    await world.startProcessor();
    expect(waiting.ended()).toBeGreaterThan(before + IN_HAND_MAX);
    const fresh = await startTraffic(world, 19, 20, 'plain');
    await fresh.untilAccepted(20);
    expect(performance.now() - killedAtMs).toBeLessThan(SESSION_MS + Math.max(SLACK_MS, 6 * startMs));
    for (const traffic of [waiting, fresh]) {
      const { summary } = await traffic.check();
      expect(summary).toMatchObject({ lost: 0, doubleRefunds: 0, overRefunded: 0 });
    }
  }, 180_000);

  it('stopped with SIGSTOP past its lease while another goes on, then continued › pays every refund exactly once', async () => {
    const stalled = await world.startProcessor();
    await world.startProcessor();
    await world.sandbox.setLatency(20);
    const traffic = await startTraffic(world, 12, REFUNDS, 'plain');
    await traffic.untilEnded(REFUNDS / 4);
    stalled.kill('SIGSTOP');
    await new Promise((resolve) => setTimeout(resolve, LEASE_MS + 1000));
    stalled.kill('SIGCONT');
    const { summary, differences } = await traffic.check();
    expect(differences).toEqual([]);
    expect(summary).toMatchObject(AGREED);
  }, 180_000);

  it('joined by a second, then left by the first › pays every refund exactly once and stops cleanly', async () => {
    const first = await world.startProcessor();
    await world.sandbox.setLatency(20);
    const traffic = await startTraffic(world, 13, REFUNDS, 'plain');
    await traffic.untilEnded(REFUNDS / 5);
    await world.startProcessor();
    await traffic.untilEnded(REFUNDS / 2);
    expect(await first.stop()).toBe(0);
    const { summary, differences } = await traffic.check();
    expect(differences).toEqual([]);
    expect(summary).toMatchObject(AGREED);
  }, 180_000);
});

describeOnKafka('a processor among 600 refunds', () => {
  it.each(['braintree', 'robokassa'] as const)(
    'of %s, killed with kill -9 in the middle and started again › pays none of them twice',
    async (provider) => {
      const world = await openWorld(provider === 'robokassa' ? PATIENT : {});
      try {
        const first = await world.startProcessor();
        await world.sandbox.setLatency(20);
        const traffic = await startTraffic(world, 15, 600, 'plain', provider);
        await traffic.untilEnded(150);
        first.kill('SIGKILL');
        await first.exited;
        await world.startProcessor();
        const { summary, differences } = await traffic.check();
        expect(differences).toEqual([]);
        expect(summary).toMatchObject({ lost: 0, doubleRefunds: 0, overRefunded: 0 });
        // Without keys those whose bytes may have been under way wait for a person; no more can have been than calls at a time.
        expect(summary.completed + summary.review).toBe(600);
        expect(summary.review).toBeLessThanOrEqual(provider === 'robokassa' ? 64 : 0);
      } finally {
        await world.close();
      }
    },
    180_000,
  );
});

describeOnKafka('two processors side by side', () => {
  it.each(['braintree', 'robokassa'] as const)(
    'agree with %s on every kind of request, faults included',
    async (provider) => {
      const world = await openWorld(provider === 'robokassa' ? PATIENT : {});
      try {
        await Promise.all([world.startProcessor(), world.startProcessor()]);
        const traffic = await startTraffic(world, 16, 300, 'everything', provider);
        for (const fault of traffic.plan.faults) {
          // A lost answer would stop a payment of several refunds until a person comes.
          if (provider === 'braintree' || fault.operation !== 'create')
            await world.sandbox.addFault(provider, fault);
        }
        const { summary, differences } = await traffic.check();
        expect(differences).toEqual([]);
        expect(summary).toMatchObject({ lost: 0, doubleRefunds: 0, overRefunded: 0, review: 0 });
        expect(summary.completed + summary.failed).toBe(traffic.plan.refunds.length);
      } finally {
        await world.close();
      }
    },
    180_000,
  );

  it('agree with the provider on every kind of request, declined, malformed, repeated, lost answers included', async () => {
    const world = await openWorld();
    try {
      await Promise.all([world.startProcessor(), world.startProcessor()]);
      const traffic = await startTraffic(world, 14, 600, 'everything');
      for (const fault of traffic.plan.faults) await world.sandbox.addFault('razorpay', fault);
      const { summary, differences } = await traffic.check();
      expect(differences).toEqual([]);
      expect(summary).toMatchObject({ lost: 0, doubleRefunds: 0, overRefunded: 0 });
      expect(summary.completed + summary.failed).toBe(traffic.plan.refunds.length);
    } finally {
      await world.close();
    }
  }, 180_000);
});
