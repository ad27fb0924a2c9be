import { startSandbox, type Sandbox } from '../sandbox.ts';
import { descriptionOf, razorpayAuthorization, SandboxClient } from '../testing/sandbox-client.ts';

const key = { 'x-refund-idempotency': 'key_1234567890' };

describe('Razorpay refunds sent twice', () => {
  let sandbox: Sandbox;
  let client: SandboxClient;

  beforeAll(async () => {
    sandbox = await startSandbox();
    client = new SandboxClient(sandbox.url);
  });
  beforeEach(async () => await client.reset());
  afterAll(async () => await sandbox.close());

  it('answers the original refund when key and bytes are the same', async () => {
    const paymentId = await client.payment();
    const first = await client.refund(paymentId, '{"amount":100}', key);
    const second = await client.refund(paymentId, '{"amount":100}', key);
    expect(second.status).toBe(200);
    expect(second.json).toEqual(first.json);
    expect(await client.bookings()).toHaveLength(1);
  });

  it('replays the refund as it is now', async () => {
    const paymentId = await client.payment();
    const first = await client.refund(paymentId, '{}', key);
    await client.prepare(`/refunds/razorpay/${String(first.json['id'])}/fail`, {});
    const again = await client.refund(paymentId, '{}', key);
    expect(again.json).toEqual({ ...first.json, status: 'failed' });
  });

  it.each([
    ['another amount', '{"amount":200}'],
    ['another spelling of the same JSON', '{ "amount": 100 }'],
  ])('answers 409 to %s under the same key', async (_case, body) => {
    const paymentId = await client.payment();
    await client.refund(paymentId, '{"amount":100}', key);
    const reply = await client.refund(paymentId, body, key);
    expect(reply.status).toBe(409);
    expect(descriptionOf(reply)).toBe(
      'Different request with the same idempotency key has already been processed',
    );
    expect(await client.bookings()).toHaveLength(1);
  });

  it('answers 409 when the key was used on another payment', async () => {
    await client.refund(await client.payment(), '{}', key);
    const other = await client.payment();
    expect((await client.refund(other, '{}', key)).status).toBe(409);
    expect((await client.truth(other)).refunds).toEqual([]);
  });

  it('keeps the keys of two sub-merchants apart', async () => {
    const paymentId = await client.payment();
    await client.refund(paymentId, '{"amount":100}', { ...key, 'x-razorpay-account': 'acc_one' });
    await client.refund(paymentId, '{"amount":100}', { ...key, 'x-razorpay-account': 'acc_two' });
    expect(await client.bookings()).toHaveLength(2);
  });

  it('leaves the key free after a refusal', async () => {
    const paymentId = await client.payment('500.00', { captured: false });
    expect((await client.refund(paymentId, '{}', key)).status).toBe(400);
    await client.razorpay('POST', `/payments/${paymentId}/capture`, { amount: 50_000, currency: 'INR' });
    expect((await client.refund(paymentId, '{}', key)).status).toBe(200);
  });

  it.each([
    ['123456789', 'The idempotency key must be at least 10 characters long'],
    [
      'key with spaces',
      'The idempotency key must only contain alphanumeric characters, hyphens and underscores',
    ],
    [
      'key.1234567890',
      'The idempotency key must only contain alphanumeric characters, hyphens and underscores',
    ],
  ])('refuses the key %s', async (badKey, text) => {
    const reply = await client.refund(await client.payment(), {}, { 'x-refund-idempotency': badKey });
    expect(reply.status).toBe(400);
    expect(descriptionOf(reply)).toBe(text);
  });

  it('answers 409 while the first request with the key is still on its way, and replays it afterwards', async () => {
    const paymentId = await client.payment();
    await client.prepare('/latency', { ms: 1_000 });
    const first = client.refund(paymentId, '{}', key);
    await client.arrivals(1);
    const second = await client.refund(paymentId, '{}', key);
    expect(second.status).toBe(409);
    expect(descriptionOf(second)).toBe('Another request with the same idempotency key is still in progress');
    const { json } = await first;
    await client.prepare('/latency', { ms: 0 });
    expect((await client.refund(paymentId, '{}', key)).json).toEqual(json);
  });

  it('answers 400 to a second refund of a payment while one is on its way, and takes it afterwards', async () => {
    const paymentId = await client.payment();
    const elsewhere = await client.payment();
    await client.prepare('/latency', { ms: 1_000 });
    const first = client.refund(paymentId, { amount: 100 });
    await client.arrivals(1);
    const [second, other] = await Promise.all([
      client.refund(paymentId, { amount: 200 }),
      client.refund(elsewhere, { amount: 100 }),
    ]);
    expect(second.status).toBe(400);
    expect(descriptionOf(second)).toBe('Request failed because another payment operation is in progress');
    expect(other.status).toBe(200);
    expect((await first).status).toBe(200);
    expect((await client.refund(paymentId, { amount: 200 })).status).toBe(200);
  });

  it('holds lock and key as long as a delayed answer is out, with the refund already booked', async () => {
    const paymentId = await client.payment();
    await client.prepare('/faults', {
      provider: 'razorpay',
      operation: 'create',
      mode: 'delay',
      delayMs: 1_500,
      count: 1,
    });
    const first = client.refund(paymentId, '{"amount":100}', key);
    await client.truthOnceBooked(paymentId);
    const repeated = await client.refund(paymentId, '{"amount":100}', key);
    expect(repeated.status).toBe(409);
    expect(descriptionOf(await client.refund(paymentId, { amount: 100 }))).toMatch(
      /operation is in progress$/,
    );
    expect((await client.truth(paymentId)).refunded).toBe('1.00');
    expect((await first).status).toBe(200);
    expect((await client.refund(paymentId, '{"amount":100}', key)).json).toEqual((await first).json);
  });

  it('books a refund whose client gave up during the latency', async () => {
    const paymentId = await client.payment();
    await client.prepare('/latency', { ms: 300 });
    const giveUp = new AbortController();
    const call = fetch(`${sandbox.url}/v1/payments/${paymentId}/refund`, {
      method: 'POST',
      headers: { authorization: razorpayAuthorization, ...key },
      signal: giveUp.signal,
    });
    await client.arrivals(1);
    giveUp.abort();
    await expect(call).rejects.toMatchObject({ name: 'AbortError' });
    await client.prepare('/latency', { ms: 0 });
    const { refunds } = await client.truthOnceBooked(paymentId);
    expect(refunds).toHaveLength(1);
  });
});
