import { startSandbox, type Sandbox } from '../sandbox.ts';
import { BraintreeClient, codesIn, elementIn } from '../testing/braintree-client.ts';
import { eventually } from '../testing/sandbox-client.ts';

const DAY_MS = 24 * 3_600_000;
const isoTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

describe('Braintree’s settlement and books', () => {
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

  const refundOf = async (paymentId: string, transaction: unknown = {}): Promise<string> =>
    String(elementIn(await client.refund(paymentId, transaction), 'id'));
  const statusOf = async (id: string): Promise<string | undefined> =>
    elementIn(await client.find(id), 'status');

  it('settle a refund by themselves after a second', async () => {
    await client.behave({ settleAfterMs: 1_000 });
    const paymentId = await client.payment('10.00');
    const refundId = await refundOf(paymentId);
    expect(await client.truth(paymentId)).toMatchObject({ refunded: '0.00', inFlight: '10.00' });
    await client.sandbox.prepare('/clock', { advanceMs: 600 });
    expect(await statusOf(refundId)).toBe('settling');
    await eventually(
      async () => await statusOf(refundId),
      (status) => status === 'settled',
    );
    expect(await client.truth(paymentId)).toMatchObject({ refunded: '10.00', inFlight: '0.00' });
    expect(elementIn(await client.find(refundId), 'settlement-batch-id')).toMatch(
      /^\d{4}-\d\d-\d\d_sandbox_account$/,
    );
  });

  it('settle with the daily batch only, when asked to: the clock has to move', async () => {
    const paymentId = await client.payment('10.00', { status: 'submitted_for_settlement' });
    await client.sandbox.prepare('/clock', { advanceMs: DAY_MS / 2 });
    expect(await statusOf(paymentId)).toBe('settling');
    await client.sandbox.prepare('/clock', { advanceMs: DAY_MS / 2 });
    expect(await statusOf(paymentId)).toBe('settled');
    const refundId = await refundOf(paymentId);
    await client.sandbox.prepare('/clock', { advanceMs: DAY_MS });
    expect(await statusOf(refundId)).toBe('settled');
  });

  it('leave alone what was decided before the batch', async () => {
    const paymentId = await client.payment('10.00');
    const refundId = await refundOf(paymentId);
    await client.call('PUT', `/transactions/${refundId}/void`);
    await client.sandbox.prepare('/clock', { advanceMs: DAY_MS });
    expect(await statusOf(refundId)).toBe('voided');
  });

  it('decline the settlement of amounts from 4001, except for cards', async () => {
    const cardRefund = await refundOf(await client.payment('9000.00'), { amount: '4001.00' });
    const debitRefund = await refundOf(await client.payment('9000.00', { method: 'us_bank_account' }), {
      amount: '4003.00',
    });
    await client.sandbox.prepare('/clock', { advanceMs: DAY_MS });
    expect(await statusOf(cardRefund)).toBe('settled');
    const declined = await client.find(debitRefund);
    expect(elementIn(declined, 'status')).toBe('settlement_declined');
    expect(elementIn(declined, 'processor-settlement-response-code')).toBe('4003');
  });

  it('make a payment and tell the truth about it', async () => {
    const made = await client.sandbox.prepare('/payments', {
      provider: 'braintree',
      amount: '500.00',
      currency: 'EUR',
      orderId: 'order-1',
      method: 'sepa_debit',
    });
    const paymentId = String(made['paymentId']);
    expect(made).toEqual({
      provider: 'braintree',
      paymentId: expect.stringMatching(/^[0-9a-z]{8}$/) as string,
      currency: 'EUR',
      status: 'settled',
      method: 'sepa_debit',
      merchantAccountId: 'sandbox_account_eur',
      orderId: 'order-1',
    });
    expect(await client.truth(paymentId)).toEqual({
      provider: 'braintree',
      paymentId,
      currency: 'EUR',
      status: 'settled',
      captured: '500.00',
      refunded: '0.00',
      inFlight: '0.00',
      refunds: [],
    });
  });

  it('make payments in bulk', async () => {
    const { paymentIds } = await client.sandbox.prepare('/payments', {
      provider: 'braintree',
      amount: '1.00',
      currency: 'USD',
      count: 1_000,
    });
    expect(new Set(paymentIds as string[]).size).toBe(1_000);
  });

  it.each([
    [{ amount: '1.00', currency: 'XQX' }, /no merchant account takes "XQX"/],
    [{ amount: '1.00', currency: 'KWD' }, /no merchant account takes "KWD"/],
    [{ amount: '1.00', currency: 'EUR', merchantAccountId: 'sandbox_account' }, /no merchant account/],
    [{ amount: '0.00', currency: 'USD' }, /"amount" must be a decimal string above 0/],
    [{ amount: '1.5', currency: 'JPY' }, /at most 0 decimals/],
    [{ amount: '1.00', currency: 'USD', status: 'refunded' }, /"status" must be one of/],
    [{ amount: '1.00', currency: 'USD', method: 'upi' }, /"method" must be one of/],
    [{ amount: '1.00', currency: 'USD', colour: 'red' }, /unknown field "colour"/],
  ])('refuse to make the payment %j', async (body, message) => {
    const reply = await client.sandbox.admin('POST', '/payments', { provider: 'braintree', ...body });
    expect(reply.status).toBe(400);
    expect(reply.json['error']).toMatchObject({ message: expect.stringMatching(message) as string });
  });

  it.each([
    [{ settleAfterMs: -1 }, /"settleAfterMs" must be a whole number/],
    [{ settleAfterMs: '1' }, /"settleAfterMs" must be a whole number/],
    [{ requestKeys: 'no' }, /"requestKeys" must be true or false/],
    [{ balance: '1.00' }, /unknown field "balance"/],
  ])('refuse the behaviour %j', async (behaviour, message) => {
    const reply = await client.sandbox.admin('POST', '/behaviour', { provider: 'braintree', ...behaviour });
    expect(reply.status).toBe(400);
    expect(reply.json['error']).toMatchObject({ message: expect.stringMatching(message) as string });
  });

  it('count settled refunds as refunded, others on their way as in flight, and list every one', async () => {
    const paymentId = await client.payment('9000.00', { orderId: 'order-1' });
    const settled = await refundOf(paymentId, { amount: '1.00', order_id: 'r-1', api_request_key: 'key-1' });
    await client.change(settled, 'settle');
    const underway = await refundOf(paymentId, { amount: '2.00' });
    await client.refund(paymentId, { amount: '2004.00', order_id: 'r-3' });
    const voided = await refundOf(paymentId, { amount: '4.00' });
    await client.change(voided, 'cancel');
    const truth = await client.truth(paymentId);
    expect(truth).toMatchObject({ captured: '9000.00', refunded: '1.00', inFlight: '2.00' });
    expect(truth.refunds).toMatchObject([
      {
        id: settled,
        amount: '1.00',
        currency: 'USD',
        status: 'settled',
        reference: 'r-1',
        createdAt: expect.stringMatching(isoTime) as string,
        notes: { action: 'refund', apiRequestKey: 'key-1' },
      },
      { id: underway, status: 'submitted_for_settlement', reference: 'order-1', notes: { action: 'refund' } },
      { amount: '2004.00', status: 'processor_declined', reference: 'r-3' },
      { id: voided, amount: '4.00', status: 'voided' },
    ]);
    expect(await client.bookings()).toEqual(
      truth.refunds.map((refund) => ({ provider: 'braintree', paymentId, ...refund })),
    );
  });

  it('show a voided payment as wholly given back, under its own id and the key of the void', async () => {
    const paymentId = await client.payment('10.00', {
      status: 'submitted_for_settlement',
      orderId: 'order-1',
    });
    expect(await client.truth(paymentId)).toMatchObject({ captured: '10.00', refunded: '0.00', refunds: [] });
    await client.call('PUT', `/transactions/${paymentId}/void`, {
      transaction: { api_request_key: 'key-1' },
    });
    const entry = {
      id: paymentId,
      amount: '10.00',
      currency: 'USD',
      status: 'voided',
      reference: 'key-1',
      createdAt: expect.stringMatching(isoTime) as string,
      notes: { action: 'void', apiRequestKey: 'key-1' },
    };
    expect(await client.truth(paymentId)).toMatchObject({
      status: 'voided',
      captured: '10.00',
      refunded: '10.00',
      inFlight: '0.00',
      refunds: [entry],
    });
    expect(await client.bookings()).toEqual([{ provider: 'braintree', paymentId, ...entry }]);
    expect((await client.change(paymentId, 'settle')).json['error']).toMatchObject({ code: 'NOT_POSSIBLE' });
  });

  it('list a credit of nothing without a payment', async () => {
    await client.behave({ credits: true });
    const credit = await client.call('POST', '/transactions', {
      transaction: {
        type: 'credit',
        amount: '5.00',
        payment_method_nonce: 'fake-valid-nonce',
        order_id: 'c-1',
      },
    });
    expect(await client.bookings()).toMatchObject([
      { id: elementIn(credit, 'id'), paymentId: '', amount: '5.00', reference: 'c-1' },
    ]);
  });

  it('know no payment under the id of a refund, and no refund under the id of a payment', async () => {
    const paymentId = await client.payment();
    const refundId = await refundOf(paymentId);
    expect((await client.sandbox.admin('GET', `/payments/braintree/${refundId}`)).status).toBe(404);
    expect((await client.change(paymentId, 'settle')).status).toBe(404);
  });

  it.each([
    [['settle'], 'settled', '10.00'],
    [['settle', 'settle'], 'settled', '10.00'],
    [['decline'], 'settlement_declined', '0.00'],
    [['settle', 'decline'], 'settlement_declined', '0.00'],
    [['settle', 'reverse'], 'settlement_declined', '0.00'],
    [['fail'], 'failed', '0.00'],
    [['settle', 'fail'], 'failed', '0.00'],
    [['cancel'], 'voided', '0.00'],
  ])('after %j a refund is %s and %s is refunded', async (changes, status, refunded) => {
    const paymentId = await client.payment('10.00');
    const refundId = await refundOf(paymentId);
    for (const change of changes) {
      expect((await client.change(refundId, change)).status).toBe(200);
    }
    expect(await client.truth(paymentId)).toMatchObject({
      refunded,
      inFlight: '0.00',
      refunds: [{ status }],
    });
    const left = refunded === '0.00' ? '10.00' : undefined;
    const next = await client.refund(paymentId);
    expect(codesIn(next)).toEqual(left === undefined ? ['91512'] : []);
    expect(left === undefined ? undefined : elementIn(next, 'amount')).toBe(left);
  });

  it.each([
    [[], 'reverse'],
    [['settle'], 'cancel'],
    [['cancel'], 'settle'],
    [['decline'], 'settle'],
    [['fail'], 'decline'],
  ])('after %j nothing can %s', async (changes, change) => {
    const refundId = await refundOf(await client.payment('10.00'));
    for (const earlier of changes) {
      await client.change(refundId, earlier);
    }
    const before = await statusOf(refundId);
    const reply = await client.change(refundId, change);
    expect(reply.status).toBe(409);
    expect(reply.json['error']).toMatchObject({ code: 'NOT_POSSIBLE' });
    expect(await statusOf(refundId)).toBe(before);
  });

  it('are empty after a reset, and nothing of before settles into them', async () => {
    const paymentId = await client.payment();
    await refundOf(paymentId, { api_request_key: 'key-1' });
    await client.behave({ requestKeys: false });
    await client.sandbox.reset();
    expect(await client.bookings()).toEqual([]);
    expect((await client.find(paymentId)).status).toBe(404);
    const fresh = await client.payment();
    expect((await client.refund(fresh, { api_request_key: 'key-1' })).status).toBe(201);
  });
});
