import { startSandbox, type Sandbox } from '../sandbox.ts';
import { BraintreeClient, codesIn, elementIn } from '../testing/braintree-client.ts';
import { eventually } from '../testing/sandbox-client.ts';

const DAY_MS = 24 * 3_600_000;

describe('Braintree’s request keys', () => {
  let sandbox: Sandbox;
  let client: BraintreeClient;

  beforeAll(async () => {
    sandbox = await startSandbox();
    client = new BraintreeClient(sandbox.url);
  });
  beforeEach(async () => {
    await client.sandbox.reset();
    await client.behave({ settleAfterMs: null });
  });
  afterAll(async () => await sandbox.close());

  const wanted = { amount: '1.00', order_id: 'r-1', api_request_key: 'key-1' };
  const booked = async (paymentId: string): Promise<number> => (await client.truth(paymentId)).refunds.length;
  const taken = async (count: number): Promise<void> => {
    await eventually(
      async () => (await client.requests()).length,
      (arrived) => arrived >= count,
    );
  };

  it('make one refund of any number of repetitions, whatever the spelling', async () => {
    const paymentId = await client.payment();
    const first = await client.refund(paymentId, wanted);
    const reordered = await client.refund(paymentId, {
      api_request_key: 'key-1',
      order_id: 'r-1',
      amount: '1.00',
    });
    const inXml = await client.call(
      'POST',
      `/transactions/${paymentId}/refund`,
      '<transaction><amount>1.00</amount><order-id>r-1</order-id><api-request-key>key-1</api-request-key></transaction>',
      { 'content-type': 'application/xml' },
    );
    for (const reply of [reordered, inXml]) {
      expect(reply.status).toBe(201);
      expect(elementIn(reply, 'id')).toBe(elementIn(first, 'id'));
    }
    expect(await booked(paymentId)).toBe(1);
  });

  it('show a declined refund again as declined, and one that failed since as failed', async () => {
    const paymentId = await client.payment('9000.00');
    const declined = { amount: '2004.00', api_request_key: 'key-1' };
    for (let time = 0; time < 2; time += 1) {
      const reply = await client.refund(paymentId, declined);
      expect(reply.status).toBe(422);
      expect(elementIn(reply, 'status')).toBe('processor_declined');
    }
    expect(await booked(paymentId)).toBe(1);
    const later = { amount: '1.00', api_request_key: 'key-2' };
    const refundId = String(elementIn(await client.refund(paymentId, later), 'id'));
    await client.change(refundId, 'decline');
    const reply = await client.refund(paymentId, later);
    expect(reply.status).toBe(422);
    expect(elementIn(reply, 'processor-settlement-response-code')).toBe('4001');
    expect(reply.text).toContain(`<transaction><id>${refundId}</id><status>settlement_declined</status>`);
  });

  it.each([
    ['another amount', { ...wanted, amount: '2.00' }],
    ['another order id', { ...wanted, order_id: 'r-2' }],
    ['a field more', { ...wanted, merchant_account_id: 'sandbox_account' }],
    ['an amount spelt otherwise', { ...wanted, amount: '1.0' }],
  ])('refuse %s under the same key', async (_case, other) => {
    const paymentId = await client.payment();
    await client.refund(paymentId, wanted);
    expect(codesIn(await client.refund(paymentId, other))).toEqual(['915232']);
    expect(await booked(paymentId)).toBe(1);
  });

  it('belong to one call on one transaction', async () => {
    const [first, second] = [await client.payment(), await client.payment('10.00', { status: 'authorized' })];
    await client.refund(first, { api_request_key: 'key-1' });
    const body = { transaction: { api_request_key: 'key-1' } };
    expect(codesIn(await client.call('PUT', `/transactions/${second}/void`, body))).toEqual(['915232']);
    expect(codesIn(await client.refund(second, { api_request_key: 'key-1' }))).toEqual(['915232']);
  });

  it('may have 255 characters and no more', async () => {
    const paymentId = await client.payment();
    const refund = { amount: '1.00', api_request_key: 'k'.repeat(255) };
    expect((await client.refund(paymentId, refund)).status).toBe(201);
    const tooLong = await client.refund(paymentId, { ...refund, api_request_key: 'k'.repeat(256) });
    expect(codesIn(tooLong)).toEqual(['915230']);
  });

  it('stay with a request that validation refused, even once it would pass', async () => {
    const paymentId = await client.payment('10.00', { status: 'submitted_for_settlement' });
    expect(codesIn(await client.refund(paymentId, wanted))).toEqual(['91506']);
    await client.call('PUT', `/transactions/${paymentId}/settle`);
    expect(codesIn(await client.refund(paymentId, wanted))).toEqual(['915234']);
    expect(codesIn(await client.refund(paymentId, { ...wanted, amount: '2.00' }))).toEqual(['915232']);
    expect((await client.refund(paymentId, { ...wanted, api_request_key: 'key-2' })).status).toBe(201);
  });

  it('stay unused by a request that was refused before it reached the transaction', async () => {
    expect((await client.refund('zzzzzzzz', wanted)).status).toBe(404);
    const paymentId = await client.payment();
    expect((await client.refund(paymentId, { ...wanted, colour: 'red' })).status).toBe(403);
    await client.sandbox.prepare('/faults', { provider: 'braintree', mode: 'rate-limit', count: 1 });
    expect((await client.refund(paymentId, wanted)).status).toBe(429);
    expect((await client.refund(paymentId, wanted)).status).toBe(201);
  });

  it('count as unused thirty days after their request', async () => {
    const paymentId = await client.payment();
    await client.refund(paymentId, wanted);
    await client.sandbox.prepare('/clock', { advanceMs: 29 * DAY_MS });
    await client.refund(paymentId, wanted);
    expect(await booked(paymentId)).toBe(1);
    await client.sandbox.prepare('/clock', { advanceMs: 2 * DAY_MS });
    expect((await client.refund(paymentId, wanted)).status).toBe(201);
    expect(await booked(paymentId)).toBe(2);
  });

  it('are refused where they are not enabled, and the same refund goes through without one', async () => {
    await client.behave({ requestKeys: false });
    const paymentId = await client.payment();
    expect(codesIn(await client.refund(paymentId, wanted))).toEqual(['915231']);
    expect((await client.refund(paymentId, { amount: '1.00', order_id: 'r-1' })).status).toBe(201);
    await client.behave({ requestKeys: true });
    expect((await client.refund(paymentId, wanted)).status).toBe(201);
  });

  it('are in flight until the answer is due', async () => {
    const paymentId = await client.payment();
    await client.sandbox.prepare('/faults', {
      provider: 'braintree',
      operation: 'create',
      mode: 'delay',
      delayMs: 3000,
      count: 1,
    });
    const slow = client.refund(paymentId, wanted);
    await taken(1);
    expect(codesIn(await client.refund(paymentId, wanted))).toEqual(['915233']);
    expect(codesIn(await client.refund(paymentId, { ...wanted, amount: '2.00' }))).toEqual(['915232']);
    const first = await slow;
    expect(elementIn(await client.refund(paymentId, wanted), 'id')).toBe(elementIn(first, 'id'));
    expect(await booked(paymentId)).toBe(1);
  });

  it('survive a lost answer: the repetition finds the refund', async () => {
    const paymentId = await client.payment();
    await client.sandbox.prepare('/faults', { provider: 'braintree', mode: 'drop-after-process', count: 1 });
    await expect(client.refund(paymentId, wanted)).rejects.toMatchObject({ message: 'fetch failed' });
    const [refund] = (await client.truth(paymentId)).refunds;
    expect(elementIn(await client.refund(paymentId, wanted), 'id')).toBe(refund?.id);
    expect(await booked(paymentId)).toBe(1);
  });

  it('without one, the same request pays again', async () => {
    const paymentId = await client.payment();
    for (let time = 0; time < 2; time += 1) {
      expect((await client.refund(paymentId, { amount: '1.00', order_id: 'r-1' })).status).toBe(201);
    }
    expect(await booked(paymentId)).toBe(2);
  });

  it('while one refund of a transaction runs, another one fails with 500 and books nothing', async () => {
    const [paymentId, otherId] = [await client.payment(), await client.payment()];
    await client.sandbox.prepare('/latency', { ms: 2000 });
    const slow = client.refund(paymentId, wanted);
    await taken(1);
    const meanwhile = await client.refund(paymentId, { amount: '2.00', api_request_key: 'key-2' });
    expect(meanwhile).toMatchObject({ status: 500, text: '' });
    expect((await client.refund(otherId, { amount: '2.00' })).status).toBe(201);
    expect((await slow).status).toBe(201);
    expect(await booked(paymentId)).toBe(1);
    expect((await client.refund(paymentId, { amount: '2.00', api_request_key: 'key-2' })).status).toBe(201);
  });
});
