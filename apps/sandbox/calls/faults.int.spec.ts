import { startSandbox, type Sandbox } from '../sandbox.ts';
import { razorpayAuthorization, SandboxClient } from '../testing/sandbox-client.ts';
import type { FaultMode } from './fault.ts';

describe('faults', () => {
  let sandbox: Sandbox;
  let client: SandboxClient;

  beforeAll(async () => {
    sandbox = await startSandbox();
    client = new SandboxClient(sandbox.url);
  });
  beforeEach(async () => await client.reset());
  afterAll(async () => await sandbox.close());

  const fault = async (mode: FaultMode, more: Readonly<Record<string, unknown>> = {}): Promise<void> => {
    await client.prepare('/faults', { provider: 'razorpay', operation: 'create', mode, count: 1, ...more });
  };
  const bookedOn = async (paymentId: string): Promise<number> =>
    (await client.truth(paymentId)).refunds.length;

  it.each([
    ['drop-before-process', 0],
    ['drop-after-process', 1],
  ] as const)('%s cuts the connection without an answer, with %i refunds booked', async (mode, booked) => {
    const paymentId = await client.payment();
    await fault(mode);
    await expect(client.refund(paymentId)).rejects.toMatchObject({ message: 'fetch failed' });
    expect(await bookedOn(paymentId)).toBe(booked);
    expect(await client.requests()).toMatchObject([{ fault: mode, status: null }]);
  });

  it('delay answers late and books at once', async () => {
    const paymentId = await client.payment();
    await fault('delay', { delayMs: 300 });
    const startedMs = performance.now();
    const reply = client.refund(paymentId);
    await client.truthOnceBooked(paymentId);
    expect((await reply).status).toBe(200);
    expect(performance.now() - startedMs).toBeGreaterThan(290);
  });

  it.each([500, 503, 504, 403])(
    'status answers %i in the provider’s own error shape and books nothing',
    async (status) => {
      const paymentId = await client.payment();
      await fault('status', { status });
      const reply = await client.refund(paymentId);
      expect(reply.status).toBe(status);
      expect(reply.json['error']).toMatchObject({
        code: status >= 500 ? 'SERVER_ERROR' : 'BAD_REQUEST_ERROR',
      });
      expect(await bookedOn(paymentId)).toBe(0);
    },
  );

  it('status speaks any sentence it is given, for refusals the sandbox has no rule for', async () => {
    await fault('status', { status: 400, description: 'Instant refund not supported for the payment' });
    const reply = await client.refund(await client.payment());
    expect(reply.json['error']).toMatchObject({
      description: 'Instant refund not supported for the payment',
    });
  });

  it('html-502 answers a gateway’s page and books nothing', async () => {
    const paymentId = await client.payment();
    await fault('html-502');
    const reply = await client.refund(paymentId);
    expect(reply).toMatchObject({ status: 502, text: expect.stringContaining('502 Bad Gateway') as string });
    expect(reply.headers.get('content-type')).toMatch(/^text\/html/);
    expect(await bookedOn(paymentId)).toBe(0);
  });

  it('rate-limit answers 429 with Retry-After and books nothing', async () => {
    const paymentId = await client.payment();
    await fault('rate-limit', { retryAfterMs: 2_500 });
    const reply = await client.refund(paymentId);
    expect(reply.status).toBe(429);
    expect(reply.headers.get('retry-after')).toBe('3');
    expect(await bookedOn(paymentId)).toBe(0);
  });

  it('redirect answers 307 to the same place, so that only a client that follows it pays', async () => {
    const paymentId = await client.payment();
    await fault('redirect');
    const reply = await client.refund(paymentId);
    expect(reply.status).toBe(307);
    expect(reply.headers.get('location')).toBe(`${sandbox.url}/v1/payments/${paymentId}/refund`);
    expect(await bookedOn(paymentId)).toBe(0);
  });

  it('malformed answers 200 with half the JSON and books', async () => {
    const paymentId = await client.payment();
    await fault('malformed');
    const reply = await client.refund(paymentId);
    expect(reply.status).toBe(200);
    expect(reply.text).toMatch(/^\{"id":"rfnd_/);
    expect(() => JSON.parse(reply.text) as unknown).toThrow(SyntaxError);
    expect(await bookedOn(paymentId)).toBe(1);
  });

  it('slow-body sends the head at once and the body over its delay, and books', async () => {
    const paymentId = await client.payment();
    await fault('slow-body', { delayMs: 3_000 });
    const startedMs = performance.now();
    const response = await fetch(`${sandbox.url}/v1/payments/${paymentId}/refund`, {
      method: 'POST',
      headers: { authorization: razorpayAuthorization },
    });
    const headMs = performance.now() - startedMs;
    expect(await response.json()).toMatchObject({ entity: 'refund', payment_id: paymentId });
    expect(performance.now() - startedMs).toBeGreaterThan(2_800);
    expect(headMs).toBeLessThan(2_400);
    expect(await bookedOn(paymentId)).toBe(1);
  });

  it('slow-body outlasts a client’s patience without losing the refund', async () => {
    const paymentId = await client.payment();
    await fault('slow-body');
    const response = await fetch(`${sandbox.url}/v1/payments/${paymentId}/refund`, {
      method: 'POST',
      headers: { authorization: razorpayAuthorization },
      signal: AbortSignal.timeout(500),
    });
    await expect(response.text()).rejects.toMatchObject({ name: 'TimeoutError' });
    expect(await bookedOn(paymentId)).toBe(1);
  });

  it('wrong-echo answers a wrong amount, then currency, then payment, and books the right ones', async () => {
    const paymentId = await client.payment();
    await fault('wrong-echo', { count: 3 });
    const right = { amount: 100, currency: 'INR', payment_id: paymentId };
    const echoes: unknown[] = [];
    for (let sent = 0; sent < 3; sent += 1) {
      const { json } = await client.refund(paymentId, { amount: 100 });
      echoes.push([json['amount'] === 100, json['currency'] === 'INR', json['payment_id'] === paymentId]);
    }
    expect(echoes).toEqual([
      [false, true, true],
      [true, false, true],
      [true, true, false],
    ]);
    const { json } = await client.razorpay('GET', `/payments/${paymentId}/refunds`);
    expect(json['items']).toMatchObject([right, right, right]);
  });

  it('wrong-echo spoils look-ups and payments as well, and only the value it names', async () => {
    const paymentId = await client.payment();
    const { json: refund } = await client.refund(paymentId, { amount: 100 });
    await fault('wrong-echo', { operation: 'lookup', echo: 'currency' });
    const lookup = await client.razorpay('GET', `/payments/${paymentId}/refunds`);
    expect(lookup.json['items']).toEqual([{ ...refund, currency: 'USD' }]);
    await fault('wrong-echo', { operation: 'payment', echo: 'amount' });
    const payment = await client.razorpay('GET', `/payments/${paymentId}`);
    expect(payment.json).toMatchObject({ id: paymentId, amount: 50_100, currency: 'INR' });
  });

  it('fires as often as its count says, on its operation only, and not before authentication', async () => {
    const paymentId = await client.payment();
    await fault('status', { operation: 'lookup', status: 503, count: 2 });
    const bare = await fetch(`${sandbox.url}/v1/refunds`);
    expect(bare.status).toBe(401);
    expect((await client.refund(paymentId, { amount: 100 })).status).toBe(200);
    expect((await client.razorpay('GET', `/payments/${paymentId}`)).status).toBe(200);
    const paths = ['/refunds', `/payments/${paymentId}/refunds`, '/refunds'];
    const statuses: number[] = [];
    for (const path of paths) {
      statuses.push((await client.razorpay('GET', path)).status);
    }
    expect(statuses).toEqual([503, 503, 200]);
  });

  it('reaches every call, notes included, with the operation *', async () => {
    const paymentId = await client.payment();
    const { json } = await client.refund(paymentId, { amount: 100 });
    await client.prepare('/faults', { provider: 'razorpay', operation: '*', mode: 'html-502' });
    const replies = [
      await client.refund(paymentId),
      await client.razorpay('GET', '/refunds'),
      await client.razorpay('GET', `/payments/${paymentId}`),
      await client.razorpay('PATCH', `/refunds/${String(json['id'])}`, { notes: { a: 'b' } }),
    ];
    expect(replies.map(({ status }) => status)).toEqual([502, 502, 502, 502]);
    expect((await client.admin('DELETE', '/faults')).json).toEqual({ cleared: 1 });
    expect((await client.razorpay('GET', '/refunds')).status).toBe(200);
  });

  it('lets the first of several faults that fires have the call', async () => {
    await fault('status', { status: 503 });
    await fault('html-502');
    const paymentId = await client.payment();
    expect((await client.refund(paymentId)).status).toBe(503);
    expect((await client.refund(paymentId)).status).toBe(502);
    expect((await client.refund(paymentId)).status).toBe(200);
  });

  it('repeats the same sequence for the same seed and another for another', async () => {
    const sequenceOf = async (seed: number): Promise<string> => {
      await client.admin('DELETE', '/faults');
      await client.prepare('/faults', {
        provider: 'razorpay',
        operation: 'lookup',
        mode: 'html-502',
        probability: 0.5,
        seed,
      });
      let sequence = '';
      for (let sent = 0; sent < 32; sent += 1) {
        sequence += (await client.razorpay('GET', '/refunds')).status === 502 ? 'x' : '.';
      }
      return sequence;
    };
    const first = await sequenceOf(7);
    expect(first).toMatch(/x/);
    expect(first).toMatch(/\./);
    expect(await sequenceOf(7)).toBe(first);
    expect(await sequenceOf(8)).not.toBe(first);
  });

  it.each([
    [{ provider: 'razorpay', operation: 'create', mode: 'explode' }, /"mode" must be one of/],
    [{ provider: 'razorpay', operation: 'create' }, /"mode" is missing/],
    [{ provider: 'razorpay', operation: 'refund', mode: 'delay' }, /"operation" must be one of/],
    [{ provider: 'nobody', operation: 'create', mode: 'delay' }, /not a provider/],
    [{ operation: 'create', mode: 'delay' }, /"provider" is missing/],
    [{ provider: 'razorpay', mode: 'delay', count: '1' }, /"count" must be a whole number/],
    [{ provider: 'razorpay', mode: 'delay', count: 0 }, /"count" must be a whole number/],
    [{ provider: 'razorpay', mode: 'delay', probability: 1.5 }, /"probability" must be a number from 0 to 1/],
    [{ provider: 'razorpay', mode: 'delay', delayMs: -1 }, /"delayMs" must be a whole number/],
    [{ provider: 'razorpay', mode: 'status', status: 199 }, /"status" must be a whole number from 200/],
    [{ provider: 'razorpay', mode: 'delay', probabilty: 1 }, /unknown field "probabilty"/],
    [[], /must be a JSON object/],
    ['{', /is not JSON|must be a JSON object/],
  ])('refuses the fault %j', async (body, message) => {
    const reply = await client.admin('POST', '/faults', body);
    expect(reply.status).toBe(400);
    expect(reply.json['error']).toMatchObject({ message: expect.stringMatching(message) as string });
    expect((await client.admin('GET', '/faults')).json).toEqual({ faults: [] });
  });
});
