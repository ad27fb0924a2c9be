import { providerNames } from '../provider-name.ts';
import { startSandbox, type Sandbox } from '../sandbox.ts';
import { descriptionOf, SandboxClient, type Reply } from '../testing/sandbox-client.ts';

describe('the admin surface', () => {
  let sandbox: Sandbox;
  let client: SandboxClient;

  beforeAll(async () => {
    sandbox = await startSandbox();
    client = new SandboxClient(sandbox.url);
  });
  beforeEach(async () => await client.reset());
  afterAll(async () => await sandbox.close());

  const change = async (refundId: unknown, verb: string): Promise<Reply> =>
    await client.admin('POST', `/refunds/razorpay/${String(refundId)}/${verb}`);
  const isoTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

  it('makes a payment and tells the truth about it', async () => {
    const paymentId = await client.payment('500.00');
    expect(await client.truth(paymentId)).toEqual({
      provider: 'razorpay',
      paymentId,
      currency: 'INR',
      status: 'captured',
      captured: '500.00',
      refunded: '0.00',
      inFlight: '0.00',
      refunds: [],
    });
  });

  it('makes payments in bulk, by count or as a list', async () => {
    const one = { provider: 'razorpay', amount: '1.00', currency: 'INR' };
    const counted = await client.prepare('/payments', { ...one, count: 1000 });
    expect(new Set(counted['paymentIds'] as string[]).size).toBe(1000);
    const listed = await client.prepare('/payments', [one, { ...one, amount: '2.00', method: 'upi' }]);
    const [, second] = listed['paymentIds'] as string[];
    expect((await client.truth(String(second))).captured).toBe('2.00');
    expect((await client.razorpay('GET', `/payments/${String(second)}`)).json['method']).toBe('upi');
  });

  it.each([
    [{ provider: 'razorpay', amount: 500, currency: 'INR' }, /"amount" must be a string/],
    [{ provider: 'razorpay', amount: '0.00', currency: 'INR' }, /"amount" must be a decimal string above 0/],
    [{ provider: 'razorpay', amount: '1e2', currency: 'INR' }, /"amount" must be a decimal string/],
    [{ provider: 'razorpay', amount: '1.005', currency: 'INR' }, /at most 2 decimals/],
    [{ provider: 'razorpay', amount: '1.5', currency: 'JPY' }, /at most 0 decimals/],
    [{ provider: 'razorpay', amount: '1.00', currency: 'XQX' }, /"currency" must be/],
    [{ provider: 'razorpay', amount: '1.00' }, /"currency" is missing/],
    [
      { provider: 'razorpay', amount: '1.00', currency: 'INR', status: 'refunded' },
      /"status" must be one of/,
    ],
    [
      { provider: 'razorpay', amount: '1.00', currency: 'INR', captured: false, status: 'captured' },
      /contradicts/,
    ],
    [{ provider: 'razorpay', amount: '1.00', currency: 'INR', colour: 'red' }, /unknown field "colour"/],
    [{ provider: 'paypal', amount: '1.00', currency: 'USD' }, /"paypal" is not a provider/],
  ])('refuses to make the payment %j', async (body, message) => {
    const reply = await client.admin('POST', '/payments', body);
    expect(reply.status).toBe(400);
    expect(reply.json['error']).toMatchObject({ message: expect.stringMatching(message) as string });
    expect((await client.razorpay('GET', '/payments')).json['count']).toBe(0);
  });

  it('counts processed refunds as refunded, pending ones as in flight, failed ones not at all, and lists all of them', async () => {
    const paymentId = await client.payment('500.00');
    await client.refund(paymentId, { amount: 100, receipt: 'r-1' });
    await client.prepare('/behaviour', { provider: 'razorpay', newRefundStatus: 'pending' });
    await client.refund(paymentId, { amount: 200, notes: { k: 'v' } });
    const { json } = await client.refund(paymentId, { amount: 300 });
    await change(json['id'], 'decline');
    expect(await client.truth(paymentId)).toMatchObject({
      captured: '500.00',
      refunded: '1.00',
      inFlight: '2.00',
      refunds: [
        {
          amount: '1.00',
          currency: 'INR',
          status: 'processed',
          reference: 'r-1',
          notes: {},
          createdAt: expect.stringMatching(isoTime) as string,
        },
        { amount: '2.00', status: 'pending', reference: null, notes: { k: 'v' } },
        { id: json['id'], amount: '3.00', status: 'failed' },
      ],
    });
  });

  it('answers every booked refund as JSON lines, oldest first', async () => {
    const payments = [await client.payment(), await client.payment()];
    for (let made = 0; made < 1_200; made += 1) {
      await client
        .refund(String(payments[made % 2]), { amount: 100, receipt: `r-${made}` })
        .catch(() => undefined);
    }
    const reply = await client.admin('GET', '/refunds?provider=razorpay');
    expect(reply.headers.get('content-type')).toMatch(/^application\/x-ndjson/);
    const bookings = await client.bookings();
    expect(bookings).toHaveLength(1_000);
    expect(bookings[1]).toEqual({
      provider: 'razorpay',
      paymentId: payments[1],
      id: expect.stringMatching(/^rfnd_/) as string,
      amount: '1.00',
      currency: 'INR',
      status: 'processed',
      reference: 'r-1',
      createdAt: expect.stringMatching(isoTime) as string,
      notes: {},
    });
    expect((await client.admin('GET', '/refunds')).text).toBe(reply.text);
  });

  it('settles a pending refund: the bank’s number appears and the money is out', async () => {
    await client.prepare('/behaviour', { provider: 'razorpay', newRefundStatus: 'pending' });
    const paymentId = await client.payment();
    const { json } = await client.refund(paymentId);
    expect(json).toMatchObject({ status: 'pending', acquirer_data: { arn: null } });
    expect((await change(json['id'], 'settle')).json).toMatchObject({ status: 'processed', paymentId });
    const { json: settled } = await client.razorpay('GET', `/refunds/${String(json['id'])}`);
    expect(settled).toMatchObject({
      status: 'processed',
      acquirer_data: { arn: expect.stringMatching(/^\d{14}$/) as string },
    });
    expect(await client.truth(paymentId)).toMatchObject({ refunded: '500.00', inFlight: '0.00' });
  });

  it.each(['fail', 'decline', 'reverse'])(
    '%s brings the money of a processed refund back, once',
    async (verb) => {
      const paymentId = await client.payment('10.00');
      const { json } = await client.refund(paymentId);
      expect((await client.truth(paymentId)).status).toBe('refunded');
      await change(json['id'], verb);
      expect((await change(json['id'], verb)).json).toMatchObject({ status: 'failed' });
      expect(await client.truth(paymentId)).toMatchObject({ status: 'captured', refunded: '0.00' });
      const payment = await client.razorpay('GET', `/payments/${paymentId}`);
      expect(payment.json).toMatchObject({ status: 'captured', amount_refunded: 0, refund_status: null });
      expect((await client.refund(paymentId)).json['amount']).toBe(1000);
    },
  );

  it('refuses changes that Razorpay does not know', async () => {
    const { json } = await client.refund(await client.payment());
    expect((await change(json['id'], 'cancel')).status).toBe(409);
    expect((await change(json['id'], 'explode')).status).toBe(400);
    expect((await change('rfnd_00000000000000', 'fail')).status).toBe(404);
    await change(json['id'], 'fail');
    expect((await change(json['id'], 'settle')).status).toBe(409);
  });

  it('pays refunds out of the balance, refuses what it does not cover, and gives back what failed', async () => {
    const paymentId = await client.payment('500.00');
    expect(await client.prepare('/behaviour', { provider: 'razorpay', balance: '2.50' })).toEqual({
      provider: 'razorpay',
      newRefundStatus: 'processed',
      settleAfterMs: null,
      balance: '2.5',
    });
    const { json } = await client.refund(paymentId, { amount: 200 });
    const short = await client.refund(paymentId, { amount: 100 });
    expect(short.status).toBe(400);
    expect(descriptionOf(short)).toMatch(
      /^Your account does not have enough balance to carry out the refund operation/,
    );
    await change(json['id'], 'fail');
    expect((await client.refund(paymentId, { amount: 250 })).status).toBe(200);
    await client.prepare('/behaviour', { provider: 'razorpay', balance: null });
    expect((await client.refund(paymentId)).status).toBe(200);
  });

  it.each([
    [
      { provider: 'razorpay', newRefundStatus: 'lost' },
      /"newRefundStatus" must be one of processed, pending, failed/,
    ],
    [{ provider: 'razorpay', settleAfterMs: -1 }, /"settleAfterMs" must be a whole number/],
    [{ provider: 'razorpay', balance: '-1' }, /"balance" must be a decimal/],
    [{ provider: 'razorpay', finishAfterMs: 5 }, /unknown field "finishAfterMs"/],
  ])('refuses the behaviour %j', async (body, message) => {
    const reply = await client.admin('POST', '/behaviour', body);
    expect(reply.status).toBe(400);
    expect(reply.json['error']).toMatchObject({ message: expect.stringMatching(message) as string });
  });

  it('adds latency to every provider call and to no admin call', async () => {
    const paymentId = await client.payment();
    await client.prepare('/latency', { ms: 1_000 });
    const startedMs = performance.now();
    const finished: string[] = [];
    const calls = [
      client.refund(paymentId, { amount: 100 }).then(() => finished.push('refund')),
      client.razorpay('GET', `/payments/${paymentId}`).then(() => finished.push('payment')),
      client.razorpay('GET', '/refunds').then(() => finished.push('refunds')),
    ];
    await client.arrivals(3);
    expect((await client.truth(paymentId)).refunds).toEqual([]);
    expect(finished).toEqual([]);
    await Promise.all(calls);
    expect(performance.now() - startedMs).toBeGreaterThan(990);
    expect((await client.truth(paymentId)).refunds).toHaveLength(1);
  });

  it('moves its clock forward, and refunds carry its time', async () => {
    const paymentId = await client.payment();
    const before = await client.refund(paymentId, { amount: 100 });
    const { now } = await client.prepare('/clock', { advanceMs: 86_400_000 });
    const after = await client.refund(paymentId, { amount: 100 });
    expect(Number(after.json['created_at']) - Number(before.json['created_at'])).toBeGreaterThanOrEqual(
      86_400,
    );
    expect(Date.parse(String(now)) - Date.now()).toBeGreaterThan(86_000_000);
    expect((await client.admin('POST', '/clock', { advanceMs: -1 })).status).toBe(400);
  });

  it('keeps the latest requests, secrets masked', async () => {
    const paymentId = await client.payment();
    await client.refund(
      paymentId,
      { amount: 100, notes: { signature: 'abc', text: 'sandbox_secret' } },
      {
        'x-refund-idempotency': 'key_1234567890',
        'x-razorpay-signature': 'deadbeef',
      },
    );
    await fetch(`${sandbox.url}/v1/refunds?token=letmein`, { headers: { authorization: 'Bearer abcdef' } });
    const reply = await client.admin('GET', '/requests?provider=razorpay&limit=10');
    expect(reply.json['requests']).toMatchObject([
      {
        method: 'POST',
        path: `/v1/payments/${paymentId}/refund`,
        operation: 'create',
        status: 200,
        headers: {
          authorization: 'Basic ***',
          'x-refund-idempotency': 'key_1234567890',
          'x-razorpay-signature': '***',
        },
        body: '{"amount":100,"notes":{"signature":"***","text":"***"}}',
      },
      { method: 'GET', path: '/v1/refunds?token=***', status: 401, headers: { authorization: 'Bearer ***' } },
    ]);
    for (const secret of [
      'sandbox_secret',
      btoa('rzp_test_sandbox:sandbox_secret'),
      'deadbeef',
      'letmein',
      'abcdef',
    ]) {
      expect(reply.text).not.toContain(secret);
    }
    expect((await client.admin('GET', '/requests?limit=1')).json['requests']).toMatchObject([
      { status: 401 },
    ]);
    expect((await client.admin('GET', '/requests?limit=none')).status).toBe(400);
  });

  it('is empty and ordinary again after DELETE /_sandbox/state', async () => {
    const paymentId = await client.payment();
    await client.refund(paymentId, { amount: 100 }, { 'x-refund-idempotency': 'key_1234567890' });
    await client.prepare('/faults', { provider: 'razorpay', operation: '*', mode: 'html-502' });
    await client.prepare('/latency', { ms: 200 });
    await client.prepare('/behaviour', { provider: 'razorpay', newRefundStatus: 'pending', balance: '0' });
    await client.prepare('/webhooks', { provider: 'razorpay', url: 'http://127.0.0.1:1/' });
    await client.prepare('/clock', { advanceMs: 3_600_000_000 });
    expect((await client.admin('DELETE', '/state')).json).toEqual({ state: 'empty' });
    expect((await client.admin('GET', `/payments/razorpay/${paymentId}`)).status).toBe(404);
    expect(await client.bookings()).toEqual([]);
    expect(await client.requests()).toEqual([]);
    expect((await client.admin('GET', '/webhooks')).json).toEqual({ webhooks: [] });
    const again = await client.refund(
      await client.payment(),
      {},
      { 'x-refund-idempotency': 'key_1234567890' },
    );
    expect(again.json).toMatchObject({ amount: 50_000, status: 'processed' });
    expect(Number(again.json['created_at']) * 1000 - Date.now()).toBeLessThan(60_000);
  });

  it('answers health, and 404 in JSON to what it does not know', async () => {
    expect((await client.admin('GET', '/health')).json).toMatchObject({
      status: 'ok',
      providers: providerNames,
    });
    for (const path of ['/_sandbox/nothing', '/nothing']) {
      const response = await fetch(sandbox.url + path);
      expect(response.status).toBe(404);
      expect(await response.json()).toMatchObject({ error: { code: 'NOT_FOUND' } });
    }
    expect((await client.admin('GET', '/payments/nobody/x')).status).toBe(400);
  });
});
