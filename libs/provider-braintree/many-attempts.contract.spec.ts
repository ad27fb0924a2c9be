import { createHttpEdge, type HttpEdge, type StoredAttempt } from '#libs/provider-kit';
import { startSandbox, type Sandbox } from '../../apps/sandbox/sandbox.ts';
import { readBraintreeAccount } from './account.ts';
import { createBraintree } from './submit/index.ts';

const real = createHttpEdge();
let searches: number;
const edge: HttpEdge = {
  close: () => {
    real.close();
  },
  exchange: async (call) => {
    searches += Number(call.url.endsWith('/advanced_search_ids'));
    return await real.exchange(call);
  },
};
const { module, submitter } = createBraintree({ edge, callTimeoutMs: 15_000 });
const { signal } = new AbortController();
let sandbox: Sandbox;

beforeAll(async () => {
  sandbox = await startSandbox();
});

beforeEach(() => {
  searches = 0;
});

afterAll(async () => {
  edge.close();
  await sandbox.close();
});

function account() {
  return readBraintreeAccount({
    name: 'default',
    merchant: 'sandbox_merchant',
    settings: {
      merchantId: 'sandbox_merchant',
      publicKey: 'sandbox_public',
      privateKey: 'sandbox_private',
      environment: 'sandbox',
      baseUrl: sandbox.url,
    },
  });
}

async function newPayment(): Promise<string> {
  const answer = await fetch(`${sandbox.url}/_sandbox/payments`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ provider: 'braintree', amount: '500.00', currency: 'USD' }),
  });
  return ((await answer.json()) as { paymentId: string }).paymentId;
}

function attemptOn(paymentId: string, refundId: string, amount: string, attemptNo: number): StoredAttempt {
  const task = {
    refundId,
    paymentId,
    amount,
    currency: 'USD',
    orderId: null,
    reason: null,
    metadata: {},
    options: {},
    action: 'refund',
    paymentHandle: null,
    alone: true,
  } as const;
  const prepared = submitter.prepare(account(), task, null, attemptNo, null);
  if ('refused' in prepared) throw new Error(prepared.refused.message);
  const references = [prepared.reference];
  return {
    ...task,
    ...prepared,
    attemptNo,
    armedAtMs: 0,
    providerRefundId: null,
    handle: null,
    references,
  };
}

async function submit(attempt: StoredAttempt) {
  return (await submitter.submit(account(), attempt, signal)).outcome;
}

async function lookUp(attempt: StoredAttempt) {
  return (await module.reader.lookUp(account(), attempt, signal)).result;
}

describe('a refund of very many attempts', () => {
  it.each([
    ['a part', '5.00'],
    ['all', '500.00'],
  ])('that gave %s of the payment back is found by books that have lost them all', async (part, amount) => {
    const paymentId = await newPayment();
    expect(await submit(attemptOn(paymentId, `rf_${part}`, amount, 85))).toMatchObject({ kind: 'pending' });
    expect(await lookUp(attemptOn(paymentId, `rf_${part}`, amount, 1))).toMatchObject({
      kind: 'found',
      outcome: { kind: 'pending' },
    });
  });

  it('with a reference each is searched for by the newest of them, in few calls', async () => {
    const earlier = Array.from({ length: 85 }, (_, index) => `earlier-${String(index + 1)}`);
    // Another payment's: the one that is looked at names it as little as one of its own that is new.
    const hidden = attemptOn(await newPayment(), 'rf_hidden', '5.00', 1);
    const content = hidden.content.replace(hidden.reference, 'earlier-85');
    await submit({ ...hidden, reference: 'earlier-85', content });
    const attempt = attemptOn(await newPayment(), 'rf_sought', '5.00', 1);
    expect(await lookUp({ ...attempt, references: earlier })).toMatchObject({
      kind: 'found',
      outcome: { kind: 'unknown', phase: 'mismatch' },
    });
    expect(searches).toBeLessThanOrEqual(12);
  });
});
