import { openBenchTop, type BenchTop } from '../processing/bench-top.ts';
import { callsTo, ended, requested, resultsOf } from './feature-bench.ts';

// Everything that the vendor's page about refunds offers, asked for by event and told by events.
let top: BenchTop;

beforeEach(async () => {
  top = await openBenchTop();
  top.executor.start();
});

afterEach(async () => {
  await top.close();
});

const refundsOf = async (paymentId: string) => (await top.sandbox.payment('razorpay', paymentId)).refunds;
const creates = async (): Promise<number> => await callsTo(top, 'razorpay', /\/refund$/);

/** The refund as Razorpay shows it. */
async function entityOf(id: unknown): Promise<Readonly<Record<string, unknown>>> {
  const keys = Buffer.from('rzp_test_sandbox:sandbox_secret').toString('base64');
  const headers = { authorization: `Basic ${keys}` };
  const answer = await fetch(`${top.sandboxUrl}/v1/refunds/${String(id)}`, { headers });
  return (await answer.json()) as Readonly<Record<string, unknown>>;
}

describe('a normal refund', () => {
  it('has the amount in paise, the receipt and the notes of the request, and is told with everything that is known', async () => {
    const paymentId = await top.payment('5001.00');
    const completed = await ended(top, paymentId, {
      amount: '1.00',
      orderId: 'o-31',
      reason: 'customer_request',
      requestedBy: 'orders/ann',
      metadata: { shop: 'Deck 7' },
      providerOptions: {
        speed: 'normal',
        receipt: 'Receipt No. 31',
        notes: { notes_key_1: 'Beam me up Scotty.', notes_key_2: 'Engage' },
      },
    });
    const entity = await entityOf(completed['providerRefundId']);
    expect(entity).toMatchObject({
      entity: 'refund',
      amount: 100,
      currency: 'INR',
      payment_id: paymentId,
      receipt: 'Receipt No. 31',
      notes: { notes_key_1: 'Beam me up Scotty.', notes_key_2: 'Engage' },
      status: 'processed',
      speed_requested: 'normal',
      speed_processed: 'normal',
    });
    expect(entity['notes']).not.toHaveProperty('shop');
    expect(completed).toMatchObject({
      type: 'RefundCompleted',
      provider: 'razorpay',
      mode: 'test',
      action: 'refund',
      paymentId,
      amount: '1.00',
      currency: 'INR',
      orderId: 'o-31',
      reason: 'customer_request',
      requestedBy: 'orders/ann',
      metadata: { shop: 'Deck 7' },
      remaining: '5000.00',
    });
  });

  it('without an amount › is all of the payment, whatever the speed says', async () => {
    const paymentId = await top.payment('500.00');
    expect(await ended(top, paymentId, { providerOptions: { speed: 'normal' } })).toMatchObject({
      type: 'RefundCompleted',
      amount: '500.00',
      remaining: '0.00',
    });
    expect(await refundsOf(paymentId)).toMatchObject([{ amount: '500.00' }]);
  });

  it('without options › carries our own receipt, no speed and only our note', async () => {
    const completed = await ended(top, await top.payment(), { amount: '1.00' });
    const entity = await entityOf(completed['providerRefundId']);
    expect(entity).toMatchObject({
      receipt: expect.stringMatching(/^rr_/) as unknown,
      notes: { refundry_id: completed['refundId'] },
    });
    expect(entity).not.toHaveProperty('speed_requested');
  });

  it.each([
    ['JPY', '500', '10', 10],
    ['KWD', '500.000', '1.230', 1230],
  ])('in %s › is sent in its own minor units', async (currency, captured, amount, minorUnits) => {
    const paymentId = await top.payment(captured, { currency });
    const completed = await ended(top, paymentId, { amount, currency });
    expect(completed).toMatchObject({ type: 'RefundCompleted', amount, currency });
    expect((await entityOf(completed['providerRefundId']))['amount']).toBe(minorUnits);
  });
});

describe('an instant refund', () => {
  const speed = 'optimum';

  it('goes back at once where the bank can do it', async () => {
    const completed = await ended(top, await top.payment(), { amount: '1.00', providerOptions: { speed } });
    expect(completed).toMatchObject({ type: 'RefundCompleted' });
    expect(await entityOf(completed['providerRefundId'])).toMatchObject({
      speed_requested: 'optimum',
      speed_processed: 'instant',
    });
  });

  it('that falls back to normal at Razorpay › completes all the same', async () => {
    const completed = await ended(top, await top.payment(), { amount: '24.68', providerOptions: { speed } });
    expect(completed).toMatchObject({ type: 'RefundCompleted', amount: '24.68' });
    expect(await entityOf(completed['providerRefundId'])).toMatchObject({
      speed_requested: 'optimum',
      speed_processed: 'normal',
    });
  });

  it('that the payment does not take › is asked for again as a normal one, and paid once', async () => {
    const paymentId = await top.payment('100.00', { refundLimit: 'noInstant' });
    const completed = await ended(top, paymentId, { amount: '1.00', providerOptions: { speed } });
    expect(completed).toMatchObject({ type: 'RefundCompleted' });
    expect(await refundsOf(paymentId)).toHaveLength(1);
    expect(await entityOf(completed['providerRefundId'])).toMatchObject({ speed_requested: 'normal' });
  });
});

describe('a refund that Razorpay has not processed yet', () => {
  it('is pending, and completed with the number of the bank when it is processed', async () => {
    await top.sandbox.setBehaviour('razorpay', { newRefundStatus: 'pending' });
    const refundId = await requested(top, await top.payment(), { amount: '1.00' });
    const { refund } = await top.until(refundId, 'pending');
    expect(resultsOf(await top.until(refundId, 'pending'))).toEqual([]);
    await top.sandbox.changeRefund('razorpay', refund.providerRefundId ?? '', 'settle');
    const [completed] = resultsOf(await top.until(refundId, 'completed'));
    const { acquirer_data: acquirer } = await entityOf(refund.providerRefundId);
    expect(completed).toMatchObject({ type: 'RefundCompleted', references: acquirer });
    expect(acquirer).toEqual({ arn: expect.stringMatching(/^\d+$/) as unknown });
  });

  it('fails with its reason when the bank cannot do it', async () => {
    await top.sandbox.setBehaviour('razorpay', { newRefundStatus: 'pending' });
    const refundId = await requested(top, await top.payment(), { amount: '1.00' });
    const { refund } = await top.until(refundId, 'pending');
    await top.sandbox.changeRefund('razorpay', refund.providerRefundId ?? '', 'fail');
    expect(resultsOf(await top.until(refundId, 'failed'))).toMatchObject([
      {
        type: 'RefundFailed',
        failure: { kind: 'declined', provider: { code: 'REFUND_FAILED' }, mayRequestAgain: true },
      },
    ]);
  });
});

describe('a receipt', () => {
  it('that another refund of the payment has › never completes a second one with the money of the first', async () => {
    const paymentId = await top.payment('100.00');
    const options = { amount: '1.00', providerOptions: { receipt: 'Receipt No. 31' } };
    await ended(top, paymentId, options);
    expect(await ended(top, paymentId, options)).toMatchObject({
      type: 'RefundFailed',
      failure: { kind: 'declined', provider: { code: 'DUPLICATE_RECEIPT' } },
    });
    expect(await refundsOf(paymentId)).toHaveLength(1);
  });

  it('may be the same on two payments', async () => {
    const options = { amount: '1.00', providerOptions: { receipt: 'Receipt No. 31' } };
    for (const paymentId of [await top.payment(), await top.payment()])
      expect(await ended(top, paymentId, options)).toMatchObject({ type: 'RefundCompleted' });
  });
});

describe('a payment', () => {
  it.each([
    ['fullOnly', 'PARTIAL_NOT_SUPPORTED'],
    ['notRefundable', 'METHOD_NOT_REFUNDABLE'],
    ['disputed', 'PAYMENT_DISPUTED'],
  ])('that is limited to %s › fails its refund with the words of Razorpay', async (refundLimit, code) => {
    const paymentId = await top.payment('100.00', { refundLimit });
    expect(await ended(top, paymentId, { amount: '1.00' })).toMatchObject({
      type: 'RefundFailed',
      failure: { kind: 'declined', provider: { code } },
    });
    expect(await refundsOf(paymentId)).toEqual([]);
  });

  it.each([
    ['notes that are no texts', { notes: { count: 1 } }],
    [
      'more notes than Razorpay takes',
      { notes: Object.fromEntries(Array.from({ length: 15 }, (_unused, at) => [`n${String(at)}`, 'x'])) },
    ],
    ['a speed that there is not', { speed: 'instant' }],
    ['a receipt without text', { receipt: '' }],
  ])('with %s in the request › is not asked for a refund', async (_what, providerOptions) => {
    expect(await ended(top, await top.payment(), { amount: '1.00', providerOptions })).toMatchObject({
      failure: { kind: 'rejected', code: 'OPTIONS_INVALID' },
    });
    expect(await creates()).toBe(0);
  });
});
