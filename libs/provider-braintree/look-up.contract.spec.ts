import { createHttpEdge, type StoredAttempt } from '#libs/provider-kit';
import { startSandbox, type Sandbox } from '../../apps/sandbox/sandbox.ts';
import { readBraintreeAccount } from './account.ts';
import { createBraintree } from './submit/index.ts';

const edge = createHttpEdge();
const { module, submitter } = createBraintree({ edge, callTimeoutMs: 15_000 });
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

function account(more: Readonly<Record<string, string>> = {}) {
  return readBraintreeAccount({
    name: 'default',
    merchant: 'sandbox_merchant',
    settings: {
      merchantId: 'sandbox_merchant',
      publicKey: 'sandbox_public',
      privateKey: 'sandbox_private',
      environment: 'sandbox',
      baseUrl: sandbox.url,
      ...more,
    },
  });
}

async function admin(method: string, path: string, body?: object): Promise<Record<string, unknown>> {
  const init = body === undefined ? {} : { body: JSON.stringify({ provider: 'braintree', ...body }) };
  const headers = { 'content-type': 'application/json' };
  const answer = await fetch(`${sandbox.url}/_sandbox${path}`, { method, ...init, ...(body && { headers }) });
  if (!answer.ok) throw new Error(await answer.text());
  return (await answer.json()) as Record<string, unknown>;
}

async function newPayment(amount = '500.00', more: object = {}): Promise<string> {
  return String((await admin('POST', '/payments', { amount, currency: 'USD', ...more }))['paymentId']);
}

/** Something that somebody else does at Braintree; gives back the id in its answer. */
async function foreign(method: string, path: string, transaction: object = {}): Promise<string> {
  const answer = await fetch(`${sandbox.url}/merchants/sandbox_merchant/transactions/${path}`, {
    method,
    headers: { authorization: account().credentials.authorization(), 'content-type': 'application/json' },
    body: JSON.stringify({ transaction }),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(text);
  return /<id>(\w+)<\/id>/.exec(text)?.[1] ?? '';
}

let refunds = 0;

function attemptOn(
  paymentId: string,
  amount: string,
  more: { readonly options?: Readonly<Record<string, unknown>>; readonly action?: 'refund' | 'void' } = {},
): StoredAttempt {
  const { options = {}, action = 'refund' } = more;
  const task = {
    refundId: `rf_${String((refunds += 1))}`,
    paymentId,
    amount,
    currency: 'USD',
    orderId: null,
    reason: null,
    metadata: {},
    options,
    action,
    paymentHandle: null,
    alone: true,
  };
  const prepared = submitter.prepare(account(), task, null, 1, null);
  if ('refused' in prepared) throw new Error(prepared.refused.message);
  const references = [prepared.reference];
  return {
    ...task,
    ...prepared,
    attemptNo: 1,
    armedAtMs: 0,
    providerRefundId: null,
    handle: null,
    references,
  };
}

async function submit(attempt: StoredAttempt, by = account()) {
  return (await submitter.submit(by, attempt, signal)).outcome;
}

async function lookUp(attempt: StoredAttempt) {
  return (await module.reader.lookUp(account(), attempt, signal)).result;
}

describe('looking up among refunds that are not ours', () => {
  it('finds ours among many', async () => {
    const attempt = attemptOn(await newPayment(), '1.00');
    for (let count = 0; count < 12; count += 1)
      await foreign('POST', `${attempt.paymentId}/refund`, { amount: '1.00' });
    const outcome = await submit(attempt);
    expect(await lookUp(attempt)).toMatchObject({
      kind: 'found',
      outcome: { providerRefundId: 'providerRefundId' in outcome ? outcome.providerRefundId : '' },
    });
  });

  it('leaves a payment with more refunds than are read to a person, and reads none of its sums', async () => {
    const attempt = attemptOn(await newPayment(), '1.00');
    for (let count = 0; count < 51; count += 1)
      await foreign('POST', `${attempt.paymentId}/refund`, { amount: '1.00' });
    expect(await lookUp(attempt)).toMatchObject({ kind: 'ambiguous' });
    const { paymentId } = attempt;
    expect(await module.reader.readPayment(account(), { paymentId }, signal)).toMatchObject({
      kind: 'unavailable',
      because: 'noAnswer',
    });
  });

  it('leaves two candidates to a person', async () => {
    const attempt = attemptOn(await newPayment(), '5.00');
    for (let count = 0; count < 2; count += 1)
      await foreign('POST', `${attempt.paymentId}/refund`, { amount: '5.00', order_id: attempt.reference });
    expect(await lookUp(attempt)).toMatchObject({ kind: 'ambiguous' });
  });

  it('finds by the search what has our reference and stands at another payment, and completes nothing', async () => {
    const attempt = attemptOn(await newPayment(), '5.00');
    const other = await newPayment();
    await foreign('POST', `${other}/refund`, { amount: '5.00', order_id: attempt.reference });
    expect(await lookUp(attempt)).toMatchObject({
      kind: 'found',
      outcome: { kind: 'unknown', phase: 'mismatch' },
    });
  });

  it('leaves a refund that it knew and that is gone to a person', async () => {
    const attempt = attemptOn(await newPayment(), '5.00');
    expect(await lookUp({ ...attempt, providerRefundId: 'nosuchid' })).toMatchObject({ kind: 'ambiguous' });
  });

  it('is absent on a payment that does not exist', async () => {
    expect(await lookUp(attemptOn('nosuchid', '5.00'))).toMatchObject({ kind: 'absent' });
  });

  it('does not take a refund that it is told of for ours', async () => {
    const attempt = attemptOn(await newPayment(), '5.00');
    const providerRefundId = await foreign('POST', `${attempt.paymentId}/refund`, { amount: '5.00' });
    expect(await lookUp({ ...attempt, providerRefundId })).toMatchObject({
      kind: 'found',
      outcome: { kind: 'unknown', phase: 'mismatch' },
    });
  });

  it('finds a refund that the bank declined at once', async () => {
    const attempt = attemptOn(await newPayment('9000.00'), '2004.00');
    const outcome = await submit(attempt);
    expect(outcome).toMatchObject({ kind: 'declined', code: '2004' });
    expect(await lookUp(attempt)).toEqual({ kind: 'found', outcome });
  });

  it('takes a refund that the bank did not authorise and pays all the same for accepted', async () => {
    expect(await submit(attemptOn(await newPayment('9000.00'), '2046.00'))).toMatchObject({
      kind: 'pending',
    });
  });

  it('shows a refund that was voided at Braintree as cancelled', async () => {
    await admin('POST', '/behaviour', { settleAfterMs: null });
    const attempt = attemptOn(await newPayment(), '5.00');
    const outcome = await submit(attempt);
    const providerRefundId = 'providerRefundId' in outcome ? outcome.providerRefundId : null;
    await foreign('PUT', `${providerRefundId ?? ''}/void`);
    expect(await lookUp({ ...attempt, providerRefundId })).toMatchObject({
      kind: 'found',
      outcome: { kind: 'declined', cancelled: true, providerRefundId },
    });
  });
});

describe("when the caller's order id took the place of our reference", () => {
  const options = { orderId: 'o-1 back' };

  it('a refund with it is only perhaps ours, whoever made it, and only with the payment and the amount', async () => {
    const attempt = attemptOn(await newPayment(), '5.00', { options });
    await foreign('POST', `${attempt.paymentId}/refund`, { amount: '6.00', order_id: 'o-1 back' });
    await foreign('POST', `${await newPayment()}/refund`, { amount: '5.00', order_id: 'o-1 back' });
    expect(await lookUp(attempt)).toMatchObject({ kind: 'absent' });
    const outcome = await submit(attempt);
    const id = 'providerRefundId' in outcome ? outcome.providerRefundId : '';
    expect(await lookUp(attempt)).toMatchObject({
      kind: 'ambiguous',
      perhaps: { providerRefundIds: [id], otherwise: { kind: 'absent' } },
    });
    const byHand = await foreign('POST', `${attempt.paymentId}/refund`, {
      amount: '5.00',
      order_id: 'o-1 back',
    });
    expect(await lookUp(attempt)).toMatchObject({ perhaps: { providerRefundIds: [id, byHand] } });
  });

  it('they are named beside the proof that it was not carried out, if it is none of them', async () => {
    const attempt = attemptOn(await newPayment('5.00'), '5.00', { options });
    await submit(attempt);
    expect(await lookUp(attempt)).toMatchObject({
      kind: 'ambiguous',
      perhaps: { otherwise: { kind: 'found', outcome: { kind: 'declined', code: 'ALREADY_REFUNDED' } } },
    });
  });

  it('any amount may be that of a refund whose sum nobody knows', async () => {
    const attempt = attemptOn(await newPayment(), '5.00', { options });
    await submit(attempt);
    const { action, key, reference } = attempt;
    const unknownSum = { ...attempt, action, key, reference, content: '', amount: '0', options };
    expect(await lookUp(unknownSum)).toMatchObject({ kind: 'ambiguous', perhaps: {} });
    expect(await lookUp({ ...unknownSum, amount: '6.00' })).toMatchObject({ kind: 'absent' });
  });

  it('by its id it is known all the same', async () => {
    const attempt = attemptOn(await newPayment(), '5.00', { options });
    const outcome = await submit(attempt);
    const providerRefundId = 'providerRefundId' in outcome ? outcome.providerRefundId : null;
    const byId = { ...attempt, providerRefundId };
    expect(await lookUp(byId)).toMatchObject({ kind: 'found', outcome: { kind: 'pending' } });
    expect(await lookUp({ ...byId, content: '', options })).toMatchObject({
      kind: 'found',
      outcome: { kind: 'pending' },
    });
  });
});

describe('when less is left than is asked for', () => {
  it.each([
    [['200.00', '300.00'], { code: 'ALREADY_REFUNDED', mayRequestAgain: false }],
    [['400.01'], { code: 'AMOUNT_TOO_HIGH', mayRequestAgain: true }],
    [[], { code: 'AMOUNT_TOO_HIGH', mayRequestAgain: true }],
  ])('%j proves that ours was not carried out', async (amounts, expected) => {
    const attempt = attemptOn(await newPayment('500.00'), amounts.length === 0 ? '500.01' : '100.00');
    for (const amount of amounts) await foreign('POST', `${attempt.paymentId}/refund`, { amount });
    expect(await submit(attempt)).toMatchObject({ kind: 'unknown', phase: 'unlisted' });
    expect(await lookUp(attempt)).toMatchObject({
      kind: 'found',
      outcome: { kind: 'declined', readingStale: true, ...expected },
    });
  });

  it('is absent while enough is left', async () => {
    const attempt = attemptOn(await newPayment('500.00'), '100.00');
    await foreign('POST', `${attempt.paymentId}/refund`, { amount: '400.00' });
    expect(await lookUp(attempt)).toMatchObject({ kind: 'absent' });
  });

  it('does not count what the bank declined', async () => {
    const attempt = attemptOn(await newPayment('500.00'), '100.00');
    const id = await foreign('POST', `${attempt.paymentId}/refund`, { amount: '500.00' });
    await admin('POST', `/refunds/braintree/${id}/decline`);
    expect(await lookUp(attempt)).toMatchObject({ kind: 'absent' });
  });
});

describe('a void', () => {
  const unsettled = { status: 'authorized' };

  it('gives all of it back, once, however often it is sent', async () => {
    const attempt = attemptOn(await newPayment('500.00', unsettled), '500.00', { action: 'void' });
    const first = await submit(attempt);
    expect(first).toMatchObject({ kind: 'succeeded', providerRefundId: attempt.paymentId });
    expect(await submit(attempt)).toEqual(first);
    expect(await lookUp(attempt)).toEqual({ kind: 'found', outcome: first });
    expect(await admin('GET', `/payments/braintree/${attempt.paymentId}`)).toMatchObject({
      refunded: '500.00',
    });
  });

  it('whose answer was lost is found', async () => {
    const attempt = attemptOn(await newPayment('500.00', unsettled), '500.00', { action: 'void' });
    await admin('POST', '/faults', { operation: 'create', mode: 'drop-after-process', count: 1 });
    expect(await submit(attempt)).toMatchObject({ kind: 'unknown' });
    expect(await lookUp(attempt)).toMatchObject({ kind: 'found', outcome: { kind: 'succeeded' } });
  });

  it('that comes too late moves nothing, and is absent', async () => {
    const attempt = attemptOn(await newPayment('500.00'), '500.00', { action: 'void' });
    expect(await submit(attempt)).toMatchObject({ kind: 'notApplied', because: 'notSettled' });
    expect(await lookUp(attempt)).toMatchObject({ kind: 'absent' });
    expect(await lookUp(attemptOn('nosuchid', '5.00', { action: 'void' }))).toMatchObject({ kind: 'absent' });
  });

  it('of another amount than the payment shows completes nothing', async () => {
    const attempt = attemptOn(await newPayment('500.00', unsettled), '500.00', { action: 'void' });
    await submit(attempt);
    expect(await lookUp({ ...attempt, amount: '499.00' })).toMatchObject({
      outcome: { kind: 'unknown', phase: 'mismatch' },
    });
  });

  it('over the API may have been ours, where the books know of none', async () => {
    const attempt = attemptOn(await newPayment('500.00', unsettled), '500.00');
    await foreign('PUT', `${attempt.paymentId}/void`);
    expect(await lookUp(attempt)).toMatchObject({
      kind: 'ambiguous',
      perhaps: { providerRefundIds: [attempt.paymentId], otherwise: { kind: 'absent' } },
    });
  });

  it('in the Control Panel was not ours', async () => {
    const attempt = attemptOn(await newPayment('500.00', { status: 'voided' }), '500.00');
    expect(await lookUp(attempt)).toMatchObject({ kind: 'absent' });
  });

  it('is in the listing of its payment', async () => {
    const paymentId = await newPayment('500.00', unsettled);
    await foreign('PUT', `${paymentId}/void`);
    expect(await listed({ paymentId })).toMatchObject([
      { providerRefundId: paymentId, paymentId, amount: '500.00', status: 'succeeded', reference: null },
    ]);
  });
});

describe('a merchant without request keys', () => {
  it('is refused once, and then refunds without them', async () => {
    await admin('POST', '/behaviour', { requestKeys: false });
    const shop = account();
    const attempt = attemptOn(await newPayment(), '5.00');
    expect(attempt.key).not.toBeNull();
    expect(await submit(attempt, shop)).toMatchObject({ kind: 'notApplied', because: 'keyRefused' });
    expect(shop.credentials.takesRequestKeys()).toBe(false);
    const task = { ...attempt, orderId: null, reason: null, metadata: {}, options: {}, paymentHandle: null };
    const previous = { content: attempt.content, key: attempt.key, because: 'keyRefused' } as const;
    const prepared = submitter.prepare(account(), task, null, 2, previous);
    if ('refused' in prepared) throw new Error('refused');
    expect(prepared.key).toBeNull();
    expect(await submit({ ...attempt, ...prepared, attemptNo: 2 }, shop)).toMatchObject({ kind: 'pending' });
  });
});

async function listed(window: {
  readonly paymentId?: string;
  readonly fromMs?: number;
  readonly toMs?: number;
}) {
  const all = [];
  for await (const refund of module.reader.listRefunds?.(account(), window, signal) ?? []) all.push(refund);
  return all;
}

describe('listing', () => {
  it('shows every refund of a window once, newest first, and no credit of nothing', async () => {
    const paymentId = await newPayment();
    const fromMs = Date.now();
    const ids: string[] = [];
    for (let count = 0; count < 23; count += 1)
      ids.push(await foreign('POST', `${paymentId}/refund`, { amount: '1.00' }));
    const window = { fromMs, toMs: fromMs + 600_000 };
    expect((await listed(window)).map(({ providerRefundId }) => providerRefundId)).toEqual(ids.toReversed());
    expect(await listed({ fromMs: fromMs + 600_000, toMs: fromMs + 700_000 })).toEqual([]);
    expect(await listed({ paymentId: 'nosuchid' })).toEqual([]);
  });

  it('breaks off loudly instead of showing half', async () => {
    await foreign('POST', `${await newPayment()}/refund`, { amount: '1.00' });
    for (const mode of ['html-502', 'malformed']) {
      await admin('POST', '/faults', { operation: 'lookup', mode, count: 1 });
      await expect(listed({})).rejects.toMatchObject({ code: 'LISTING_UNAVAILABLE' });
    }
  });
});

describe('escrow', () => {
  it('is refunded in full or not at all', async () => {
    const paymentId = await newPayment('500.00', { escrow: true });
    expect(await module.reader.readPayment(account(), { paymentId }, signal)).toMatchObject({
      reading: { refundable: 'now', fullOnly: true },
    });
    expect(await submit(attemptOn(paymentId, '1.00'))).toMatchObject({
      kind: 'declined',
      code: 'PARTIAL_NOT_SUPPORTED',
    });
  });
});
