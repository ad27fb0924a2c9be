import { startSandbox, type Sandbox } from '../sandbox.ts';
import { descriptionOf, SandboxClient } from '../testing/sandbox-client.ts';

describe('Razorpay refund rules', () => {
  let sandbox: Sandbox;
  let client: SandboxClient;

  beforeAll(async () => {
    sandbox = await startSandbox();
    client = new SandboxClient(sandbox.url);
  });
  beforeEach(async () => await client.reset());
  afterAll(async () => await sandbox.close());

  const manyNotes = (count: number): Record<string, string> =>
    Object.fromEntries(Array.from({ length: count }, (_, index) => [`key${index}`, 'value']));

  it.each([
    ['an amount of 0', { amount: 0 }, 'Amount cannot be blank.'],
    ['an amount of "0"', { amount: '0' }, 'Amount cannot be blank.'],
    ['an amount of null', { amount: null }, 'Amount cannot be blank.'],
    ['99 paise', { amount: 99 }, 'The amount must be atleast INR 1.00'],
    ['a negative amount', { amount: -100 }, 'The amount must be atleast INR 1.00'],
    ['an amount with a fraction', { amount: 100.5 }, 'The amount must be an integer.'],
    ['an amount in words', { amount: '1e2' }, 'The amount must be an integer.'],
    [
      'more than was captured',
      { amount: 50_001 },
      'The refund amount provided is greater than amount captured',
    ],
    ['an unknown speed', { speed: 'fast' }, 'The selected speed is invalid.'],
    ['a receipt that is no text', { receipt: 7 }, 'The receipt must be a string of at most 255 characters.'],
    ['sixteen notes', { notes: manyNotes(16) }, 'Notes validation failed'],
    ['a note key of 256 characters', { notes: { ['k'.repeat(256)]: 'v' } }, 'Notes validation failed'],
    ['a note of 513 characters', { notes: { k: 'v'.repeat(513) } }, 'Notes validation failed'],
    ['notes inside notes', { notes: { k: { v: 1 } } }, 'Notes validation failed'],
    ['an unknown field', { reason: 'x' }, 'reason is/are not required and should not be sent'],
    ['two unknown fields', { reason: 'x', id: 1 }, 'reason, id is/are not required and should not be sent'],
    ['a list', [1], 'The request body could not be read as an object.'],
    ['broken JSON', '{"amount":', 'The request body could not be read as an object.'],
  ])('refuses %s and books nothing', async (_case, body, text) => {
    const paymentId = await client.payment('500.00');
    const reply = await client.refund(paymentId, body);
    expect(reply.status).toBe(400);
    expect(reply.json['error']).toMatchObject({ code: 'BAD_REQUEST_ERROR', description: text, metadata: {} });
    expect(await client.truth(paymentId)).toMatchObject({ refunded: '0.00', inFlight: '0.00', refunds: [] });
  });

  it.each([
    ['a number', { amount: 100 }],
    ['text', { amount: '100' }],
  ])('takes the amount as %s and answers it as a number', async (_case, body) => {
    const reply = await client.refund(await client.payment(), body);
    expect(reply.json).toMatchObject({ amount: 100 });
  });

  it('takes fifteen notes of full length and an absent body', async () => {
    const paymentId = await client.payment();
    const notes = { ...manyNotes(14), ['k'.repeat(255)]: 'v'.repeat(512) };
    expect((await client.refund(paymentId, { amount: 100, notes })).json['notes']).toEqual(notes);
    const rest = await client.razorpay('POST', `/payments/${paymentId}/refund`);
    expect(rest.json).toMatchObject({ amount: 49_900, notes: [] });
  });

  it('takes a form as the PHP library sends it', async () => {
    const paymentId = await client.payment();
    const reply = await client.refund(paymentId, 'amount=250&receipt=r-1&notes%5Bcomment%5D=two+words', {
      'content-type': 'application/x-www-form-urlencoded',
    });
    expect(reply.json).toMatchObject({ amount: 250, receipt: 'r-1', notes: { comment: 'two words' } });
  });

  it('names the speeds only when the request named one', async () => {
    const paymentId = await client.payment();
    const silent = await client.refund(paymentId, { amount: 100 });
    expect(Object.keys(silent.json)).not.toContain('speed_requested');
    const spoken = await client.refund(paymentId, { amount: 100, speed: 'normal' });
    expect(spoken.json).toMatchObject({ speed_requested: 'normal', speed_processed: 'normal' });
  });

  it('refuses a receipt used before on the same payment, even after that refund failed, and allows it on another', async () => {
    const paymentId = await client.payment();
    const first = await client.refund(paymentId, { amount: 100, receipt: 'r-1' });
    const repeated = await client.refund(paymentId, { amount: 200, receipt: 'r-1' });
    expect(descriptionOf(repeated)).toBe('Duplicate receipt found for this refund request');
    await client.prepare(`/refunds/razorpay/${String(first.json['id'])}/fail`, {});
    expect((await client.refund(paymentId, { amount: 100, receipt: 'r-1' })).status).toBe(400);
    expect((await client.refund(await client.payment(), { amount: 100, receipt: 'r-1' })).status).toBe(200);
  });

  it('tells a repeated full refund about its receipt before it speaks of the empty payment', async () => {
    const paymentId = await client.payment();
    await client.refund(paymentId, { receipt: 'r-1' });
    expect(descriptionOf(await client.refund(paymentId, { receipt: 'r-1' }))).toBe(
      'Duplicate receipt found for this refund request',
    );
    expect(descriptionOf(await client.refund(paymentId, { receipt: 'r-2' }))).toBe(
      'The payment has been fully refunded already',
    );
  });

  it.each(['created', 'authorized', 'failed'])('refuses to refund a payment that is %s', async (status) => {
    const paymentId = await client.payment('500.00', { status });
    expect(descriptionOf(await client.refund(paymentId))).toBe(
      'The payment status should be captured for action to be taken',
    );
    expect((await client.truth(paymentId)).captured).toBe('0.00');
  });

  it.each([
    ['JPY', '500', 500],
    ['KWD', '99.990', 99_990],
    ['USD', '0.01', 1],
  ])('counts %s in its own minor unit', async (currency, amount, minorUnits) => {
    const paymentId = await client.payment(amount, { currency });
    const refund = await client.refund(paymentId);
    expect(refund.json).toMatchObject({ amount: minorUnits, currency });
    expect(await client.truth(paymentId)).toMatchObject({ captured: amount, refunded: amount, currency });
  });

  it('takes three-decimal currencies only with a last digit of 0', async () => {
    const paymentId = await client.payment('99.990', { currency: 'KWD' });
    expect((await client.refund(paymentId, { amount: 1001 })).status).toBe(400);
    expect((await client.refund(paymentId, { amount: 1010 })).json['amount']).toBe(1010);
  });

  it.each([
    ['noInstant', { speed: 'optimum' }, 'Instant refund not supported for the payment'],
    ['fullOnly', { amount: 100 }, 'Partial refund is currently not supported for this payment method'],
    ['notRefundable', {}, 'Refund is currently not supported for this payment method'],
    ['disputed', {}, 'The refund on this payment is blocked due to ongoing dispute investigation'],
  ])('refuses what a payment with the limit %s cannot do', async (refundLimit, body, text) => {
    const paymentId = await client.payment('500.00', { refundLimit });
    expect(descriptionOf(await client.refund(paymentId, body))).toBe(text);
    expect((await client.truth(paymentId)).refunds).toEqual([]);
  });

  it.each([
    ['noInstant', { amount: 100, speed: 'normal' }],
    ['fullOnly', { amount: 50_000 }],
    ['fullOnly', {}],
  ])('takes what a payment with the limit %s can do: %j', async (refundLimit, body) => {
    const paymentId = await client.payment('500.00', { refundLimit });
    expect((await client.refund(paymentId, body)).status).toBe(200);
  });

  it.each([
    ['card', 'arn'],
    ['upi', 'rrn'],
    ['netbanking', 'utr'],
  ])('tells the number of the bank for %s (%s) a day after processing', async (method, name) => {
    const { json } = await client.refund(await client.payment('500.00', { method }));
    const now = async () => (await client.razorpay('GET', `/refunds/${String(json['id'])}`)).json;
    expect(json).toMatchObject({ status: 'processed', acquirer_data: { [name]: null } });
    await client.prepare('/clock', { advanceMs: 23 * 3_600_000 });
    expect(await now()).toMatchObject({ acquirer_data: { [name]: null } });
    await client.prepare('/clock', { advanceMs: 3_600_000 });
    expect(await now()).toMatchObject({
      acquirer_data: { [name]: expect.stringMatching(/^\d{14}$/) as string },
    });
  });

  it('processes a pending refund by itself after the time that was asked for', async () => {
    const hourMs = 3_600_000;
    await client.prepare('/behaviour', {
      provider: 'razorpay',
      newRefundStatus: 'pending',
      settleAfterMs: hourMs,
    });
    const paymentId = await client.payment();
    const { json: settles } = await client.refund(paymentId, { amount: 100 });
    const { json: fails } = await client.refund(paymentId, { amount: 200 });
    await client.admin('POST', `/refunds/razorpay/${String(fails['id'])}/fail`);
    await client.prepare('/clock', { advanceMs: hourMs - 60_000 });
    expect((await client.truth(paymentId)).refunds).toMatchObject([
      { status: 'pending' },
      { status: 'failed' },
    ]);
    await client.prepare('/clock', { advanceMs: 60_000 });
    expect((await client.truth(paymentId)).refunds).toMatchObject([
      { id: settles['id'], status: 'processed' },
      { status: 'failed' },
    ]);
  });

  it('answers a refund that failed at once, which takes nothing from the payment', async () => {
    await client.prepare('/behaviour', { provider: 'razorpay', newRefundStatus: 'failed', balance: '2.00' });
    const paymentId = await client.payment();
    expect((await client.refund(paymentId, { amount: 100 })).json).toMatchObject({ status: 'failed' });
    const { json } = await client.razorpay('GET', `/payments/${paymentId}`);
    expect(json).toMatchObject({ amount_refunded: 0, refund_status: null });
    await client.prepare('/behaviour', { provider: 'razorpay', newRefundStatus: 'processed' });
    expect((await client.refund(paymentId, { amount: 200 })).status).toBe(200);
  });

  it('refuses a normal refund of a payment older than six months and still allows an instant one', async () => {
    const paymentId = await client.payment();
    await client.prepare('/clock', { advanceMs: 184 * 24 * 3_600_000 });
    expect(descriptionOf(await client.refund(paymentId, { amount: 100 }))).toBe(
      'Refund is not supported by the bank because the payment is more than 6 months old',
    );
    expect((await client.refund(paymentId, { amount: 100, speed: 'optimum' })).status).toBe(200);
  });

  it.each([
    ['no credentials', {}, 'Authentication failed'],
    [
      'a scheme word in small letters',
      { authorization: `basic ${btoa('rzp_test_sandbox:sandbox_secret')}` },
      'Authentication failed',
    ],
    ['a bearer token', { authorization: 'Bearer x' }, 'Authentication failed'],
  ])('answers 401 to %s', async (_case, headers, text) => {
    const response = await fetch(`${sandbox.url}/v1/refunds`, { headers });
    expect(response.status).toBe(401);
    expect(await response.json()).toMatchObject({ error: { code: 'BAD_REQUEST_ERROR', description: text } });
  });

  it.each([
    ['/refunds?count=101', 'The count may not be greater than 100.'],
    ['/refunds?count=0', 'The count must be at least 1.'],
    ['/refunds?from=yesterday', 'The from must be an integer.'],
    ['/refunds?status=failed', 'status is/are not required and should not be sent'],
    ['/refunds/rfnd_short', 'rfnd_short is not a valid id'],
    ['/refunds/rfnd_00000000000000', 'The id provided does not exist'],
    ['/refund', 'The requested URL was not found on the server.'],
  ])('answers GET %s with 400', async (path, text) => {
    const reply = await client.razorpay('GET', path);
    expect(reply.status).toBe(400);
    expect(descriptionOf(reply)).toBe(text);
  });

  it.each([
    [{ notes: manyNotes(16) }, 'Notes validation failed'],
    [{}, 'The notes field is required.'],
    [{ notes: {}, receipt: 'x' }, 'receipt is/are not required and should not be sent'],
  ])('refuses to change a refund to %j', async (body, text) => {
    const { json } = await client.refund(await client.payment(), { amount: 100 });
    const reply = await client.razorpay('PATCH', `/refunds/${String(json['id'])}`, body);
    expect(reply.status).toBe(400);
    expect(descriptionOf(reply)).toBe(text);
  });

  it('never refunds more than was captured, however the refunds are cut', async () => {
    const paymentId = await client.payment('10.00');
    const replies = await Promise.all(
      Array.from({ length: 7 }, async () => await client.refund(paymentId, { amount: 300 })),
    );
    expect(replies.filter((reply) => reply.status === 200)).toHaveLength(3);
    expect(await client.truth(paymentId)).toMatchObject({ captured: '10.00', refunded: '9.00' });
    expect((await client.refund(paymentId)).json['amount']).toBe(100);
  });
});
