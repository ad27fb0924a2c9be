import { openBenchTop, type BenchTop, type BenchTopOptions } from './bench-top.ts';

let top: BenchTop;

const open = async (options: BenchTopOptions = {}): Promise<void> => {
  top = await openBenchTop({ verify: 'never', ...options });
  top.executor.start();
};

const fault = async (
  mode: string,
  fields: Readonly<Record<string, unknown>> = {},
  operation = 'create',
): Promise<void> => {
  await top.sandbox.addFault('razorpay', {
    operation: operation as 'create',
    mode,
    probability: 1,
    seed: 1,
    ...fields,
  });
};

const attempts = async (): Promise<{ no: number; key: string; content: string; amount: string }[]> =>
  (
    await top.sql.query<{ no: number; key: string; content: string; amount: string }>(
      'select attempt_no as no, key, content, amount::text from refundry.attempt order by ordinal, attempt_no',
    )
  ).rows;

const payment = async (): Promise<unknown> =>
  (await top.sql.query('select completed::text, reserved::text, doubtful, waiting from refundry.payment'))
    .rows;

const creates = async (): Promise<number> =>
  (await top.sandbox.requests('razorpay', 1000)).filter(
    ({ method, path }) => method === 'POST' && path.endsWith('/refund'),
  ).length;

const refund = async (amount = '10.00', refundId = 'a'): Promise<string> => {
  const paymentId = await top.payment('100.00');
  await top.request([{ refundId, paymentId, amount }]);
  return paymentId;
};

afterEach(async () => {
  await top.close();
});

describe('a call that surely moved nothing', () => {
  it('is made again as the same attempt, with the same key and bytes', async () => {
    await open();
    await fault('rate-limit', { count: 2, retryAfterMs: 1 });
    await refund();
    const report = await top.until('a', 'completed');
    expect(await attempts()).toHaveLength(1);
    expect(report.refund.calls).toBe(3);
    expect(await creates()).toBe(3);
    expect(await top.states('a')).toEqual(['requested', 'completed']);
  });

  it('because of an option › is followed by a new attempt without it, with another key and the same amount', async () => {
    await open();
    await fault('status', {
      count: 1,
      status: 400,
      description: 'Instant refund not supported for the payment',
    });
    const paymentId = await top.payment('100.00');
    await top.request([{ refundId: 'a', paymentId, providerOptions: { speed: 'optimum' } }]);
    await top.until('a', 'completed');
    const [first, second] = await attempts();
    expect([first?.no, second?.no]).toEqual([1, 2]);
    expect(second?.key).not.toBe(first?.key);
    expect(second?.amount).toBe(first?.amount);
    expect(JSON.parse(second?.content ?? '{}')).toMatchObject({ speed: 'normal', amount: 10_000 });
    expect(await top.booked()).toHaveLength(1);
  });

  it('every time › goes to a person, reserves nothing, and leaves its lane to the next', async () => {
    await open({ callsMax: 2 });
    await fault('status', {
      count: 2,
      status: 400,
      description: 'Request failed because another payment operation is in progress',
    });
    const paymentId = await refund('60.00');
    const { refund: stored } = await top.until('a', 'review');
    expect(stored).toMatchObject({ reviewReason: 'RETRIES_EXHAUSTED', held: '0', calls: 2 });
    expect(await top.states('a')).toEqual(['requested', 'review']);
    expect(await payment()).toEqual([{ completed: '0', reserved: '0', doubtful: 1, waiting: 0 }]);
    await top.request([{ refundId: 'b', paymentId, amount: '100.00' }]);
    await top.until('b', 'completed');
  });

  it('because its account makes too many calls › never uses up the calls of a refund', async () => {
    await open({ callsMax: 2 });
    await fault('rate-limit', { count: 6, retryAfterMs: 1 });
    await refund();
    const { refund: stored } = await top.until('a', 'completed');
    expect(stored).toMatchObject({ calls: 7, uncounted: 6 });
  });

  it('for longer than a refund may wait › goes to a person', async () => {
    await open({ waitingMaxMs: 1000 });
    await fault('rate-limit', { retryAfterMs: 1 });
    await refund();
    expect((await top.until('a', 'review')).refund.reviewReason).toBe('WAITED_TOO_LONG');
    expect(await top.booked()).toEqual([]);
  });
});

describe('a payment that cannot be read', () => {
  it('for a while › keeps the refund waiting, and nothing is sent before', async () => {
    await open({ verify: 'always' });
    await fault('html-502', { count: 3 }, 'payment');
    await refund();
    await top.until('a', 'completed');
    expect(await creates()).toBe(1);
  });

  it('for longer than a refund may wait › sends it to a person without an attempt', async () => {
    await open({ verify: 'always', waitingMaxMs: 1000 });
    await fault('html-502', {}, 'payment');
    await refund();
    const { refund: stored } = await top.until('a', 'review');
    expect(stored).toMatchObject({ reviewReason: 'WAITED_TOO_LONG', attemptNo: 0, held: '0' });
    expect(await creates()).toBe(0);
  });
});

describe('a pending refund', () => {
  beforeEach(async () => {
    await open();
    await top.sandbox.setBehaviour('razorpay', { newRefundStatus: 'pending' });
  });

  it('completes when a look-up shows it processed, and leaves its lane to others meanwhile', async () => {
    const paymentId = await refund('60.00');
    const { refund: stored } = await top.until('a', 'pending');
    await top.request([{ refundId: 'b', paymentId, amount: '40.00' }]);
    await top.until('b', 'pending');
    await top.sandbox.changeRefund('razorpay', stored.providerRefundId ?? '', 'settle');
    await top.until('a', 'completed');
    expect(await top.states('a')).toEqual(['requested', 'pending', 'completed']);
    expect(await payment()).toEqual([{ completed: '60', reserved: '40', doubtful: 0, waiting: 0 }]);
  });

  it('fails when a look-up shows it failed, and its money can be asked for again', async () => {
    const paymentId = await refund('60.00');
    const { refund: stored } = await top.until('a', 'pending');
    await top.sandbox.changeRefund('razorpay', stored.providerRefundId ?? '', 'fail');
    const failed = await top.until('a', 'failed');
    expect(failed.journal.at(-1)?.result).toContain('REFUND_FAILED');
    await top.sandbox.setBehaviour('razorpay', { newRefundStatus: 'processed' });
    await top.request([{ refundId: 'b', paymentId, amount: '100.00' }]);
    await top.until('b', 'completed');
    expect(await payment()).toEqual([{ completed: '100', reserved: '0', doubtful: 0, waiting: 0 }]);
  });
});

describe('an unknown refund', () => {
  it('gives its lane free after the visibility delay, keeps its amount, and ends when it can be looked up', async () => {
    // Looked up rarely: after five failures in a row the provider would be left alone, before the delay is over or after it.
    const policy = { firstLookUpMs: 600, pollFirstMs: 600, pollMaxMs: 600 };
    await open({
      verify: 'first',
      account: (configured) => ({ ...configured, policy: { ...configured.policy, ...policy } }),
    });
    await fault('html-502', {}, 'lookup');
    await fault('drop-after-process', { count: 1 });
    const paymentId = await refund('60.00');
    await top.until('a', 'unknown');
    await top.request([
      { refundId: 'b', paymentId, amount: '40.00' },
      { refundId: 'c', paymentId, amount: '10.00' },
    ]);
    await top.until('b', 'completed');
    expect(await payment()).toEqual([{ completed: '40', reserved: '60', doubtful: 1, waiting: 1 }]);
    await top.sandbox.clearFaults();
    await top.until('a', 'completed');
    await top.until('c', 'completed', 'failed');
    expect((await top.sandbox.payment('razorpay', paymentId)).refunded).toBe('100.00');
  });

  it('is sent again beside others of its payment, each once', async () => {
    await open();
    const paymentId = await top.payment('100.00');
    await fault('drop-before-process', { count: 3 });
    const ids = ['a', 'b', 'c', 'd', 'e'];
    await top.request(ids.map((refundId) => ({ refundId, paymentId, amount: '20.00' })));
    for (const id of ids) await top.until(id, 'completed');
    expect(await top.booked()).toHaveLength(5);
    expect(await payment()).toEqual([{ completed: '100', reserved: '0', doubtful: 0, waiting: 0 }]);
  });

  it('whose key has run out › is not sent again but left to a person', async () => {
    await open();
    await fault('html-502', {}, 'lookup');
    await fault('drop-before-process', { count: 1 });
    await refund();
    await top.until('a', 'unknown');
    await top.sql.query(`update refundry.attempt set same_key_until = now() - interval '1 minute'`);
    await top.sandbox.clearFaults();
    const { refund: stored } = await top.until('a', 'review');
    expect(stored).toMatchObject({ reviewReason: 'KEY_EXPIRED', held: '10' });
    expect(await creates()).toBe(1);
  });

  it('whose key runs out while its resend waits behind a stopped account › is not sent again', async () => {
    await open();
    await fault('html-502', {}, 'lookup');
    await fault('drop-before-process', { count: 1 });
    await refund();
    await top.until('a', 'unknown');
    await top.accounts.stop('razorpay', 'default', { by: 'ann', reason: 'audit', untilMs: null });
    await top.sandbox.clearFaults();
    await top.untilReport('a', ({ refund: { resend } }) => resend);
    await top.sql.query(`update refundry.attempt set same_key_until = now() - interval '1 minute'`);
    await top.accounts.resume('razorpay', 'default');
    expect((await top.until('a', 'review')).refund.reviewReason).toBe('KEY_EXPIRED');
    expect(await creates()).toBe(1);
  });
});

describe('a processor that is stopped', () => {
  const ids = Array.from({ length: 60 }, (_, n) => `r${String(n)}`);

  it('sends nothing more, leaves nothing half done, and another one does the rest, each once', async () => {
    await open();
    await top.sandbox.setLatency(150);
    const requests = [];
    for (const refundId of ids)
      requests.push({ refundId, paymentId: await top.payment('100.00'), amount: '10.00' });
    await top.request(requests);
    await top.untilReport('r0', ({ refund: { calls } }) => calls > 0);
    await top.executor.stop();
    const sent = await creates();
    const { rows } = await top.sql.query<{ state: string; held: string; calls: number }>(
      `select state, sum(held)::text as held, sum(calls)::int as calls from refundry.refund group by state order by state`,
    );
    expect(sent).toBeLessThan(ids.length);
    expect(rows.map(({ state }) => state)).toEqual(['completed', 'requested']);
    expect(rows.map(({ held }) => held)).toEqual(['0', '0']);
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(await creates()).toBe(sent);
    top.processor().start();
    for (const id of ids) await top.until(id, 'completed');
    expect(await top.booked()).toHaveLength(ids.length);
    expect(await creates()).toBe(ids.length);
  });
});

describe('an account that is not configured any more', () => {
  it('keeps its refunds as they are, and goes on with them when it comes back', async () => {
    await open();
    await top.executor.stop();
    const gone = top.processor({ account: (configured) => ({ ...configured, accountNo: 99 }) });
    gone.start();
    await refund();
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect((await top.reports.refund('a'))?.refund).toMatchObject({ state: 'requested', calls: 0 });
    top.processor().start();
    await top.until('a', 'completed');
  });
});
