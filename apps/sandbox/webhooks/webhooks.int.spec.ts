import { createHmac } from 'node:crypto';
import Razorpay from 'razorpay';
import { startSandbox, type Sandbox } from '../sandbox.ts';
import { eventually, SandboxClient } from '../testing/sandbox-client.ts';
import { startWebhookReceiver, type WebhookReceiver } from '../testing/webhook-receiver.ts';

const secret = 'sandbox_webhook_secret';

describe('webhooks', () => {
  let sandbox: Sandbox;
  let client: SandboxClient;
  let receiver: WebhookReceiver;

  beforeAll(async () => {
    sandbox = await startSandbox();
    client = new SandboxClient(sandbox.url);
    receiver = await startWebhookReceiver();
  });
  beforeEach(async () => {
    await client.reset();
    receiver.clear();
    receiver.answerWith(200);
  });
  afterAll(async () => {
    await sandbox.close();
    await receiver.close();
  });

  const listen = async (more: Readonly<Record<string, unknown>> = {}): Promise<void> => {
    await client.prepare('/webhooks', { provider: 'razorpay', url: receiver.url, ...more });
  };
  const names = async (count: number): Promise<string[]> =>
    await eventually(
      () => receiver.names(),
      (seen) => seen.length >= count,
    );
  const counters = async (): Promise<Readonly<Record<string, unknown>> | undefined> => {
    const { json } = await client.admin('GET', '/webhooks');
    return (json['webhooks'] as Readonly<Record<string, unknown>>[])[0];
  };

  it('come late where they are told to', async () => {
    await listen({ delayMs: 2000, seed: 1 });
    const sentAtMs = performance.now();
    await client.refund(await client.payment('500.00'), { amount: 100 });
    expect((await names(2)).toSorted()).toEqual(['refund.created', 'refund.processed']);
    expect(performance.now() - sentAtMs).toBeGreaterThan(300);
    expect(await counters()).toMatchObject({ delayMs: 2000, delivered: 2 });
  });

  it('announces a refund as created and processed, signed over the raw body', async () => {
    await listen();
    const paymentId = await client.payment('500.00');
    const { json: refund } = await client.refund(paymentId, { amount: 100, notes: { name: 'Zoë' } });
    expect(await names(2)).toEqual(['refund.created', 'refund.processed']);
    for (const { body, headers } of receiver.received) {
      const signature = String(headers['x-razorpay-signature']);
      expect(signature).toBe(createHmac('sha256', secret).update(body).digest('hex'));
      expect(Razorpay.validateWebhookSignature(body, signature, secret)).toBe(true);
      expect(headers['content-type']).toBe('application/json');
    }
    expect(new Set(receiver.received.map(({ headers }) => headers['x-razorpay-event-id'])).size).toBe(2);
    expect(receiver.received[1]?.event).toMatchObject({
      entity: 'event',
      account_id: expect.stringMatching(/^acc_[0-9A-Za-z]{14}$/) as string,
      contains: ['refund', 'payment'],
      created_at: expect.any(Number) as number,
      payload: {
        refund: { entity: refund },
        payment: {
          entity: { id: paymentId, amount_refunded: 100, refund_status: 'partial', captured: true },
        },
      },
    });
  });

  it('announces a pending refund as processed only when the bank settles it', async () => {
    await listen();
    await client.prepare('/behaviour', { provider: 'razorpay', newRefundStatus: 'pending' });
    const { json } = await client.refund(await client.payment());
    expect(await names(1)).toEqual(['refund.created']);
    await client.prepare(`/refunds/razorpay/${String(json['id'])}/settle`, {});
    expect(await names(2)).toEqual(['refund.created', 'refund.processed']);
  });

  it('announces the change of speed of an instant refund, and a failure after success', async () => {
    await listen();
    const { json } = await client.refund(await client.payment(), { amount: 2468, speed: 'optimum' });
    await client.prepare(`/refunds/razorpay/${String(json['id'])}/fail`, {});
    expect(await names(4)).toEqual([
      'refund.created',
      'refund.speed_changed',
      'refund.processed',
      'refund.failed',
    ]);
  });

  it('delivers every event the asked number of extra times, with the same event id', async () => {
    await listen({ duplicates: 2 });
    await client.refund(await client.payment());
    await names(6);
    const ids = receiver.received.map(({ headers }) => headers['x-razorpay-event-id']);
    expect(new Set(ids).size).toBe(2);
    expect(ids).toHaveLength(6);
  });

  it.each([1, 5, 7, 8])(
    'delivers in another order than sent when asked to shuffle with seed %i',
    async (seed) => {
      await listen({ order: 'shuffled', seed });
      await client.refund(await client.payment());
      expect(await names(2)).toEqual(['refund.processed', 'refund.created']);
    },
  );

  it('loses every event at a loss of 1', async () => {
    await listen({ loss: 1 });
    await client.refund(await client.payment());
    expect(await counters()).toMatchObject({ lost: 2, waiting: 0, delivered: 0 });
  });

  it('tries again with back-off on the sandbox’s clock until the receiver takes it', async () => {
    await listen();
    receiver.answerWith(500);
    await client.prepare('/behaviour', { provider: 'razorpay', newRefundStatus: 'pending' });
    await client.refund(await client.payment());
    await eventually(counters, (seen) => seen?.['failedTries'] === 1);
    await client.prepare('/clock', { advanceMs: 1_000 });
    await eventually(counters, (seen) => seen?.['failedTries'] === 2);
    receiver.answerWith(204);
    await client.prepare('/clock', { advanceMs: 2_000 });
    await eventually(counters, (seen) => seen?.['delivered'] === 1);
    expect(new Set(receiver.received.map(({ body }) => body)).size).toBe(1);
    expect(receiver.received).toHaveLength(3);
  });

  it('gives a receiver that does not answer five seconds, then tries again with the same event id', async () => {
    await listen();
    await client.prepare('/behaviour', { provider: 'razorpay', newRefundStatus: 'pending' });
    receiver.answerWith(null);
    const startedMs = performance.now();
    await client.refund(await client.payment());
    await eventually(counters, (seen) => seen?.['failedTries'] === 1, 15_000);
    expect(performance.now() - startedMs).toBeGreaterThan(4_900);
    receiver.answerWith(200);
    await client.prepare('/clock', { advanceMs: 60_000 });
    await eventually(counters, (seen) => seen?.['delivered'] === 1);
    const ids = receiver.received.map(({ headers }) => headers['x-razorpay-event-id']);
    expect(ids).toEqual([ids[0], ids[0]]);
  });

  it('counts a redirect as a failure and does not follow it', async () => {
    await listen();
    receiver.answerWith(307);
    await client.refund(await client.payment());
    await eventually(counters, (seen) => seen?.['failedTries'] === 2);
    expect(receiver.received).toHaveLength(2);
  });

  it('switches the webhook off after a day of failures, until it is registered again', async () => {
    await listen();
    receiver.answerWith(500);
    await client.refund(await client.payment());
    await eventually(counters, (seen) => seen?.['failedTries'] === 2);
    await client.prepare('/clock', { advanceMs: 24 * 3_600_000 });
    await eventually(counters, (seen) => seen?.['disabled'] === true);
    receiver.clear();
    await client.refund(await client.payment());
    expect(await counters()).toMatchObject({ dropped: expect.any(Number) as number, delivered: 0 });
    receiver.answerWith(200);
    await listen();
    await client.refund(await client.payment());
    expect(await names(2)).toEqual(['refund.created', 'refund.processed']);
  });

  it('sends nothing any more after DELETE, and only to the latest address after a second registration', async () => {
    const second = await startWebhookReceiver();
    await listen();
    await client.prepare('/webhooks', { provider: 'razorpay', url: second.url });
    await client.refund(await client.payment());
    await eventually(
      () => second.received.length,
      (count) => count === 2,
    );
    expect((await client.admin('DELETE', '/webhooks')).json).toEqual({ removed: 1 });
    await client.refund(await client.payment());
    expect(receiver.received).toHaveLength(0);
    expect(second.received).toHaveLength(2);
    expect(await counters()).toBeUndefined();
    await second.close();
  });

  it.each([
    ['http://example.com/hook', /to this machine only/],
    ['http://127.0.0.1.example.com/hook', /to this machine only/],
    ['http://10.0.0.1/hook', /to this machine only/],
    ['http://0.0.0.0/hook', /to this machine only/],
    ['https://127.0.0.1/hook', /must be an http:\/\/ address/],
    ['/hook', /must be an http:\/\/ address/],
  ])('refuses to deliver to %s', async (url, message) => {
    const reply = await client.admin('POST', '/webhooks', { provider: 'razorpay', url });
    expect(reply.status).toBe(400);
    expect(reply.json['error']).toMatchObject({ message: expect.stringMatching(message) as string });
  });
});
