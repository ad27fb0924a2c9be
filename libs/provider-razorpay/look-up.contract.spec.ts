import { createHttpEdge, type StoredAttempt } from '#libs/provider-kit';
import { startSandbox, type Sandbox } from '../../apps/sandbox/sandbox.ts';
import { readRazorpayAccount } from './account.ts';
import { createRazorpay } from './submit/index.ts';

const edge = createHttpEdge();
const { module, submitter } = createRazorpay({ edge, callTimeoutMs: 15_000 });
const { signal } = new AbortController();
let sandbox: Sandbox;

beforeAll(async () => {
  sandbox = await startSandbox();
});

afterAll(async () => {
  edge.close();
  await sandbox.close();
});

function account() {
  return readRazorpayAccount({
    name: 'default',
    merchant: 'default',
    settings: { keyId: 'rzp_test_sandbox', keySecret: 'sandbox_secret', baseUrl: sandbox.url },
  });
}

async function ask(method: string, path: string, body: unknown): Promise<Record<string, unknown>> {
  const headers = {
    authorization: account().credentials.authorization(),
    'content-type': 'application/json',
  };
  const answer = await fetch(`${sandbox.url}${path}`, { method, headers, body: JSON.stringify(body) });
  if (!answer.ok) throw new Error(await answer.text());
  return (await answer.json()) as Record<string, unknown>;
}

async function newPayment(amount = '500.00'): Promise<string> {
  const { paymentId } = await ask('POST', '/_sandbox/payments', {
    provider: 'razorpay',
    amount,
    currency: 'INR',
  });
  return String(paymentId);
}

/** A refund that somebody else makes, in the dashboard for example. */
async function foreignRefund(paymentId: string, body: unknown): Promise<string> {
  const { id } = await ask('POST', `/v1/payments/${paymentId}/refund`, body);
  return String(id);
}

let refunds = 0;

function attemptOn(
  paymentId: string,
  amount: string,
  options: Readonly<Record<string, unknown>> = {},
): StoredAttempt {
  const refundId = `rf_${String((refunds += 1))}`;
  const task = {
    refundId,
    paymentId,
    amount,
    currency: 'INR',
    orderId: null,
    reason: null,
    metadata: {},
    options,
  };
  const planned = { ...task, action: 'refund', paymentHandle: null, alone: true } as const;
  const prepared = submitter.prepare(account(), planned, null, 1, null);
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
    alone: true,
  };
}

async function lookUp(attempt: StoredAttempt) {
  const { result } = await module.reader.lookUp(account(), attempt, signal);
  return result;
}

describe('looking up among refunds that are not ours', () => {
  it('finds ours on a later page', async () => {
    const attempt = attemptOn(await newPayment(), '1.00');
    const { outcome } = await submitter.submit(account(), attempt, signal);
    for (let count = 0; count < 120; count += 1) await foreignRefund(attempt.paymentId, { amount: 100 });
    expect(await lookUp(attempt)).toEqual({ kind: 'found', outcome });
  });

  it('is absent after the last page, and a listing gives each refund once', async () => {
    const paymentId = await newPayment();
    for (let count = 0; count < 103; count += 1) await foreignRefund(paymentId, { amount: 100 });
    expect(await lookUp(attemptOn(paymentId, '1.00'))).toMatchObject({ kind: 'absent' });
    const listed = new Set<string>();
    let count = 0;
    for await (const refund of module.reader.listRefunds?.(account(), { paymentId }, signal) ?? []) {
      listed.add(refund.providerRefundId);
      count += 1;
    }
    expect([listed.size, count]).toEqual([103, 103]);
  });

  it('finds a refund by our refundId when its reference is of an attempt that we no longer know', async () => {
    const attempt = attemptOn(await newPayment(), '5.00');
    const notes = { refundry_id: attempt.refundId };
    const id = await foreignRefund(attempt.paymentId, { amount: 500, receipt: 'rr_of_attempt_2', notes });
    expect(await lookUp(attempt)).toMatchObject({
      kind: 'found',
      outcome: { kind: 'succeeded', providerRefundId: id },
    });
  });

  it('leaves two candidates to a person', async () => {
    const attempt = attemptOn(await newPayment(), '5.00');
    await foreignRefund(attempt.paymentId, { amount: 500, receipt: attempt.reference });
    await foreignRefund(attempt.paymentId, { amount: 500, notes: { refundry_id: attempt.refundId } });
    expect(await lookUp(attempt)).toMatchObject({ kind: 'ambiguous' });
  });

  it('leaves a refund that it knew and that is gone to a person', async () => {
    const attempt = attemptOn(await newPayment(), '5.00');
    expect(await lookUp({ ...attempt, providerRefundId: 'rfnd_00000000000000' })).toMatchObject({
      kind: 'ambiguous',
    });
  });

  it('is absent on a payment that does not exist', async () => {
    expect(await lookUp(attemptOn('pay_00000000000000', '5.00'))).toMatchObject({ kind: 'absent' });
  });

  it('does not take a refund that it is told of for ours', async () => {
    const attempt = attemptOn(await newPayment(), '5.00');
    const providerRefundId = await foreignRefund(attempt.paymentId, { amount: 500, receipt: 'theirs' });
    expect(await lookUp({ ...attempt, providerRefundId })).toMatchObject({
      kind: 'found',
      outcome: { kind: 'unknown', phase: 'mismatch' },
    });
  });
});

describe('when others took everything that the payment had', () => {
  it('ends our refund as declined, because the listed refunds account for all of it', async () => {
    const attempt = attemptOn(await newPayment('500.00'), '100.00');
    await foreignRefund(attempt.paymentId, { amount: 20_000 });
    await foreignRefund(attempt.paymentId, { amount: 30_000 });
    const { outcome } = await submitter.submit(account(), attempt, signal);
    expect(outcome).toMatchObject({ kind: 'unknown', phase: 'unlisted' });
    expect(await lookUp(attempt)).toMatchObject({
      kind: 'found',
      outcome: { kind: 'declined', code: 'ALREADY_REFUNDED', mayRequestAgain: false, readingStale: true },
    });
  });

  it('stays absent while the listing does not account for all of it', async () => {
    const attempt = attemptOn(await newPayment('500.00'), '100.00');
    await foreignRefund(attempt.paymentId, { amount: 50_000 });
    const fault = { provider: 'razorpay', operation: 'lookup', mode: 'wrong-echo', echo: 'amount', count: 1 };
    await ask('POST', '/_sandbox/faults', fault);
    expect(await lookUp(attempt)).toMatchObject({ kind: 'absent' });
    expect(await lookUp(attempt)).toMatchObject({ kind: 'found', outcome: { code: 'ALREADY_REFUNDED' } });
  });

  it('stays absent while something is left', async () => {
    const attempt = attemptOn(await newPayment('500.00'), '100.00');
    await foreignRefund(attempt.paymentId, { amount: 49_999 });
    expect(await lookUp(attempt)).toMatchObject({ kind: 'absent' });
  });

  it('stays absent while one of the refunds failed, and its money may be left', async () => {
    const paymentId = await newPayment('500.00');
    const attempt = attemptOn(paymentId, '100.00');
    const id = await foreignRefund(paymentId, { amount: 50_000 });
    await ask('POST', `/_sandbox/refunds/razorpay/${id}/reverse`, {});
    expect(await lookUp(attempt)).toMatchObject({ kind: 'absent' });
  });
});

describe("when the caller's receipt is taken", () => {
  const options = { receipt: 'Receipt No. 31' };

  it('by a refund of another amount, ours can never be carried out', async () => {
    const attempt = attemptOn(await newPayment(), '5.00', options);
    await foreignRefund(attempt.paymentId, { amount: 600, receipt: 'Receipt No. 31' });
    const { outcome } = await submitter.submit(account(), attempt, signal);
    expect(outcome).toMatchObject({ kind: 'unknown', phase: 'unlisted' });
    expect(await lookUp(attempt)).toMatchObject({
      kind: 'found',
      outcome: { kind: 'declined', code: 'DUPLICATE_RECEIPT', mayRequestAgain: true },
    });
  });

  it('by another refund of ours of the same amount, it is the same', async () => {
    const paymentId = await newPayment();
    await submitter.submit(account(), attemptOn(paymentId, '5.00', options), signal);
    expect(await lookUp(attemptOn(paymentId, '5.00', options))).toMatchObject({
      kind: 'found',
      outcome: { kind: 'declined', code: 'DUPLICATE_RECEIPT' },
    });
  });

  it('by a refund of the same amount that does not say whose it is, a person decides', async () => {
    const attempt = attemptOn(await newPayment(), '5.00', options);
    await foreignRefund(attempt.paymentId, { amount: 500, receipt: 'Receipt No. 31' });
    expect(await lookUp(attempt)).toMatchObject({ kind: 'ambiguous' });
  });
});

describe('listing a window', () => {
  it('shows only what was made in it, with the reference that tells whose it is', async () => {
    const attempt = attemptOn(await newPayment(), '7.00', { receipt: 'mine' });
    const fromMs = Date.now();
    await submitter.submit(account(), attempt, signal);
    const seen: (string | null)[] = [];
    const window = { fromMs, toMs: fromMs + 60_000 };
    for await (const refund of module.reader.listRefunds?.(account(), window, signal) ?? []) {
      if (refund.paymentId === attempt.paymentId) seen.push(refund.reference);
    }
    expect(seen).toEqual([attempt.reference]);
  });

  it('breaks off loudly instead of showing half', async () => {
    await ask('POST', '/_sandbox/faults', {
      provider: 'razorpay',
      operation: 'lookup',
      mode: 'html-502',
      count: 1,
    });
    const read = async () => {
      for await (const refund of module.reader.listRefunds?.(account(), {}, signal) ?? []) void refund;
    };
    await expect(read()).rejects.toMatchObject({ code: 'LISTING_UNAVAILABLE' });
  });
});
