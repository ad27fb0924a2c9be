import { openBenchTop, type BenchTop, type BenchTopOptions } from './bench-top.ts';

let top: BenchTop;

const open = async (options: BenchTopOptions = {}): Promise<void> => {
  top = await openBenchTop(options);
  top.executor.start();
};

const fault = async (
  operation: 'create' | 'lookup' | 'payment',
  mode: string,
  fields: Readonly<Record<string, unknown>> = {},
): Promise<void> => {
  await top.sandbox.addFault('razorpay', { operation, mode, count: 1, probability: 1, seed: 1, ...fields });
};

/** Calls that create refunds, as the sandbox saw them. */
const creates = async (): Promise<number> =>
  (await top.sandbox.requests('razorpay', 1000)).filter(
    ({ method, path }) => method === 'POST' && path.endsWith('/refund'),
  ).length;

afterEach(async () => {
  await top.close();
});

describe('when the answer is lost', () => {
  beforeEach(async () => {
    await open();
  });

  it('after the provider has paid › leaves the refund unknown, finds it by our reference and completes it, paid once', async () => {
    const paymentId = await top.payment();
    await fault('create', 'drop-after-process');
    await top.request([{ refundId: 'a', paymentId, amount: '10.00' }]);
    const report = await top.until('a', 'completed');
    expect(await top.states('a')).toEqual(['requested', 'unknown', 'completed']);
    expect(report.calls.map(({ verdict }) => verdict)).toContain('found succeeded');
    expect(await top.booked()).toHaveLength(1);
    expect(await creates()).toBe(1);
  });

  it('before the provider has paid › sends the same attempt again, and nothing else', async () => {
    const paymentId = await top.payment();
    await fault('create', 'drop-before-process');
    await top.request([{ refundId: 'a', paymentId, amount: '10.00' }]);
    const report = await top.until('a', 'completed');
    expect(report.refund.attemptNo).toBe(1);
    expect(await top.states('a')).toEqual(['requested', 'unknown', 'completed']);
    expect(await top.booked()).toHaveLength(1);
    expect(await creates()).toBe(2);
  });

  it.each(['html-502', 'malformed', 'redirect', 'wrong-echo'])(
    'because of %s › is never taken for an end, and ends once',
    async (mode) => {
      const paymentId = await top.payment();
      await fault('create', mode);
      await top.request([{ refundId: 'a', paymentId, amount: '10.00' }]);
      await top.until('a', 'completed');
      expect(await top.states('a')).toEqual(['requested', 'unknown', 'completed']);
      expect(await top.booked()).toHaveLength(1);
    },
  );

  it('because the provider is slower than the deadline › pays once', async () => {
    await top.close();
    await open({ callTimeoutMs: 400 });
    const paymentId = await top.payment();
    await fault('create', 'delay', { delayMs: 900 });
    await top.request([{ refundId: 'a', paymentId, amount: '10.00' }]);
    await top.until('a', 'completed');
    expect(await top.booked()).toHaveLength(1);
  });

  it('keeps the amount reserved: a second refund that does not fit beside it waits, and is rejected only when it is decided', async () => {
    const paymentId = await top.payment('100.00');
    await top.sandbox.addFault('razorpay', {
      operation: 'lookup',
      mode: 'status',
      status: 500,
      probability: 1,
      seed: 1,
    });
    await fault('create', 'drop-after-process');
    await top.request([{ refundId: 'a', paymentId, amount: '80.00' }]);
    await top.until('a', 'unknown');
    await top.request([{ refundId: 'b', paymentId, amount: '30.00' }]);
    await new Promise((resolve) => setTimeout(resolve, 1200));
    expect((await top.reports.refund('b'))?.refund.state).toBe('requested');
    await top.sandbox.clearFaults();
    await top.until('a', 'completed');
    const second = await top.until('b', 'failed');
    expect(second.journal.at(-1)?.result).toContain('EXCEEDS_REMAINING');
  });
});

describe('a worker lost between arming and the outcome', () => {
  it('leaves a refund that is looked up, sent again under the same key and paid once', async () => {
    top = await openBenchTop({ verify: 'never' });
    const paymentId = await top.payment();
    await top.request([{ refundId: 'a', paymentId, amount: '10.00' }]);
    const accountNo = (await top.reports.refund('a'))?.refund.accountNo ?? 0;
    const [claimed] = await top.store.claim([{ accountNo, count: 1 }], 300);
    if (claimed === undefined) throw new Error('nothing claimed');
    await top.store.arm({
      paymentNo: claimed.paymentNo,
      ordinal: claimed.ordinal,
      token: claimed.token,
      attemptNo: 1,
      fresh: true,
      resend: false,
      sum: '10.00',
      paymentHandle: null,
      expected: null,
      captured: null,
      refundedTotal: null,
      currency: 'INR',
      version: claimed.version,
      action: 'refund',
      key: 'key-of-a-lost-worker',
      reference: 'reference-of-a-lost-worker',
      content: '{"amount":1000,"receipt":"reference-of-a-lost-worker"}',
      sameKeyForMs: 86_400_000,
    });
    top.executor.start();
    const report = await top.until('a', 'completed');
    expect(await top.states('a')).toEqual(['requested', 'unknown', 'completed']);
    expect(report.refund.attempt?.key).toBe('key-of-a-lost-worker');
    expect(await top.booked()).toHaveLength(1);
  });
});

describe('amounts', () => {
  beforeEach(async () => {
    await open();
  });

  it('omitted › is everything that is left, once; the next one finds nothing', async () => {
    const paymentId = await top.payment('100.00');
    await top.request([
      { refundId: 'a', paymentId, amount: '30.00' },
      { refundId: 'b', paymentId },
      { refundId: 'c', paymentId },
    ]);
    const all = await top.until('b', 'completed');
    expect(all.refund.amount).toBe('70');
    const none = await top.until('c', 'failed');
    expect(none.journal.at(-1)?.result).toMatch(/NOTHING_LEFT|ALREADY_REFUNDED/);
    expect((await top.sandbox.payment('razorpay', paymentId)).refunded).toBe('100.00');
  });

  it('of many refunds at once › never sum up to more than was captured', async () => {
    const paymentId = await top.payment('100.00');
    await top.request(
      Array.from({ length: 12 }, (_, n) => ({ refundId: `r${String(n)}`, paymentId, amount: '15.00' })),
    );
    for (let n = 0; n < 12; n += 1) await top.until(`r${String(n)}`, 'completed', 'failed');
    expect((await top.sandbox.payment('razorpay', paymentId)).refunded).toBe('90.00');
    const { rows } = await top.sql.query(
      'select completed::text, reserved::text, waiting, doubtful from refundry.payment',
    );
    expect(rows).toEqual([{ completed: '90', reserved: '0', waiting: 0, doubtful: 0 }]);
  });

  it('beside refunds made elsewhere › counts them as gone', async () => {
    const paymentId = await top.payment('100.00');
    await fetch(`${top.sandbox.url}/v1/payments/${paymentId}/refund`, {
      method: 'POST',
      headers: {
        authorization: `Basic ${Buffer.from('rzp_test_sandbox:sandbox_secret').toString('base64')}`,
        'content-type': 'application/json',
      },
      body: '{"amount":6000}',
    });
    await top.request([
      { refundId: 'a', paymentId, amount: '50.00' },
      { refundId: 'b', paymentId, expectedRemaining: '40.00' },
    ]);
    expect((await top.until('a', 'failed')).journal.at(-1)?.result).toContain('EXCEEDS_REMAINING');
    expect((await top.until('b', 'completed')).refund.amount).toBe('40');
  });

  it('expected to be another › is rejected and nothing is sent', async () => {
    const paymentId = await top.payment('100.00');
    await top.request([{ refundId: 'a', paymentId, amount: '10.00', expectedRemaining: '90.00' }]);
    expect((await top.until('a', 'failed')).journal.at(-1)?.result).toContain('EXPECTED_REMAINING_MISMATCH');
    expect(await creates()).toBe(0);
  });
});

describe('a refund that cannot be', () => {
  it('because the credentials are refused for it alone › asks a person, and is never failed', async () => {
    await open({ verify: 'never' });
    await top.sandbox.addFault('razorpay', {
      operation: 'create',
      mode: 'status',
      status: 401,
      probability: 1,
      seed: 1,
    });
    await top.request([{ refundId: 'a', paymentId: await top.payment(), amount: '10.00' }]);
    const report = await top.until('a', 'review');
    expect(report.refund.reviewReason).toBe('CREDENTIALS_REFUSED_ALONE');
    expect(await top.booked()).toHaveLength(0);
  });
});

describe('a request taken in late', () => {
  it('is looked up by our reference before anything is sent', async () => {
    await open({ verify: 'never' });
    const paymentId = await top.payment();
    await top.request([{ refundId: 'a', paymentId, amount: '10.00' }], Date.now() - 2 * 86_400_000);
    await top.until('a', 'completed');
    const requests = (await top.sandbox.requests('razorpay', 100)).toSorted((a, b) =>
      String(a['at']).localeCompare(String(b['at'])),
    );
    const kinds = requests.map(
      ({ method, path }) => `${method} ${path.split('/').at(-1)?.split('?')[0] ?? ''}`,
    );
    expect(kinds.indexOf('GET refunds')).toBeGreaterThanOrEqual(0);
    expect(kinds.indexOf('GET refunds')).toBeLessThan(kinds.indexOf('POST refund'));
    expect(await top.booked()).toHaveLength(1);
  });
});

describe('a provider that is away', () => {
  it('costs nothing but time: the refund waits, is sent when it is back, and is paid once', async () => {
    await open({ verify: 'never', baseUrl: 'http://127.0.0.1:9' });
    await top.request([{ refundId: 'a', paymentId: 'pay_00000000000000', amount: '10.00' }]);
    const report = await top.untilReport(
      'a',
      ({ calls, refund }) => calls.length >= 2 && refund.state === 'requested',
    );
    expect(report.refund).toMatchObject({ waitingFor: 'retry', held: '0' });
    expect(new Set(report.calls.map(({ verdict }) => verdict))).toEqual(new Set(['notApplied notSent']));
    expect(await top.states('a')).toEqual(['requested']);
  });
});

describe('a stopped account', () => {
  it('sends nothing until it is resumed', async () => {
    await open({ verify: 'never' });
    await top.accounts.stop('razorpay', 'default', { by: 'ann', reason: 'audit', untilMs: null });
    const paymentId = await top.payment();
    await top.request([{ refundId: 'a', paymentId, amount: '10.00' }]);
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(await creates()).toBe(0);
    await top.accounts.resume('razorpay', 'default');
    await top.until('a', 'completed');
  });
});
