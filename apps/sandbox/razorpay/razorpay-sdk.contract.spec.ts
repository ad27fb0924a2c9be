import Razorpay from 'razorpay';
import { startSandbox, type Sandbox } from '../sandbox.ts';
import { SandboxClient } from '../testing/sandbox-client.ts';

// The vendor's own library as a client that knows nothing of the sandbox.
const unreachableId = 'pay_00000000000000';

function sdk(url: string, keySecret = 'sandbox_secret', keyId = 'rzp_test_sandbox'): Razorpay {
  const instance = new Razorpay({ key_id: keyId, key_secret: keySecret });
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
});
