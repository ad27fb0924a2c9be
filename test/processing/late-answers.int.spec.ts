import type { ProcessingAccount } from '#libs/processing';
import { declined } from '#libs/provider-kit';
import { PaymentStore } from '#libs/store';
import { Session } from '#libs/store/testing';
import { openBenchTop, type BenchTop, type BenchTopOptions } from './bench-top.ts';
import { TroubledStore } from './troubled-store.ts';

let top: BenchTop;
let troubled: TroubledStore;

const open = async (callsMax = 20, own: BenchTopOptions = {}): Promise<void> => {
  top = await openBenchTop({
    verify: 'never',
    callsMax,
    ...own,
    store: (database) => {
      troubled = new TroubledStore(database, { gatherMs: () => 0, onFlush: () => undefined });
      return troubled;
    },
  });
};

const fault = async (mode: string, fields: Readonly<Record<string, unknown>> = {}): Promise<void> => {
  await top.sandbox.addFault('razorpay', {
    operation: 'create',
    mode,
    count: 1,
    probability: 1,
    seed: 1,
    ...fields,
  });
};

const creates = async (): Promise<number> =>
  (await top.sandbox.requests('razorpay', 1000)).filter(
    ({ method, path }) => method === 'POST' && path.endsWith('/refund'),
  ).length;

const sums = async (): Promise<unknown> =>
  (await top.sql.query('select completed::text, reserved::text, doubtful, waiting from refundry.payment'))
    .rows;

/** Ends the connection that reads a refund again, as soon as it waits. */
const untilReaderLost = async (): Promise<void> => {
  for (;;) {
    const { rowCount } = await top.sql.query(
      `select pg_terminate_backend(pid) from pg_stat_activity
       where datname = current_database() and wait_event_type = 'Lock' and query ~ '^\\s*select\\s+p.payment_no'`,
    );
    if (rowCount === 1) return;
  }
};

/** Nobody holds the payment any more. */
const untilLeaseless = async (): Promise<void> => {
  for (;;) {
    const { rows } = await top.sql.query<{ held: number }>(
      'select count(*)::int as held from refundry.payment where lease_token <> 0',
    );
    if (rows[0]?.held === 0) return;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
};

const untilCalled = async (times: number): Promise<void> => {
  while ((await creates()) < times) await new Promise((resolve) => setTimeout(resolve, 5));
};

afterEach(async () => {
  troubled.repair();
  await top.close();
});

describe('an answer about a former call', () => {
  it('that nothing moved, decided again while the next call is on its way › does not release what that call may pay', async () => {
    await open(2);
    troubled.trouble = 'answerLost';
    troubled.wanted = (row) => row.to === 'requested';
    await fault('rate-limit', { retryAfterMs: 1 });
    await fault('delay', { delayMs: 300 });
    await top.request([{ refundId: 'a', paymentId: await top.payment(), amount: '10.00' }]);
    top.executor.start();
    await troubled.begun();
    await untilCalled(2);
    troubled.repair();
    await top.until('a', 'completed', 'review');
    expect(await top.states('a')).toEqual(['requested', 'completed']);
    expect(await sums()).toEqual([{ completed: '10', reserved: '0', doubtful: 0, waiting: 0 }]);
    expect(top.counts.get('contradiction')).toBeUndefined();
    expect(await creates()).toBe(2);
  });

  it('that the provider refused, kept back while the same attempt is sent again and paid › does not fail it', async () => {
    await open();
    const paymentId = await top.payment('100.00', { captured: false });
    troubled.wanted = (row) => row.to === 'failed';
    await top.request([{ refundId: 'a', paymentId, amount: '10.00' }]);
    top.executor.start();
    await troubled.begun();
    await fetch(`${top.sandbox.url}/v1/payments/${paymentId}/capture`, {
      method: 'POST',
      headers: {
        authorization: `Basic ${Buffer.from('rzp_test_sandbox:sandbox_secret').toString('base64')}`,
        'content-type': 'application/json',
      },
      body: '{"amount":10000,"currency":"INR"}',
    });
    await fault('delay', { delayMs: 300 });
    top.processor().start();
    await untilCalled(2);
    troubled.repair();
    await top.until('a', 'completed', 'failed');
    expect(await top.states('a')).toEqual(['requested', 'unknown', 'completed']);
    expect(await top.booked()).toHaveLength(1);
    expect(top.counts.get('contradiction')).toBeUndefined();
  });
});

describe('an answer kept back until another worker has ended the refund', () => {
  const evidence = async (): Promise<unknown> =>
    (await top.sql.query(`select verdict, late from refundry.call where verb = 'create' order by call_no`))
      .rows;

  it.each([
    ['processed', 'completed'],
    ['pending', 'pending'],
  ])('as a look-up showed it %s › adds nothing, and is kept as late', async (status, state) => {
    await open();
    await top.sandbox.setBehaviour('razorpay', { newRefundStatus: status });
    troubled.wanted = (row) => row.to === state;
    await top.request([{ refundId: 'a', paymentId: await top.payment(), amount: '10.00' }]);
    top.executor.start();
    await troubled.begun();
    top.processor().start();
    await top.until('a', state);
    troubled.repair();
    await top.untilReport('a', ({ calls }) => calls.some(({ late }) => late));
    expect(await top.states('a')).toEqual(['requested', 'unknown', state]);
    expect(await evidence()).toEqual([
      { verdict: state === 'pending' ? 'pending' : 'succeeded', late: true },
    ]);
    expect(top.counts.get('contradiction')).toBeUndefined();
    expect(await creates()).toBe(1);
  });

  it('as completed, which the worker that took it over has not heard of yet › leaves it to be read again later', async () => {
    const rereading = (configured: ProcessingAccount): ProcessingAccount => ({
      ...configured,
      policy: { ...configured.policy, rereadFirstMs: 600_000, rereadForMs: 6_000_000 },
    });
    const taken = Promise.withResolvers<void>();
    const told = Promise.withResolvers<void>();
    let claims = 0;
    await open(20, {
      account: rereading,
      step: async (name) => {
        if (name === 'executor.claimed') claims += 1;
        if (name !== 'executor.claimed' || claims < 2) return;
        taken.resolve();
        await told.promise;
      },
    });
    troubled.wanted = (row) => row.to === 'completed';
    await top.request([{ refundId: 'a', paymentId: await top.payment(), amount: '10.00' }]);
    top.executor.start();
    await troubled.begun();
    await taken.promise;
    troubled.repair();
    await top.until('a', 'completed');
    told.resolve();
    await untilLeaseless();
    expect(await top.states('a')).toEqual(['requested', 'completed']);
    expect((await top.reports.refund('a'))?.lookUp).not.toBeNull();
  });

  it('as failed, on a wrong word of the provider › is kept as money that moved all the same, and stops the payment until a person has looked', async () => {
    await open(20, { account: declining });
    const paymentId = await top.payment('100.00');
    troubled.wanted = (row) => row.to === 'completed';
    await top.request([{ refundId: 'a', paymentId, amount: '60.00' }]);
    top.executor.start();
    await troubled.begun();
    top.processor({ account: declining }).start();
    await top.until('a', 'failed');
    troubled.repair();
    // People are told after the call is kept.
    await top.untilReport(
      'a',
      ({ calls }) => calls.some(({ late }) => late) && top.counts.has('contradiction'),
    );
    expect(top.counts.get('contradiction')).toBe(1);
    expect(await top.states('a')).toEqual(['requested', 'unknown', 'failed']);
    const [booked] = await top.sandbox.refunds('razorpay');
    const { external, refund } = await top.untilReport('a', ({ external: kept }) => kept.length > 0);
    expect(external).toMatchObject([
      {
        providerRefundId: booked?.id,
        relatedRefundId: 'a',
        amount: '60',
        shown: 'succeeded',
        released: null,
      },
    ]);
    expect(refund).toMatchObject({ external: '60', reserved: '0', completed: '0' });
    expect(top.log.filter((text) => text.includes('money moved') && text.includes(booked?.id ?? ''))).toEqual(
      [expect.stringContaining('"refundId":"a"')],
    );
    await top.request([{ refundId: 'b', paymentId, expectedRemaining: '40.00' }]);
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect((await top.reports.refund('b'))?.refund).toMatchObject({ state: 'requested', attemptNo: 0 });
    const release = async (id: string): Promise<string> =>
      await new PaymentStore(top.database).release({ provider: 'razorpay', name: 'default' }, id, {
        by: 'ann',
        reason: 'the bank paid it',
      });
    expect([await release('pay_other'), await release(paymentId), await release(paymentId)]).toEqual([
      'unknown',
      'released',
      'running',
    ]);
    await top.until('b', 'completed');
    expect((await top.sandbox.payment('razorpay', paymentId)).refunded).toBe('100.00');
  });
});

/** Its look-ups say that the refund was refused, whatever the provider shows. */
const declining = (configured: ProcessingAccount): ProcessingAccount => {
  const { reader } = configured.module;
  const outcome = declined('REFUSED', 'wrong', { actBy: 'merchant', mayRequestAgain: true });
  const lookUp: typeof reader.lookUp = async (...asked) => ({
    ...(await reader.lookUp(...asked)),
    result: { kind: 'found', outcome },
  });
  return { ...configured, module: { ...configured.module, reader: { ...reader, lookUp } } };
};

describe('an answer that cannot be written', () => {
  const answers = async (): Promise<unknown> =>
    (await top.sql.query(`select verdict, late from refundry.call where verb = 'create' order by call_no`))
      .rows;

  it('because the database refuses its row › is kept as evidence all the same', async () => {
    await open();
    await top.sql.query(
      `alter table refundry.journal add constraint no_end check (result is null or result_type <> 'RefundCompleted')`,
    );
    await top.request([{ refundId: 'a', paymentId: await top.payment(), amount: '10.00' }]);
    top.executor.start();
    await top.untilReport('a', ({ calls }) => calls.length > 0);
    expect(await answers()).toEqual([{ verdict: 'succeeded', late: false }]);
    await top.sql.query('alter table refundry.journal drop constraint no_end');
    await top.until('a', 'completed');
    expect(await creates()).toBe(1);
  });

  it('because the payment moved, while the connection that reads it again is lost › is decided on the next one, without a look-up', async () => {
    await open();
    troubled.wanted = (row) => row.to === 'completed';
    await top.request([{ refundId: 'a', paymentId: await top.payment(), amount: '10.00' }]);
    top.executor.start();
    await troubled.begun();
    await top.sql.query('update refundry.payment set version = version + 1');
    const other = new Session({ connectionString: top.database.url });
    await other.start();
    await other.query('begin; lock table refundry.refund_id in access exclusive mode');
    troubled.repair();
    await untilReaderLost();
    await other.end();
    await top.until('a', 'completed');
    expect(await top.states('a')).toEqual(['requested', 'completed']);
  });
});
