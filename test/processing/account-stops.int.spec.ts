import type { ProcessingAccount } from '#libs/processing';
import { createHttpEdge } from '#libs/provider-kit';
import { createRazorpay } from '#libs/provider-razorpay/submit';
import type { RefundReport } from '#libs/store';
import { openBenchTop, type BenchTop, type BenchTopOptions } from './bench-top.ts';

let top: BenchTop;

const open = async (options: BenchTopOptions = {}): Promise<void> => {
  top = await openBenchTop({ verify: 'never', ...options });
};

const fault = async (operation: string, fields: Readonly<Record<string, unknown>> = {}): Promise<void> => {
  const words = { status: 401, description: 'Authentication failed', ...fields };
  await top.sandbox.addFault('razorpay', {
    operation: operation as 'create',
    mode: 'status',
    probability: 1,
    seed: 1,
    ...words,
  });
};

const refund = async (refundId: string, amount = '10.00'): Promise<void> => {
  await top.request([{ refundId, paymentId: await top.payment('100.00'), amount }]);
};

const standing = async (): Promise<{ kind: string | null; turns: number; doubted: string | null }> =>
  (
    await top.sql.query<{ kind: string | null; turns: number; doubted: string | null }>(
      'select stop_kind as kind, stop_turns as turns, doubted_by as doubted from refundry.account where account_no > 0',
    )
  ).rows[0] ?? { kind: null, turns: -1, doubted: null };

const untilStanding = async (
  wanted: (now: Awaited<ReturnType<typeof standing>>) => boolean,
): Promise<void> => {
  const deadlineMs = performance.now() + 10_000;
  while (!wanted(await standing())) {
    if (performance.now() > deadlineMs) throw new Error(JSON.stringify(await standing()));
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
};

const stopped = async (kind: string): Promise<void> => {
  await untilStanding((now) => now.kind === kind);
};

const requests = async (wanted: (method: string, path: string) => boolean): Promise<number> =>
  (await top.sandbox.requests('razorpay', 1000)).filter(({ method, path }) => wanted(method, path)).length;
const creates = async (): Promise<number> =>
  await requests((method, path) => method === 'POST' && path.endsWith('/refund'));
const probes = async (): Promise<number> => await requests((_method, path) => path.includes('/v1/refunds?'));

const told = (text: string): number => top.log.filter((line) => line.includes(text)).length;

const calm = async (ms = 300): Promise<void> => {
  await new Promise((resolve) => setTimeout(resolve, ms));
};

const show = async (refundId: string): Promise<RefundReport> => {
  const report = await top.reports.refund(refundId);
  if (report === null) throw new Error(`${refundId} is absent`);
  return report;
};

afterEach(async () => {
  await top.close();
});

describe('an account whose credentials are refused', () => {
  it('stops when a harmless read is refused too, and goes on by itself when they are taken again', async () => {
    await open({ callsMax: 1 });
    await fault('*');
    await refund('a');
    await refund('b');
    top.executor.start();
    await stopped('credentials');
    const { refund: stored, accountStopped } = await top.untilReport(
      'a',
      ({ refund: { waitingFor } }) => waitingFor === 'account',
    );
    expect(stored).toMatchObject({ state: 'requested', held: '0', reviewReason: null });
    expect(accountStopped).toMatchObject({ by: 'itself', byItself: true });
    expect(await top.accounts.list()).toMatchObject([{ stopped: true, byItself: true }]);
    expect((await top.reports.queues()).accounts).toMatchObject([{ stopped: true }]);
    expect(told('error an account has stopped')).toBe(1);
    await untilStanding(({ turns }) => turns > 3);
    const sent = await creates();
    await top.sandbox.clearFaults();
    await top.until('a', 'completed');
    await top.until('b', 'completed');
    expect(sent).toBeLessThanOrEqual(2);
    expect(told('goes on')).toBe(1);
    expect(await standing()).toEqual({ kind: null, turns: 0, doubted: null });
    expect(await top.booked()).toHaveLength(2);
  });

  it('stops on the reading of a payment just the same, before anything is sent', async () => {
    await open({ verify: 'always' });
    await fault('*');
    await refund('a');
    top.executor.start();
    await stopped('credentials');
    await top.untilReport('a', ({ refund: { waitingFor } }) => waitingFor === 'account');
    expect(await creates()).toBe(0);
    await top.sandbox.clearFaults();
    await top.until('a', 'completed');
  });

  it('is not asked for its refunds while it is stopped', async () => {
    await open();
    await top.sandbox.setBehaviour('razorpay', { newRefundStatus: 'pending' });
    await refund('a');
    top.executor.start();
    const { refund: stored } = await top.until('a', 'pending');
    await fault('*');
    await stopped('credentials');
    const lookUps = async (): Promise<number> =>
      await requests((_method, path) => path.endsWith(`/refunds/${stored.providerRefundId ?? ''}`));
    await calm(100);
    const before = await lookUps();
    await untilStanding(({ turns }) => turns > 3);
    expect(await lookUps()).toBe(before);
    expect((await show('a')).refund.state).toBe('pending');
    await top.sandbox.changeRefund('razorpay', stored.providerRefundId ?? '', 'settle');
    await top.sandbox.clearFaults();
    await top.until('a', 'completed');
  });

  it('is tried by one process at a time', async () => {
    await open();
    await fault('*');
    await refund('a');
    top.executor.start();
    for (let n = 0; n < 2; n += 1) top.processor().start();
    await stopped('credentials');
    await untilStanding(({ turns }) => turns > 5);
    const asked = await probes();
    const { turns } = await standing();
    // Each process may have confirmed one refusal before it knew of the stop.
    expect(asked).toBeLessThanOrEqual(turns + 3);
    expect(asked).toBeGreaterThanOrEqual(turns - 1);
  });

  it('goes on when a processor with the right key is started', async () => {
    await open({
      account: (configured): ProcessingAccount => {
        const razorpay = createRazorpay({ edge: createHttpEdge({}), callTimeoutMs: 10_000 });
        const { baseUrl } = configured.account;
        const settings = { keyId: 'rzp_test_sandbox', keySecret: 'an_old_secret', baseUrl };
        return {
          ...configured,
          account: razorpay.readAccount({ name: 'default', merchant: 'default', settings }),
        };
      },
    });
    await refund('a');
    top.executor.start();
    await stopped('credentials');
    await top.executor.stop();
    top.processor().start();
    await top.until('a', 'completed');
    expect((await show('a')).accountStopped).toBeNull();
  });
});

describe('a refund for which the credentials are refused while a harmless read is taken', () => {
  it.each([401, 403])('with %i › goes to a person alone, and the account runs', async (status) => {
    await open();
    await fault('create', { status });
    await refund('a');
    top.executor.start();
    const { refund: stored, calls } = await top.until('a', 'review');
    expect(stored).toMatchObject({ reviewReason: 'CREDENTIALS_REFUSED_ALONE', held: '0' });
    expect(calls.map(({ verb, verdict }) => `${verb} ${verdict}`)).toContain('probe accepted');
    expect(await top.states('a')).toEqual(['requested', 'review']);
    await top.sandbox.clearFaults();
    await refund('b');
    await top.until('b', 'completed');
    expect((await standing()).kind).toBeNull();
  });

  it('when its payment is read › goes to a person without an attempt', async () => {
    await open({ verify: 'always' });
    await fault('payment', { count: 1 });
    await refund('a');
    top.executor.start();
    const { refund: stored } = await top.until('a', 'review');
    expect(stored).toMatchObject({ reviewReason: 'CREDENTIALS_REFUSED_ALONE', attemptNo: 0 });
    expect(await creates()).toBe(0);
  });

  it('when it is looked up › goes to a person, and ends when it can be looked up again', async () => {
    await open();
    await top.sandbox.setBehaviour('razorpay', { newRefundStatus: 'pending' });
    await refund('a');
    await fault('lookup', { count: 1 });
    top.executor.start();
    const { refund: stored } = await top.until('a', 'review');
    expect(stored).toMatchObject({ reviewReason: 'CREDENTIALS_REFUSED_ALONE', held: '10' });
    await top.sandbox.changeRefund('razorpay', stored.providerRefundId ?? '', 'settle');
    await top.until('a', 'completed');
    expect((await standing()).kind).toBeNull();
  });

  it('that cannot be confirmed › waits and is tried again', async () => {
    await open();
    await fault('create', { count: 2 });
    await top.sandbox.addFault('razorpay', {
      operation: 'lookup',
      mode: 'html-502',
      count: 2,
      probability: 1,
      seed: 1,
    });
    await refund('a');
    top.executor.start();
    const { refund: stored } = await top.until('a', 'completed', 'review');
    expect(stored).toMatchObject({ state: 'completed', calls: 3, uncounted: 2 });
    expect(told('has stopped')).toBe(0);
  });
});

describe('a balance that is too low', () => {
  const fill = async (balance: string | null): Promise<void> => {
    await top.sandbox.setBehaviour('razorpay', { balance });
  };

  it('for one refund › lets it wait without using up its calls, and the others go on', async () => {
    await open({ callsMax: 2 });
    await fill('50.00');
    await refund('big', '60.00');
    top.executor.start();
    await top.untilReport('big', ({ refund: { calls } }) => calls > 4);
    await refund('small');
    await top.until('small', 'completed');
    expect((await show('big')).refund).toMatchObject({
      state: 'requested',
      waitingFor: 'balance',
      held: '0',
    });
    expect(told('has stopped')).toBe(0);
    await fill('60.00');
    await top.until('big', 'completed');
  });

  it('for two refunds › stops the account; one at a time is let through to try it, until one goes through', async () => {
    await open({ callsMax: 3 });
    await fill('0.00');
    await refund('a', '60.00');
    await refund('b', '60.00');
    top.executor.start();
    await stopped('balance');
    const ids = Array.from({ length: 12 }, (_, n) => `w${String(n)}`);
    for (const id of ids) await refund(id);
    expect(told('error an account has stopped')).toBe(1);
    const before = { calls: await creates(), ...(await standing()) };
    await untilStanding(({ turns }) => turns >= before.turns + 4);
    const tried = (await creates()) - before.calls;
    expect(tried).toBeLessThanOrEqual((await standing()).turns - before.turns + 1);
    expect(tried).toBeGreaterThan(0);
    await fill('1000.00');
    for (const id of ['a', 'b', ...ids]) await top.until(id, 'completed');
    expect((await standing()).kind).toBeNull();
    expect(told('goes on')).toBe(1);
    expect(await top.booked()).toHaveLength(14);
  });

  it('does not keep what was sent before from being looked up', async () => {
    await open();
    await top.sandbox.setBehaviour('razorpay', { newRefundStatus: 'pending' });
    await refund('sent');
    top.executor.start();
    const { refund: stored } = await top.until('sent', 'pending');
    await fill('0.00');
    await refund('a');
    await refund('b');
    await stopped('balance');
    await top.sandbox.changeRefund('razorpay', stored.providerRefundId ?? '', 'settle');
    await top.until('sent', 'completed');
    expect((await standing()).kind).toBe('balance');
  });
});

describe('an account that a person stopped', () => {
  it('never goes on by itself, and is not stopped a second time by what was on its way', async () => {
    await open();
    await fault('*');
    await refund('a');
    top.executor.start();
    await stopped('credentials');
    await top.accounts.stop('razorpay', 'default', { by: 'ann', reason: 'audit', untilMs: null });
    await top.sandbox.clearFaults();
    await calm(600);
    expect(await top.accounts.list()).toMatchObject([{ stopped: true, byItself: false, by: 'ann' }]);
    expect((await show('a')).refund.state).toBe('requested');
    await top.accounts.resume('razorpay', 'default');
    await top.until('a', 'completed');
  });
});
