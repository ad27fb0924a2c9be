import Razorpay from 'razorpay';
import { startSandbox, type Sandbox } from '../sandbox.ts';
import { SandboxClient } from '../testing/sandbox-client.ts';

// The vendor's own library as a client that knows nothing of the sandbox.
const unreachableId = 'pay_00000000000000';

function sdk(
  url: string,
  keySecret = 'sandbox_secret',
  keyId = 'rzp_test_sandbox',
  headers: Record<string, string> = {},
): Razorpay {
  const instance = new Razorpay({ key_id: keyId, key_secret: keySecret, headers });
  const { rq } = instance.api as unknown as { rq: { defaults: { baseURL: string } } };
  rq.defaults.baseURL = url;
  return instance;
}

async function rejectionOf(
  call: Promise<unknown>,
): Promise<{ statusCode: number; error: { description: string } }> {
  try {
    await call;
  } catch (error) {
    return error as { statusCode: number; error: { description: string } };
  }
  throw new Error('the call was expected to be refused');
}

const manyNotes = (count: number): Record<string, string> =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`key${index}`, 'value']));

type Done<Answer> = (error: unknown, answer: Answer) => void;

async function called<Answer = unknown>(call: (done: Done<Answer>) => unknown): Promise<Answer> {
  return await new Promise((resolve, reject) => {
    call((error, answer) => {
      if (error === null) {
        resolve(answer);
      } else {
        reject(new Error(JSON.stringify(error)));
      }
    });
  });
}

describe('the official Razorpay SDK against the sandbox', () => {
  let sandbox: Sandbox;
  let client: SandboxClient;
  let razorpay: Razorpay;

  beforeAll(async () => {
    sandbox = await startSandbox();
    client = new SandboxClient(sandbox.url);
    razorpay = sdk(sandbox.url);
  });
  beforeEach(async () => await client.reset());
  afterAll(async () => await sandbox.close());

  it('creates a normal refund of a part and reads the payment as partly refunded', async () => {
    const paymentId = await client.payment('500.00');
    const refund = await razorpay.payments.refund(paymentId, {
      amount: 100,
      speed: 'normal',
      notes: { notes_key_1: 'Beam me up Scotty.', notes_key_2: 'Engage' },
      receipt: 'Receipt No. 31',
    });
    expect(refund).toEqual({
      id: expect.stringMatching(/^rfnd_[0-9A-Za-z]{14}$/) as string,
      entity: 'refund',
      amount: 100,
      currency: 'INR',
      payment_id: paymentId,
      notes: { notes_key_1: 'Beam me up Scotty.', notes_key_2: 'Engage' },
      receipt: 'Receipt No. 31',
      acquirer_data: { arn: null },
      created_at: expect.any(Number) as number,
      batch_id: null,
      status: 'processed',
      speed_processed: 'normal',
      speed_requested: 'normal',
    });
    const payment = await razorpay.payments.fetch(paymentId);
    expect(payment).toMatchObject({ status: 'captured', amount_refunded: 100, refund_status: 'partial' });
  });

  it('refunds everything that is left when no amount is given', async () => {
    const paymentId = await client.payment('500.00');
    await razorpay.payments.refund(paymentId, { amount: 12_345 });
    const rest = await razorpay.payments.refund(paymentId, {});
    expect(rest.amount).toBe(37_655);
    expect(rest.notes).toEqual([]);
    const payment = await razorpay.payments.fetch(paymentId);
    expect(payment).toMatchObject({ status: 'refunded', amount_refunded: 50_000, refund_status: 'full' });
  });

  it('creates an instant refund', async () => {
    const paymentId = await client.payment();
    const refund = await razorpay.payments.refund(paymentId, {
      amount: 100,
      speed: 'optimum',
      receipt: 'r-1',
    });
    expect(refund).toMatchObject({
      speed_requested: 'optimum',
      speed_processed: 'instant',
      status: 'processed',
    });
  });

  it('falls back to normal speed for the documented amount of 2468', async () => {
    const paymentId = await client.payment();
    const refund = await razorpay.payments.refund(paymentId, { amount: 2468, speed: 'optimum' });
    expect(refund).toMatchObject({ speed_requested: 'optimum', speed_processed: 'normal' });
  });

  it('lists the refunds of a payment newest first, page by page', async () => {
    const paymentId = await client.payment();
    const made: string[] = [];
    for (const amount of [100, 200, 300]) {
      made.unshift((await razorpay.payments.refund(paymentId, { amount })).id);
    }
    const all = await razorpay.payments.fetchMultipleRefund(paymentId);
    expect(all).toMatchObject({ entity: 'collection', count: 3 });
    expect(all.items.map((refund) => refund.id)).toEqual(made);
    const second = await razorpay.payments.fetchMultipleRefund(paymentId, { count: 1, skip: 1 });
    expect(second.items.map((refund) => refund.id)).toEqual([made[1]]);
    const none = await razorpay.payments.fetchMultipleRefund(paymentId, { to: 1_000_000_000 });
    expect(none).toEqual({ entity: 'collection', count: 0, items: [] });
  });

  it('fetches one refund of a payment, and none under a payment it does not belong to', async () => {
    const paymentId = await client.payment();
    const otherPaymentId = await client.payment();
    const { id } = await razorpay.payments.refund(paymentId, { amount: 100 });
    expect((await razorpay.payments.fetchRefund(paymentId, id)).id).toBe(id);
    expect((await razorpay.refunds.fetch(id, { payment_id: paymentId })).id).toBe(id);
    const rejection = await rejectionOf(razorpay.payments.fetchRefund(otherPaymentId, id));
    expect(rejection).toMatchObject({
      statusCode: 400,
      error: { description: 'The id provided does not exist' },
    });
  });

  it('lists all refunds of the account, ten unless asked for more', async () => {
    const paymentId = await client.payment();
    for (let made = 0; made < 12; made += 1) {
      await razorpay.payments.refund(paymentId, { amount: 100 });
    }
    expect((await razorpay.refunds.all()).count).toBe(10);
    expect((await razorpay.refunds.all({ count: 100 })).count).toBe(12);
    const aMinuteAgoS = Math.floor(Date.now() / 1000) - 60;
    expect((await razorpay.refunds.all({ from: aMinuteAgoS, skip: 11 })).count).toBe(1);
    expect((await razorpay.refunds.all({ to: aMinuteAgoS })).count).toBe(0);
  });

  it('fetches one refund and replaces its notes', async () => {
    const paymentId = await client.payment();
    const { id } = await razorpay.payments.refund(paymentId, { amount: 100, notes: { before: 'a' } });
    const edited = await razorpay.refunds.edit(id, { notes: { after: 'b' } });
    expect(edited.notes).toEqual({ after: 'b' });
    expect((await razorpay.refunds.fetch(id)).notes).toEqual({ after: 'b' });
  });

  it('lists payments and captures an authorised one, which is refundable from then on', async () => {
    const paymentId = await client.payment('10.00', { captured: false });
    const early = await rejectionOf(razorpay.payments.refund(paymentId, {}));
    expect(early.error.description).toBe('The payment status should be captured for action to be taken');
    await razorpay.payments.capture(paymentId, 1000, 'INR');
    expect((await razorpay.payments.refund(paymentId, {})).amount).toBe(1000);
    expect((await razorpay.payments.all()).items.map((payment) => payment.id)).toEqual([paymentId]);
  });

  it.each([
    ['an unknown payment', unreachableId, 'The id provided does not exist'],
    ['something that is no id', 'pay_short', 'pay_short is not a valid id'],
  ])('refuses %s with status 400 and the vendor’s sentence', async (_case, id, text) => {
    for (const call of [
      razorpay.payments.refund(id, {}),
      razorpay.payments.fetch(id),
      razorpay.payments.fetchMultipleRefund(id),
    ]) {
      expect(await rejectionOf(call)).toMatchObject({
        statusCode: 400,
        error: { code: 'BAD_REQUEST_ERROR', description: text },
      });
    }
  });

  it('refuses more than is left, and anything after a full refund', async () => {
    const paymentId = await client.payment('10.00');
    const tooMuch = await rejectionOf(razorpay.payments.refund(paymentId, { amount: 1001 }));
    expect(tooMuch.error.description).toBe('The refund amount provided is greater than amount captured');
    await razorpay.payments.refund(paymentId, {});
    const again = await rejectionOf(razorpay.payments.refund(paymentId, { amount: 100 }));
    expect(again.error.description).toBe('The payment has been fully refunded already');
  });

  it.each([
    ['a wrong secret', 'wrong', 'rzp_test_sandbox', 'Authentication failed'],
    ['an unknown key', 'sandbox_secret', 'rzp_test_other', 'The api key provided is invalid'],
  ])('refuses %s with 401', async (_case, secret, keyId, text) => {
    const rejection = await rejectionOf(sdk(sandbox.url, secret, keyId).payments.fetch(unreachableId));
    expect(rejection).toMatchObject({ statusCode: 401, error: { description: text } });
  });

  it('loses the answer but not the refund when the connection is cut after processing', async () => {
    const paymentId = await client.payment('10.00');
    await client.prepare('/faults', {
      provider: 'razorpay',
      operation: 'create',
      mode: 'drop-after-process',
      count: 1,
    });
    await expect(razorpay.payments.refund(paymentId, {})).rejects.toBeInstanceOf(Error);
    expect((await razorpay.payments.fetch(paymentId)).amount_refunded).toBe(1000);
  });

  it('gets the status and no error object from a gateway’s HTML page', async () => {
    const paymentId = await client.payment('10.00');
    await client.prepare('/faults', {
      provider: 'razorpay',
      operation: 'create',
      mode: 'html-502',
      count: 1,
    });
    const rejection = await rejectionOf(razorpay.payments.refund(paymentId, {}));
    expect(rejection).toEqual({ statusCode: 502, error: undefined });
    expect((await client.truth(paymentId)).refunds).toEqual([]);
  });

  it('gives every refund call of the library its answer through a callback as well', async () => {
    const paymentId = await client.payment();
    const refund = await called<{ id: string }>((done) =>
      razorpay.payments.refund(paymentId, { amount: 100 }, done),
    );
    const { id } = refund;
    expect(await called((done) => razorpay.payments.fetchRefund(paymentId, id, done))).toMatchObject({ id });
    expect(await called((done) => razorpay.payments.fetchMultipleRefund(paymentId, {}, done))).toMatchObject({
      count: 1,
    });
    expect(await called((done) => razorpay.refunds.all({}, done))).toMatchObject({ count: 1 });
    expect(await called((done) => razorpay.refunds.fetch(id, {}, done))).toMatchObject({ id });
    expect(await called((done) => razorpay.refunds.edit(id, { notes: { a: 'b' } }, done))).toMatchObject({
      notes: { a: 'b' },
    });
  });

  it('lists the refunds of a payment through the list of all, and takes dates for times there', async () => {
    const paymentId = await client.payment();
    await razorpay.payments.refund(await client.payment(), { amount: 100 });
    const { id } = await razorpay.payments.refund(paymentId, { amount: 100 });
    const nowS = Math.floor(Date.now() / 1000);
    const [from, to] = [nowS - 60, nowS + 60];
    const ofPayment = { payment_id: paymentId, from, to };
    expect((await razorpay.refunds.all(ofPayment)).items.map((refund) => refund.id)).toEqual([id]);
    expect((await razorpay.payments.fetchMultipleRefund(paymentId, { from, to })).count).toBe(1);
    expect((await razorpay.refunds.all({ from, to })).count).toBe(2);
    // The library turns dates into seconds; its types know only numbers.
    const date = (seconds: number) => new Date(seconds * 1000).toISOString() as unknown as number;
    expect((await razorpay.refunds.all({ from: date(from), to: date(to) })).count).toBe(2);
    expect((await razorpay.refunds.all({ from: date(to) })).count).toBe(0);
  });

  it('shows a pending refund, then its end and the number of the bank', async () => {
    await client.prepare('/behaviour', { provider: 'razorpay', newRefundStatus: 'pending' });
    const paymentId = await client.payment('500.00', { method: 'upi' });
    const { id, status } = await razorpay.payments.refund(paymentId, { amount: 100 });
    expect(status).toBe('pending');
    await client.admin('POST', `/refunds/razorpay/${id}/settle`);
    const settled = await razorpay.refunds.fetch(id);
    expect(settled).toMatchObject({
      status: 'processed',
      acquirer_data: { rrn: expect.stringMatching(/^\d{14}$/) as string },
    });
    await client.admin('POST', `/refunds/razorpay/${id}/reverse`);
    expect(await razorpay.payments.fetchRefund(paymentId, id)).toMatchObject({ status: 'failed' });
    expect(await razorpay.payments.fetch(paymentId)).toMatchObject({
      amount_refunded: 0,
      refund_status: null,
    });
  });

  it.each([
    ['an unknown refund', 'rfnd_00000000000000', 'The id provided does not exist'],
    ['something that is no id', 'rfnd_short', 'rfnd_short is not a valid id'],
  ])('refuses %s in every call about one refund', async (_case, id, text) => {
    const paymentId = await client.payment();
    for (const call of [
      razorpay.refunds.fetch(id),
      razorpay.refunds.fetch(id, { payment_id: paymentId }),
      razorpay.payments.fetchRefund(paymentId, id),
      razorpay.refunds.edit(id, { notes: { a: 'b' } }),
    ]) {
      expect(await rejectionOf(call)).toMatchObject({ statusCode: 400, error: { description: text } });
    }
  });

  it('refuses pages that are too long, in both lists', async () => {
    const paymentId = await client.payment();
    const text = 'The count may not be greater than 100.';
    for (const call of [
      razorpay.refunds.all({ count: 101 }),
      razorpay.payments.fetchMultipleRefund(paymentId, { count: 101 }),
    ]) {
      expect(await rejectionOf(call)).toMatchObject({ statusCode: 400, error: { description: text } });
    }
  });

  it.each([
    ['too many notes', { notes: manyNotes(16) }, 'Notes validation failed'],
    [
      'a field beside the notes',
      { notes: {}, amount: 100 },
      'amount is/are not required and should not be sent',
    ],
    ['no notes', {}, 'The notes field is required.'],
  ])('refuses an edit with %s', async (_case, params, text) => {
    const { id } = await razorpay.payments.refund(await client.payment(), { amount: 100 });
    const edit = razorpay.refunds.edit(id, params as Parameters<typeof razorpay.refunds.edit>[1]);
    expect(await rejectionOf(edit)).toMatchObject({ statusCode: 400, error: { description: text } });
  });

  it.each([
    ['an unknown field', {}, { reason: 'x' }, 'reason is/are not required and should not be sent'],
    ['too many notes', {}, { notes: manyNotes(16) }, 'Notes validation failed'],
    ['less than a rupee', {}, { amount: 99 }, 'The amount must be atleast INR 1.00'],
    [
      'an instant refund where there is none',
      { refundLimit: 'noInstant' },
      { speed: 'optimum' },
      'Instant refund not supported for the payment',
    ],
    [
      'a part where only all can go back',
      { refundLimit: 'fullOnly' },
      { amount: 100 },
      'Partial refund is currently not supported for this payment method',
    ],
    [
      'a disputed payment',
      { refundLimit: 'disputed' },
      {},
      'The refund on this payment is blocked due to ongoing dispute investigation',
    ],
  ])('refuses %s', async (_case, payment, params, text) => {
    const paymentId = await client.payment('500.00', payment);
    const call = razorpay.payments.refund(
      paymentId,
      params as Parameters<typeof razorpay.payments.refund>[1],
    );
    expect(await rejectionOf(call)).toMatchObject({ statusCode: 400, error: { description: text } });
    expect((await client.truth(paymentId)).refunds).toEqual([]);
  });

  it('refuses a receipt a second time, more than the balance, and a payment of half a year ago', async () => {
    const paymentId = await client.payment();
    await razorpay.payments.refund(paymentId, { amount: 100, receipt: 'r-1' });
    const again = await rejectionOf(razorpay.payments.refund(paymentId, { amount: 100, receipt: 'r-1' }));
    expect(again.error.description).toBe('Duplicate receipt found for this refund request');
    await client.prepare('/behaviour', { provider: 'razorpay', balance: '0' });
    const poor = await rejectionOf(razorpay.payments.refund(paymentId, { amount: 100 }));
    expect(poor.error.description).toMatch(/^Your account does not have enough balance/);
    await client.prepare('/clock', { advanceMs: 184 * 24 * 3_600_000 });
    const old = await rejectionOf(razorpay.payments.refund(paymentId, { amount: 100 }));
    expect(old.error.description).toMatch(/more than 6 months old$/);
  });

  it('is told of a rate limit and of trouble on the server by their status', async () => {
    const paymentId = await client.payment();
    const troubles = { 'rate-limit': 429, status: 500 };
    for (const [mode, statusCode] of Object.entries(troubles)) {
      await client.prepare('/faults', { provider: 'razorpay', operation: '*', mode, count: 1 });
      expect(await rejectionOf(razorpay.payments.refund(paymentId, {}))).toMatchObject({ statusCode });
      await client.prepare('/faults', { provider: 'razorpay', operation: '*', mode, count: 1 });
      expect(await rejectionOf(razorpay.refunds.all())).toMatchObject({ statusCode });
    }
  });

  it('is stopped by the library itself where an id is missing, without a call', () => {
    expect(() => void razorpay.payments.refund('', {})).toThrow('`payment_id` is mandatory');
    expect(() => void razorpay.payments.fetchRefund('', 'rfnd_1')).toThrow(/mandatory/);
    expect(() => void razorpay.payments.fetchRefund('pay_1', '')).toThrow(/mandatory/);
    expect(() => void razorpay.refunds.fetch('')).toThrow('`refund_id` is mandatory');
    expect(() => void razorpay.refunds.edit('', { notes: {} })).toThrow(/mandatory/);
  });

  // Why our own client is not built on the library: two refunds where one was meant.
  it('drops the idempotency header, so that the same call twice is two refunds', async () => {
    const paymentId = await client.payment();
    const withHeader = sdk(sandbox.url, 'sandbox_secret', 'rzp_test_sandbox', {
      'X-Refund-Idempotency': 'key_1234567890',
    });
    await withHeader.payments.refund(paymentId, { amount: 100 });
    await withHeader.payments.refund(paymentId, { amount: 100 });
    expect((await client.truth(paymentId)).refunds).toHaveLength(2);
  });
});
