import type { ProcessingAccount } from '#libs/processing';
import { openBenchTop, type BenchTop, type BenchTopOptions } from '../processing/bench-top.ts';
import { braintree } from '../processing/braintree-provider.ts';
import { callsTo, ended, requested, resultsOf } from './feature-bench.ts';

// Everything that the vendor's page about refunds offers, asked for by event and told by events.
let top: BenchTop;

const open = async (options: BenchTopOptions = {}): Promise<void> => {
  top = await openBenchTop({ provider: braintree(), ...options });
  await top.sandbox.setBehaviour('braintree', { settleAfterMs: 50 });
  top.executor.start();
};

const refundsOf = async (paymentId: string) => (await top.sandbox.payment('braintree', paymentId)).refunds;
const refundCalls = async (): Promise<number> => await callsTo(top, 'braintree', /\/(refund|void)$/);

/** The line items of a refund, as Braintree has them. */
async function lineItemsOf(id: unknown): Promise<string> {
  const path = `merchants/sandbox_merchant/transactions/${String(id)}/line_items`;
  const keys = Buffer.from('sandbox_public:sandbox_private').toString('base64');
  const answer = await fetch(`${top.sandboxUrl}/${path}`, { headers: { authorization: `Basic ${keys}` } });
  return await answer.text();
}

afterEach(async () => {
  await top.close();
});

describe('an amount', () => {
  it.each(['settled', 'settling'])(
    'of all of a %s payment › goes back as a refund, and the event says that nothing remains',
    async (status) => {
      await open();
      const paymentId = await top.payment('100.00', { status });
      const completed = await ended(top, paymentId, { amount: '100.00' });
      const [booked] = await refundsOf(paymentId);
      expect(booked).toMatchObject({ amount: '100.00', status: 'settled', notes: { action: 'refund' } });
      expect(completed).toMatchObject({
        type: 'RefundCompleted',
        mode: 'test',
        action: 'refund',
        amount: '100.00',
        currency: 'USD',
        providerRefundId: booked?.id,
        remaining: '0.00',
      });
    },
  );

  it('in parts, asked for at once › goes back part by part, in order, and an omitted amount is the rest of it', async () => {
    await open();
    const paymentId = await top.payment('100.00');
    const amounts = ['50.00', '10.00', undefined];
    await top.request(
      amounts.map((amount, at) => ({
        refundId: `part-${String(at)}`,
        paymentId,
        ...(amount && { amount }),
      })),
    );
    const results = [];
    for (const at of amounts.keys())
      results.push(...resultsOf(await top.until(`part-${String(at)}`, 'completed')));
    expect(results).toMatchObject([
      { type: 'RefundCompleted', amount: '50.00' },
      { type: 'RefundCompleted', amount: '10.00' },
      { type: 'RefundCompleted', amount: '40.00', remaining: '0.00' },
    ]);
    expect((await refundsOf(paymentId)).map(({ amount }) => amount)).toEqual(['50.00', '10.00', '40.00']);
  });

  it('omitted › is all of the payment', async () => {
    await open();
    const paymentId = await top.payment('12.34');
    expect(await ended(top, paymentId)).toMatchObject({ type: 'RefundCompleted', amount: '12.34' });
  });

  it('above what is left, or of a payment that is refunded completely › is rejected, and nothing is sent', async () => {
    await open();
    const paymentId = await top.payment('100.00');
    await ended(top, paymentId, { amount: '60.00' });
    expect(await ended(top, paymentId, { amount: '40.01' })).toMatchObject({
      type: 'RefundFailed',
      failure: { kind: 'rejected', code: 'EXCEEDS_REMAINING', actBy: 'merchant' },
    });
    await ended(top, paymentId);
    expect(await ended(top, paymentId, { amount: '1.00' })).toMatchObject({
      failure: { kind: 'rejected', code: 'NOTHING_LEFT' },
    });
    expect(await refundCalls()).toBe(2);
  });

  it('in parts › waits between them as long as the account says', async () => {
    const spacingMs = 700;
    await open({ account: (configured: ProcessingAccount) => ({ ...configured, spacingMs }) });
    const paymentId = await top.payment('100.00');
    await top.request(['a', 'b'].map((refundId) => ({ refundId, paymentId, amount: '10.00' })));
    await top.until('b', 'completed');
    const { rows } = await top.sql.query<{ apart: number }>(
      `select extract(epoch from max(started_at) - min(started_at)) * 1000 as apart
       from refundry.call where verb = 'create'`,
    );
    expect(Number(rows[0]?.apart)).toBeGreaterThanOrEqual(spacingMs);
  });
});

describe('an option', () => {
  it('orderId › names the refund at Braintree; without it, our own reference does and never the order of the payment', async () => {
    await open();
    const paymentId = await top.payment('100.00', { orderId: 'o-1' });
    await ended(top, paymentId, { amount: '1.00', providerOptions: { orderId: 'o-1-back' } });
    await ended(top, paymentId, { amount: '2.00' });
    const [own, ours] = await refundsOf(paymentId);
    expect([own?.reference, ours?.reference]).toEqual(['o-1-back', expect.stringMatching(/^rr_/)]);
  });

  it('orderId longer than PayPal takes › fails with the words of Braintree', async () => {
    await open();
    const paymentId = await top.payment('100.00', { method: 'paypal' });
    const orderId = 'x'.repeat(128);
    expect(await ended(top, paymentId, { amount: '1.00', providerOptions: { orderId } })).toMatchObject({
      failure: {
        kind: 'declined',
        actBy: 'merchant',
        mayRequestAgain: true,
        provider: { code: 'OPTIONS_INVALID', text: expect.stringContaining('91501') as unknown },
      },
    });
    expect(await refundsOf(paymentId)).toEqual([]);
  });

  it('merchantAccountId › is the account that pays, whose currency is that of the payment', async () => {
    await open();
    const paymentId = await top.payment('100.00', { currency: 'EUR' });
    const asked = { amount: '1.00', currency: 'EUR' };
    const options = (merchantAccountId: string) => ({ providerOptions: { merchantAccountId } });
    expect(await ended(top, paymentId, { ...asked, ...options('sandbox_account_eur') })).toMatchObject({
      type: 'RefundCompleted',
      currency: 'EUR',
    });
    expect(await ended(top, paymentId, { ...asked, ...options('nobody') })).toMatchObject({
      failure: {
        kind: 'declined',
        provider: { code: 'MERCHANT_ACCOUNT_REFUSED', text: expect.stringContaining('91513') as unknown },
      },
    });
    expect(await refundsOf(paymentId)).toHaveLength(1);
  });

  it('lineItems › arrive with every field', async () => {
    await open();
    const paymentId = await top.payment('100.00');
    const item = {
      name: 'Pen',
      kind: 'credit',
      quantity: '2.5',
      unitAmount: '4.1234',
      totalAmount: '10.31',
      unitTaxAmount: '0.82',
      taxAmount: '2.05',
      discountAmount: '0.50',
      unitOfMeasure: 'box',
      productCode: 'PEN-1',
      commodityCode: '44121704',
      description: 'Blue pens',
      upcCode: '036000291452',
      upcType: 'UPC-A',
      url: 'https://shop.example/pen',
    };
    const options = { providerOptions: { lineItems: [item, { ...item, kind: 'debit', name: 'Fee' }] } };
    const completed = await ended(top, paymentId, { amount: '10.31', ...options });
    expect(completed).toMatchObject({ type: 'RefundCompleted' });
    const shown = await lineItemsOf(completed['providerRefundId']);
    for (const value of [...Object.values(item), 'debit', 'Fee']) expect(shown).toContain(`>${value}<`);
  });

  it.each<[string, Readonly<Record<string, unknown>>, string]>([
    [
      'more line items than 249',
      {
        lineItems: Array.from({ length: 250 }, () => ({
          name: 'Pen',
          kind: 'credit',
          quantity: '1',
          unitAmount: '1.00',
          totalAmount: '1.00',
        })),
      },
      'OPTIONS_INVALID',
    ],
    ['a credit of nothing', { credit: { paymentMethodToken: 'my_token' } }, 'CREDIT_NOT_ALLOWED'],
  ])('%s › is rejected before anything is sent', async (_what, providerOptions, code) => {
    await open();
    const paymentId = await top.payment();
    expect(await ended(top, paymentId, { amount: '1.00', providerOptions })).toMatchObject({
      type: 'RefundFailed',
      failure: { kind: 'rejected', code },
    });
    expect(await refundCalls()).toBe(0);
  });

  it('is not needed for a request key: every attempt has one', async () => {
    await open();
    const paymentId = await top.payment();
    await ended(top, paymentId, { amount: '1.00' });
    const { rows } = await top.sql.query<{ key: string }>('select key from refundry.attempt');
    const [booked] = await top.booked();
    expect(booked).toMatchObject({ notes: { apiRequestKey: rows[0]?.key } });
  });
});

describe('a payment that cannot be refunded', () => {
  it.each<[string, () => Promise<string>, string]>([
    ['that is not there', async () => await Promise.resolve('nowhere1'), 'PAYMENT_NOT_FOUND'],
    [
      'that the bank declined',
      async () => await top.payment('1.00', { status: 'processor_declined' }),
      'PAYMENT_NOT_CAPTURED',
    ],
    ['that was voided', async () => await top.payment('1.00', { status: 'voided' }), 'PAYMENT_VOIDED'],
  ])('%s › fails its refund before anything is sent', async (_what, payment, code) => {
    await open();
    const paymentId = await payment();
    expect(await ended(top, paymentId, { amount: '1.00' })).toMatchObject({
      type: 'RefundFailed',
      failure: { code },
    });
    expect(await refundCalls()).toBe(0);
  });

  it('in escrow › is refunded in full, and a part of it is rejected', async () => {
    await open();
    const paymentId = await top.payment('100.00', { escrow: true });
    expect(await ended(top, paymentId, { amount: '1.00' })).toMatchObject({
      failure: { kind: 'rejected', code: 'PARTIAL_NOT_SUPPORTED' },
    });
    expect(await ended(top, paymentId)).toMatchObject({ type: 'RefundCompleted', amount: '100.00' });
  });
});

describe('a payment that is not settled', () => {
  it('is voided where all of it is asked for, and the event says so', async () => {
    await open();
    const paymentId = await top.payment('100.00', { status: 'authorized' });
    expect(await ended(top, paymentId)).toMatchObject({
      type: 'RefundCompleted',
      action: 'void',
      amount: '100.00',
      providerRefundId: paymentId,
      remaining: '0.00',
    });
  });
});

describe('the processor of the bank', () => {
  it.each([
    ['2004.00', '2004', 'Expired Card', 'processor_declined'],
    ['2005.00', '2005', 'Invalid Credit Card Number', 'processor_declined'],
    ['3000.00', '3000', 'Processor Network Unavailable - Try Again', 'failed'],
  ])('declines %s › the refund fails with its code and text', async (amount, code, words, status) => {
    await open();
    const paymentId = await top.payment('9000.00');
    const failed = await ended(top, paymentId, { amount });
    expect(failed).toMatchObject({
      type: 'RefundFailed',
      failure: {
        kind: 'declined',
        actBy: 'merchant',
        mayRequestAgain: true,
        provider: { code, text: expect.stringContaining(words) as unknown },
      },
    });
    expect(await refundsOf(paymentId)).toMatchObject([{ amount, status }]);
  });

  it('declines softly › the refund goes through', async () => {
    await open();
    const paymentId = await top.payment('9000.00');
    expect(await ended(top, paymentId, { amount: '2046.00' })).toMatchObject({
      type: 'RefundCompleted',
      amount: '2046.00',
    });
    expect(await refundsOf(paymentId)).toMatchObject([{ status: 'settled' }]);
  });

  it('declines the settlement › the pending refund fails with its code', async () => {
    await open();
    await top.sandbox.setBehaviour('braintree', { settleAfterMs: null });
    const paymentId = await top.payment('100.00');
    const refundId = await requested(top, paymentId, { amount: '10.00' });
    const { refund } = await top.until(refundId, 'pending');
    await top.sandbox.changeRefund('braintree', refund.providerRefundId ?? '', 'decline');
    expect(resultsOf(await top.until(refundId, 'failed'))).toMatchObject([
      {
        type: 'RefundFailed',
        failure: {
          kind: 'declined',
          provider: { code: '4001', text: expect.stringContaining('Settlement Declined') as unknown },
        },
      },
    ]);
  });

  it('declines the settlement of a refund that was settled › it is reversed, and its money is free again', async () => {
    const rereading = (configured: ProcessingAccount): ProcessingAccount => ({
      ...configured,
      policy: { ...configured.policy, rereadFirstMs: 50, rereadForMs: 60_000 },
    });
    await open({ account: rereading });
    const paymentId = await top.payment('100.00');
    const refundId = await requested(top, paymentId, { amount: '10.00' });
    const { refund } = await top.until(refundId, 'completed');
    await top.sandbox.changeRefund('braintree', refund.providerRefundId ?? '', 'reverse');
    expect(resultsOf(await top.until(refundId, 'reversed'))).toMatchObject([
      { type: 'RefundCompleted' },
      { type: 'RefundReversed', amount: '10.00' },
    ]);
    expect(await ended(top, paymentId)).toMatchObject({ type: 'RefundCompleted', amount: '100.00' });
  });
});
