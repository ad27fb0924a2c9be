import { createHttpEdge, type DeskQuery, type DeskRefund } from '#libs/provider-kit';
import { startSandbox, type Sandbox } from '../../apps/sandbox/sandbox.ts';
import { readBraintreeAccount } from './account.ts';
import { createBraintreeReading } from './index.ts';

const edge = createHttpEdge();
const { desk } = createBraintreeReading({ edge, callTimeoutMs: 15_000 }).module;
const { signal } = new AbortController();
let sandbox: Sandbox;

beforeAll(async () => {
  sandbox = await startSandbox();
});

beforeEach(async () => {
  await admin('DELETE', '/state');
});

afterAll(async () => {
  edge.close();
  await sandbox.close();
});

function account(privateKey = 'sandbox_private') {
  const keys = { merchantId: 'sandbox_merchant', publicKey: 'sandbox_public', privateKey };
  const settings = { ...keys, environment: 'sandbox', baseUrl: sandbox.url };
  return readBraintreeAccount({ name: 'default', merchant: 'sandbox_merchant', settings });
}

async function admin(method: string, path: string, body?: object): Promise<Record<string, unknown>> {
  const init = body === undefined ? {} : { body: JSON.stringify({ provider: 'braintree', ...body }) };
  const headers = { 'content-type': 'application/json' };
  const answer = await fetch(`${sandbox.url}/_sandbox${path}`, { method, ...init, ...(body && { headers }) });
  if (!answer.ok) throw new Error(await answer.text());
  return (await answer.json()) as Record<string, unknown>;
}

async function newPayment(fields: object = {}): Promise<string> {
  const payment = { amount: '500.00', currency: 'USD', ...fields };
  return String((await admin('POST', '/payments', payment))['paymentId']);
}

/** Something that is done at Braintree; gives back the id in its answer. */
async function done(method: string, path: string, transaction: object = {}): Promise<string> {
  const answer = await fetch(`${sandbox.url}/merchants/sandbox_merchant/transactions${path}`, {
    method,
    headers: { authorization: account().credentials.authorization(), 'content-type': 'application/json' },
    body: JSON.stringify({ transaction }),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(text);
  return /<id>(\w+)<\/id>/.exec(text)?.[1] ?? '';
}

async function refund(paymentId: string, transaction: object): Promise<string> {
  return await done('POST', `/${paymentId}/refund`, transaction);
}

async function fault(fields: object): Promise<void> {
  await admin('POST', '/faults', { count: 1, operation: 'lookup', ...fields });
}

async function listed(query: DeskQuery): Promise<readonly DeskRefund[]> {
  const listing = await desk?.list(account(), query, signal);
  if (listing?.kind !== 'listed') throw new Error(`not listed: ${listing?.text ?? ''}`);
  return listing.refunds;
}

const idsOf = (refunds: readonly DeskRefund[]) => refunds.map(({ providerRefundId }) => providerRefundId);

async function show(providerRefundId: string, paymentId: string | null = null) {
  return await desk?.show(account(), { providerRefundId, paymentId, handle: null }, signal);
}

describe('one refund', () => {
  it("is shown with every field of the vendor's transaction and the columns of a table", async () => {
    const paymentId = await newPayment({ orderId: 'o-1' });
    const id = await refund(paymentId, { amount: '50.00', order_id: 'o-1-back' });
    const expected = {
      providerRefundId: id,
      paymentId,
      amount: '50.00',
      currency: 'USD',
      status: 'submitted_for_settlement',
      createdAtMs: expect.any(Number) as unknown,
      references: { order_id: 'o-1-back' },
      refundId: null,
      entity: expect.objectContaining({
        id,
        type: 'credit',
        status: 'submitted_for_settlement',
        amount: '50.00',
        currency_iso_code: 'USD',
        order_id: 'o-1-back',
        merchant_account_id: 'sandbox_account',
        refunded_transaction_id: paymentId,
        refund_ids: [],
        processor_response_code: '1002',
        processor_response_text: 'Processed',
        processor_settlement_response_code: '',
        gateway_rejection_reason: null,
        tax_exempt: false,
        status_history: [expect.objectContaining({ status: 'submitted_for_settlement' })],
      }) as unknown,
    };
    expect(await show(id)).toEqual({ kind: 'shown', refund: expected });
    expect(await show(id, paymentId)).toEqual({ kind: 'shown', refund: expected });
  });

  it('that the bank declined shows why, in its codes', async () => {
    const paymentId = await newPayment({ amount: '9000.00' });
    await expect(refund(paymentId, { amount: '2004.00' })).rejects.toThrow('2004');
    const [declined] = await listed({ paymentId });
    expect(declined).toMatchObject({
      status: 'processor_declined',
      entity: {
        processor_response_code: '2004',
        processor_response_text: 'Expired Card',
        processor_response_type: 'hard_declined',
      },
    });
  });

  it('is not found under another payment, nor where there is none, nor where the id is that of a payment', async () => {
    const paymentId = await newPayment();
    const id = await refund(paymentId, { amount: '1.00' });
    expect(await show(id, await newPayment())).toMatchObject({
      kind: 'notFound',
      text: `it gives back ${paymentId}`,
    });
    expect(await show('nowhere')).toEqual({ kind: 'notFound', text: 'HTTP 404' });
    const text = expect.stringContaining('it is a payment, settled') as unknown;
    expect(await show(paymentId)).toEqual({ kind: 'notFound', text });
  });

  it('of a payment that was not settled is its void, shown as the payment', async () => {
    const paymentId = await newPayment({ status: 'authorized' });
    await done('PUT', `/${paymentId}/void`);
    const refunded = {
      providerRefundId: paymentId,
      paymentId,
      amount: '500.00',
      status: 'voided',
      entity: { type: 'sale' },
    };
    expect(await show(paymentId)).toMatchObject({ kind: 'shown', refund: refunded });
    expect(await listed({ paymentId })).toMatchObject([refunded]);
  });
});

describe('lists', () => {
  it('of a payment are all of its refunds, newest first, page by page', async () => {
    const [paymentId, other] = [await newPayment(), await newPayment()];
    const made: string[] = [];
    for (let number = 0; number < 22; number += 1) made.unshift(await refund(paymentId, { amount: '1.00' }));
    await refund(other, { amount: '1.00' });
    expect(idsOf(await listed({ paymentId, count: 100 }))).toEqual(made);
    const page = await desk?.list(account(), { paymentId, count: 1, skip: 1 }, signal);
    expect(page).toMatchObject({ mayHaveMore: true, refunds: [{ providerRefundId: made[1] }] });
    expect(await desk?.list(account(), { paymentId, skip: 20 }, signal)).toMatchObject({
      mayHaveMore: false,
      refunds: [{ providerRefundId: made[20] }, { providerRefundId: made[21] }],
    });
    expect(await desk?.list(account(), { paymentId }, signal)).toMatchObject({ mayHaveMore: true });
    expect(await listed({ paymentId })).toHaveLength(20);
  });

  it('by order id are of all payments, and of refunds alone', async () => {
    const [first, second] = [await newPayment({ orderId: 'o-1' }), await newPayment({ orderId: 'o-2' })];
    // Without an order id of its own a refund has that of its payment.
    const made = [await refund(first, { amount: '1.00' }), await refund(second, { order_id: 'o-1' })];
    expect(idsOf(await listed({ reference: 'o-1' })).toSorted()).toEqual(made.toSorted());
    expect(idsOf(await listed({ reference: 'o-1', paymentId: second }))).toEqual([made[1]]);
    expect(await listed({ reference: 'o-3' })).toEqual([]);
  });

  it('are narrowed by the time at which the refunds were made', async () => {
    const paymentId = await newPayment();
    await refund(paymentId, { amount: '1.00' });
    const nowMs = Date.now();
    expect(await listed({ fromMs: nowMs - 60_000, toMs: nowMs + 60_000 })).toHaveLength(1);
    expect(await listed({ paymentId, toMs: nowMs - 60_000 })).toEqual([]);
    expect(await listed({ fromMs: nowMs + 60_000 })).toEqual([]);
  });

  it('of a payment that does not exist are not found', async () => {
    const unknown = await desk?.list(account(), { paymentId: 'nowhere' }, signal);
    expect(unknown).toEqual({ kind: 'notFound', text: 'HTTP 404' });
  });
});

describe('a question that gets no answer', () => {
  it.each([
    [{ mode: 'html-502' }, { because: 'noAnswer' }],
    [{ mode: 'malformed' }, { because: 'noAnswer' }],
    [
      { mode: 'rate-limit', retryAfterMs: 7000 },
      { because: 'rateLimited', retryAfterMs: 7000 },
    ],
  ])('%j', async (mode, expected) => {
    const paymentId = await newPayment();
    const id = await refund(paymentId, { amount: '1.00' });
    await fault(mode);
    expect(await show(id)).toMatchObject({ kind: 'unavailable', ...expected });
    await fault(mode);
    expect(await desk?.list(account(), { reference: 'o-1' }, signal)).toMatchObject({
      kind: 'unavailable',
      ...expected,
    });
    await fault(mode);
    expect(await desk?.list(account(), { paymentId }, signal)).toMatchObject({
      kind: 'unavailable',
      ...expected,
    });
  });

  it('wrong credentials', async () => {
    const wrong = account('not_the_key');
    expect(await desk?.list(wrong, { reference: 'o-1' }, signal)).toMatchObject({ because: 'credentials' });
  });
});

describe("a refund's id", () => {
  it.each([
    ['8h4k2xqp', 0],
    ['../refunds', 1],
    ['', 1],
  ])('%j has %i faults', (id, faults) => {
    expect(desk?.checkRefundId(id)).toHaveLength(faults);
  });
});
