import { createHmac, hash } from 'node:crypto';
import { startSandbox, type Sandbox } from '../sandbox.ts';
import { BraintreeClient, codesIn, elementIn } from '../testing/braintree-client.ts';
import { eventually } from '../testing/sandbox-client.ts';
import { startWebhookReceiver, type WebhookReceiver } from '../testing/webhook-receiver.ts';

describe('Braintree’s faults and webhooks', () => {
  let sandbox: Sandbox;
  let client: BraintreeClient;
  let receiver: WebhookReceiver;

  beforeAll(async () => {
    sandbox = await startSandbox();
    client = new BraintreeClient(sandbox.url);
    receiver = await startWebhookReceiver();
  });
  beforeEach(async () => {
    await client.sandbox.reset();
    receiver.clear();
    await client.behave({ settleAfterMs: null });
  });
  afterAll(async () => {
    await sandbox.close();
    await receiver.close();
  });

  const fault = async (more: Readonly<Record<string, unknown>>): Promise<void> => {
    await client.sandbox.prepare('/faults', { provider: 'braintree', count: 1, ...more });
  };

  it('reach every call by what it does, not by its path', async () => {
    const paymentId = await client.payment('10.00');
    const refundId = String(elementIn(await client.refund(paymentId, { amount: '1.00' }), 'id'));
    const calls: readonly (readonly [string, string, string, unknown?])[] = [
      ['create', 'POST', `/transactions/${paymentId}/refund`],
      ['create', 'PUT', `/transactions/${paymentId}/void`],
      ['create', 'POST', '/transactions', { transaction: { type: 'credit' } }],
      ['other', 'POST', '/transactions', { transaction: { type: 'sale' } }],
      ['other', 'PUT', `/transactions/${paymentId}/settle`],
      ['other', 'PUT', `/transactions/${paymentId}/submit_for_settlement`],
      ['payment', 'GET', `/transactions/${paymentId}`],
      ['payment', 'GET', '/transactions/zzzzzzzz'],
      ['lookup', 'GET', `/transactions/${refundId}`],
      ['lookup', 'GET', `/transactions/${refundId}/line_items`],
      ['lookup', 'POST', '/transactions/advanced_search_ids', { search: {} }],
      ['lookup', 'POST', '/transactions/advanced_search', { search: {} }],
    ];
    for (const [, method, path, body] of calls) {
      await client.call(method, path, body);
    }
    const operations = (await client.requests()).slice(1).map(({ operation }) => operation);
    expect(operations).toEqual(calls.map(([operation]) => operation));
  });

  it('fire after authentication', async () => {
    await fault({ mode: 'status', status: 503 });
    const wrong = { authorization: `Basic ${btoa('sandbox_public:wrong')}` };
    expect((await client.refund(await client.payment(), {}, wrong)).status).toBe(401);
    expect((await client.refund(await client.payment())).status).toBe(503);
  });

  it('speak any validation code, for rules that are not simulated', async () => {
    const paymentId = await client.payment();
    await fault({ mode: 'status', status: 422, description: '91538 Merchant account is suspended.' });
    const reply = await client.refund(paymentId);
    expect(reply.status).toBe(422);
    expect(codesIn(reply)).toEqual(['91538']);
    expect(elementIn(reply, 'message')).toBe('Merchant account is suspended.');
    expect((await client.truth(paymentId)).refunds).toEqual([]);
  });

  it('cut the XML in half and book', async () => {
    const paymentId = await client.payment();
    await fault({ mode: 'malformed', operation: 'create' });
    const reply = await client.refund(paymentId);
    expect(reply.status).toBe(200);
    expect(reply.text).toMatch(/^<\?xml[^>]*>\s*<transaction><id>/);
    expect(reply.text).not.toContain('</transaction>');
    expect((await client.truth(paymentId)).refunds).toHaveLength(1);
  });

  it.each([
    ['amount', 'amount', '11.00'],
    ['currency', 'currency-iso-code', 'EUR'],
    ['payment', 'refunded-transaction-id', expect.stringMatching(/^[0-9a-z]{8}$/) as string],
  ])('echo a wrong %s of a refund, rightly booked', async (echo, element, shown) => {
    const paymentId = await client.payment('20.00');
    await fault({ mode: 'wrong-echo', echo });
    const refund = await client.refund(paymentId, { amount: '10.00' });
    expect(refund.status).toBe(201);
    expect(elementIn(refund, element)).toEqual(shown);
    expect(elementIn(refund, 'refunded-transaction-id') === paymentId).toBe(echo !== 'payment');
    expect((await client.truth(paymentId)).refunds).toMatchObject([{ amount: '10.00', currency: 'USD' }]);
    const found = await client.find(String(elementIn(refund, 'id')));
    expect(elementIn(found, 'amount')).toBe('10.00');
    expect(elementIn(found, 'refunded-transaction-id')).toBe(paymentId);
  });

  it('echo wrong values of every transaction in a search, and of a payment its id', async () => {
    const paymentId = await client.payment('20.00');
    await client.refund(paymentId, { amount: '10.00' });
    await fault({ mode: 'wrong-echo', echo: 'amount', operation: 'lookup' });
    const page = await client.call('POST', '/transactions/advanced_search', { search: {} });
    const amounts = [...page.text.matchAll(/<currency-iso-code>USD<\/currency-iso-code><amount>([\d.]+)/g)];
    expect(amounts.map(([, amount]) => amount)).toEqual(['11.00', '21.00']);
    await fault({ mode: 'wrong-echo', echo: 'payment', operation: 'payment' });
    expect(elementIn(await client.find(paymentId), 'id')).not.toBe(paymentId);
  });

  it('leave refusals alone when they echo wrongly', async () => {
    const paymentId = await client.payment('9000.00');
    await fault({ mode: 'wrong-echo', echo: 'amount' });
    const declined = await client.refund(paymentId, { amount: '2004.00' });
    expect(declined.status).toBe(422);
    expect(declined.text).toContain('<amount>2004.00</amount>');
  });

  it('keep keys and card numbers out of the request log', async () => {
    await client.call('POST', '/transactions', {
      transaction: {
        type: 'sale',
        amount: '1.00',
        credit_card: { number: '4111111111111111', cvv: '123', expiration_date: '12/35' },
      },
    });
    const log = JSON.stringify(await client.requests());
    expect(log).toContain('expiration_date');
    expect(log).not.toMatch(/4111111111111111|\\"123\\"|sandbox_private|c2FuZGJveF9w/);
  });

  describe('webhooks', () => {
    const kinds = (): string[] =>
      receiver.received.map(({ body }) => {
        const payload = new URLSearchParams(body).get('bt_payload') ?? '';
        const xml = Buffer.from(payload, 'base64').toString();
        return `${/<kind>(\w+)/.exec(xml)?.[1]} ${/<id>(\w+)/.exec(xml)?.[1]}`;
      });
    const announced = async (count: number): Promise<string[]> =>
      await eventually(kinds, (seen) => seen.length >= count);

    it('tell how bank debits settle and of cards only what failed', async () => {
      await client.sandbox.prepare('/webhooks', { provider: 'braintree', url: receiver.url });
      const ofCard = String(elementIn(await client.refund(await client.payment()), 'id'));
      const debit = await client.payment('10.00', { method: 'us_bank_account' });
      const ofDebit = String(elementIn(await client.refund(debit), 'id'));
      await client.sandbox.prepare('/clock', { advanceMs: 24 * 3_600_000 });
      await client.change(ofCard, 'reverse');
      await client.change(ofDebit, 'reverse');
      const failing = String(elementIn(await client.refund(debit), 'id'));
      await client.change(failing, 'fail');
      expect((await announced(3)).toSorted()).toEqual(
        [
          `transaction_settled ${ofDebit}`,
          `transaction_settlement_declined ${ofDebit}`,
          `refund_failed ${failing}`,
        ].toSorted(),
      );
    });

    it('are signed by every key of the merchant over the payload, line breaks included', async () => {
      await client.sandbox.prepare('/webhooks', { provider: 'braintree', url: receiver.url });
      const refundId = String(elementIn(await client.refund(await client.payment()), 'id'));
      await client.change(refundId, 'fail');
      await announced(1);
      const form = new URLSearchParams(receiver.received[0]?.body);
      const payload = form.get('bt_payload') ?? '';
      expect(receiver.received[0]?.headers['content-type']).toBe('application/x-www-form-urlencoded');
      expect(payload).toMatch(/^(?:[A-Za-z0-9+=/]{1,60}\n)+$/);
      const hex = createHmac('sha1', hash('sha1', 'sandbox_private', 'buffer'))
        .update(payload)
        .digest('hex');
      const pairs = (form.get('bt_signature') ?? '').split('&');
      expect(pairs).toHaveLength(2);
      expect(pairs).toContain(`sandbox_public|${hex}`);
    });
  });
});
