import { createHttpEdge, type DeskQuery, type DeskRefund } from '#libs/provider-kit';
import { startSandbox, type Sandbox } from '../../apps/sandbox/sandbox.ts';
import { readRazorpayAccount } from './account.ts';
import { createRazorpayReading } from './index.ts';

const edge = createHttpEdge();
const { desk, annotator } = createRazorpayReading({ edge, callTimeoutMs: 15_000 }).module;
const { signal } = new AbortController();
let sandbox: Sandbox;

beforeAll(async () => {
  sandbox = await startSandbox();
});

beforeEach(async () => {
  await ask('DELETE', '/_sandbox/state');
});

afterAll(async () => {
  edge.close();
  await sandbox.close();
});

function account(keySecret = 'sandbox_secret') {
  const settings = { keyId: 'rzp_test_sandbox', keySecret, baseUrl: sandbox.url };
  return readRazorpayAccount({ name: 'default', merchant: 'default', settings });
}

async function ask(method: string, path: string, body?: unknown): Promise<Record<string, unknown>> {
  const headers = {
    authorization: account().credentials.authorization(),
    'content-type': 'application/json',
  };
  const init =
    body === undefined
      ? { method, headers: { authorization: headers.authorization } }
      : { method, headers, body: JSON.stringify(body) };
  const answer = await fetch(`${sandbox.url}${path}`, init);
  if (!answer.ok) throw new Error(await answer.text());
  return (await answer.json()) as Record<string, unknown>;
}

async function newPayment(fields: Readonly<Record<string, unknown>> = {}): Promise<string> {
  const payment = { provider: 'razorpay', amount: '500.00', currency: 'INR', ...fields };
  return String((await ask('POST', '/_sandbox/payments', payment))['paymentId']);
}

async function refund(paymentId: string, body: Readonly<Record<string, unknown>>): Promise<string> {
  return String((await ask('POST', `/v1/payments/${paymentId}/refund`, body))['id']);
}

async function fault(fields: Readonly<Record<string, unknown>>): Promise<void> {
  await ask('POST', '/_sandbox/faults', { provider: 'razorpay', count: 1, ...fields });
}

async function listed(query: DeskQuery): Promise<readonly DeskRefund[]> {
  const listing = await desk.list(account(), query, signal);
  if (listing.kind !== 'listed') throw new Error(`not listed: ${listing.text}`);
  return listing.refunds;
}

async function show(providerRefundId: string, paymentId: string | null = null) {
  return await desk.show(account(), { providerRefundId, paymentId, handle: null }, signal);
}

describe('one refund', () => {
  it("is shown with every field of the vendor's object and the columns of a table", async () => {
    const paymentId = await newPayment({ method: 'upi' });
    const notes = { a: 'b', refundry_id: 'rf_1' };
    const body = { amount: 1050, speed: 'optimum', receipt: 'Receipt No. 31', notes };
    const id = await refund(paymentId, body);
    await ask('POST', `/_sandbox/refunds/razorpay/${id}/settle`);
    const entity = await ask('GET', `/v1/refunds/${id}`);
    const { rrn } = entity['acquirer_data'] as { rrn: string };
    expect(entity).toMatchObject({ speed_requested: 'optimum', speed_processed: 'instant', batch_id: null });
    const expected = {
      providerRefundId: id,
      paymentId,
      amount: '10.50',
      currency: 'INR',
      status: 'processed',
      createdAtMs: Number(entity['created_at']) * 1000,
      references: { rrn, receipt: 'Receipt No. 31' },
      refundId: 'rf_1',
      entity,
    };
    expect(await show(id)).toEqual({ kind: 'shown', refund: expected });
    expect(await show(id, paymentId)).toEqual({ kind: 'shown', refund: expected });
  });

  it('is not found under another payment, nor where there is none', async () => {
    const id = await refund(await newPayment(), { amount: 100 });
    expect(await show(id, await newPayment())).toMatchObject({ kind: 'notFound' });
    expect(await show('rfnd_00000000000000')).toMatchObject({ kind: 'notFound' });
  });

  it('is not taken from an answer that shows another payment', async () => {
    const paymentId = await newPayment();
    const id = await refund(paymentId, { amount: 100 });
    await fault({ operation: 'lookup', mode: 'wrong-echo', echo: 'payment' });
    expect(await show(id, paymentId)).toMatchObject({ kind: 'unavailable', because: 'noAnswer' });
  });
});

describe('lists', () => {
  it('are of all refunds or of one payment, newest first, page by page', async () => {
    const [first, second] = [await newPayment(), await newPayment()];
    const made: string[] = [];
    for (const paymentId of [first, first, second, first])
      made.unshift(await refund(paymentId, { amount: 100 }));
    expect((await listed({})).map(({ providerRefundId }) => providerRefundId)).toEqual(made);
    const ofFirst = [made[0], made[2], made[3]];
    expect((await listed({ paymentId: first })).map(({ providerRefundId }) => providerRefundId)).toEqual(
      ofFirst,
    );
    const page = await desk.list(account(), { paymentId: first, count: 1, skip: 1 }, signal);
    expect(page).toMatchObject({ mayHaveMore: true, refunds: [{ providerRefundId: made[2] }] });
    expect(await desk.list(account(), { count: 5 }, signal)).toMatchObject({ mayHaveMore: false });
  });

  it('hold ten refunds when no count is asked for, and say that there may be more', async () => {
    const paymentId = await newPayment();
    for (let made = 0; made < 11; made += 1) await refund(paymentId, { amount: 100 });
    expect(await desk.list(account(), {}, signal)).toMatchObject({ mayHaveMore: true });
    expect(await listed({})).toHaveLength(10);
    expect(await listed({ count: 100 })).toHaveLength(11);
  });

  it('are narrowed by the time at which the refunds were made', async () => {
    await refund(await newPayment(), { amount: 100 });
    const nowMs = Date.now();
    expect(await listed({ fromMs: nowMs - 60_000, toMs: nowMs + 60_000 })).toHaveLength(1);
    expect(await listed({ toMs: nowMs - 60_000 })).toEqual([]);
    expect(await listed({ fromMs: nowMs + 60_000 })).toEqual([]);
  });

  it('of a payment that does not exist are not found; what Razorpay does not like is told in its words', async () => {
    const unknown = await desk.list(account(), { paymentId: 'pay_00000000000000' }, signal);
    expect(unknown).toMatchObject({ kind: 'notFound' });
    expect(await desk.list(account(), { count: 101 }, signal)).toEqual({
      kind: 'refused',
      text: 'HTTP 400: The count may not be greater than 100.',
    });
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
    const id = await refund(await newPayment(), { amount: 100 });
    await fault({ operation: 'lookup', ...mode });
    expect(await show(id)).toMatchObject({ kind: 'unavailable', ...expected });
    await fault({ operation: 'lookup', ...mode });
    expect(await desk.list(account(), {}, signal)).toMatchObject({ kind: 'unavailable', ...expected });
  });

  it('wrong credentials', async () => {
    const wrong = account('not_the_secret');
    expect(await desk.list(wrong, {}, signal)).toMatchObject({ because: 'credentials' });
  });
});

describe('notes', () => {
  const replace = false;

  it('are added and changed, and the others stay', async () => {
    const id = await refund(await newPayment(), {
      amount: 100,
      notes: { a: '1', b: '2', refundry_id: 'rf_1' },
    });
    const change = { notes: { b: '3', c: '4' }, replace };
    const notes = { a: '1', b: '3', c: '4', refundry_id: 'rf_1' };
    expect(await annotator.annotate(account(), id, change, signal)).toMatchObject({
      kind: 'shown',
      refund: { providerRefundId: id, entity: { notes } },
    });
    expect((await ask('GET', `/v1/refunds/${id}`))['notes']).toEqual(notes);
    expect(await annotator.annotate(account(), id, change, signal)).toMatchObject({ kind: 'shown' });
  });

  it('are replaced where that is asked for, and ours stay, by which a look-up finds the refund', async () => {
    const own = { refundry_id: 'rf_1', refundry_reference: 'rr_1' };
    const id = await refund(await newPayment(), { amount: 100, notes: { a: '1', ...own } });
    await annotator.annotate(account(), id, { notes: { z: '9' }, replace: true }, signal);
    expect((await ask('GET', `/v1/refunds/${id}`))['notes']).toEqual({ z: '9', ...own });
  });

  it('are refused above 15 with those that stay, and nothing is written', async () => {
    const notes = Object.fromEntries(Array.from({ length: 14 }, (_none, at) => [`n${String(at)}`, 'x']));
    const id = await refund(await newPayment(), { amount: 100, notes });
    const change = { notes: { one: '1', two: '2' }, replace };
    expect(await annotator.annotate(account(), id, change, signal)).toMatchObject({
      kind: 'refused',
      text: expect.stringContaining('16 notes') as unknown,
    });
    expect((await ask('GET', `/v1/refunds/${id}`))['notes']).toEqual(notes);
  });

  it('of a refund that does not exist are not written', async () => {
    const change = { notes: { a: '1' }, replace };
    const answer = await annotator.annotate(account(), 'rfnd_00000000000000', change, signal);
    expect(answer).toMatchObject({ kind: 'notFound' });
  });

  it('are not written when the refund cannot be read first', async () => {
    const id = await refund(await newPayment(), { amount: 100, notes: { a: '1' } });
    await fault({ operation: 'lookup', mode: 'html-502' });
    const change = { notes: { b: '2' }, replace: true };
    expect(await annotator.annotate(account(), id, change, signal)).toMatchObject({ kind: 'unavailable' });
    expect((await ask('GET', `/v1/refunds/${id}`))['notes']).toEqual({ a: '1' });
  });

  it('whose writing got no answer may be there, and asking again does no harm', async () => {
    const id = await refund(await newPayment(), { amount: 100, notes: { a: '1' } });
    // The first fault takes the reading and does nothing to it; so the second meets the writing.
    await fault({ operation: 'lookup', mode: 'delay', delayMs: 0 });
    await fault({ operation: '*', mode: 'drop-after-process' });
    const change = { notes: { b: '2' }, replace };
    expect(await annotator.annotate(account(), id, change, signal)).toMatchObject({
      kind: 'unavailable',
      text: expect.stringContaining('may have been written') as unknown,
    });
    expect((await ask('GET', `/v1/refunds/${id}`))['notes']).toEqual({ a: '1', b: '2' });
    expect(await annotator.annotate(account(), id, change, signal)).toMatchObject({ kind: 'shown' });
  });

  it.each([
    ['none', {}],
    ['no key', { '': 'x' }],
    ['a key of ours', { refundry_id: 'rf_2' }],
    ['a value that is too long', { key: 'x'.repeat(257) }],
    ['a key that is too long', { ['k'.repeat(256)]: 'x' }],
    ['too many', Object.fromEntries(Array.from({ length: 16 }, (_none, at) => [`n${String(at)}`, 'x']))],
  ])('%s: not what a caller may write', (_what, notes) => {
    expect(annotator.checkNotes(notes)).toMatchObject([{ code: 'NOTES_INVALID' }]);
  });

  it('of the documented lengths are taken', () => {
    expect(annotator.checkNotes({ ['k'.repeat(255)]: 'x'.repeat(256) })).toEqual([]);
  });
});

describe("a refund's id", () => {
  it.each([
    ['rfnd_FP8DDKxqJif6ca', 0],
    ['pay_FP8DDKxqJif6ca', 1],
    ['rfnd_../refunds', 1],
    ['', 1],
  ])('%j has %i faults', (id, faults) => {
    expect(desk.checkRefundId(id)).toHaveLength(faults);
  });
});
