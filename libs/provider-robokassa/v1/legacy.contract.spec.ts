import { createHttpEdge, type RefundTask, type StoredAttempt } from '#libs/provider-kit';
import { SandboxAdmin } from '#libs/provider-kit/testing';
import { startSandbox } from '../../../apps/sandbox/sandbox.ts';
import { readRobokassaAccount } from '../account.ts';
import { createRobokassa } from '../submit/index.ts';

let sandbox: Awaited<ReturnType<typeof startSandbox>>;
let admin: SandboxAdmin;

const edge = createHttpEdge();
const { module, submitter } = createRobokassa({ edge, callTimeoutMs: 5000 });
const signal = new AbortController().signal;

const account = (more: Readonly<Record<string, string>> = {}) =>
  readRobokassaAccount({
    name: 'shop',
    merchant: 'demo',
    settings: {
      login: 'demo',
      password1: 'password1',
      password2: 'password2',
      api: 'v1',
      baseUrl: sandbox.url,
      ...more,
    },
  });

async function prepared(amount = '50.5'): Promise<StoredAttempt> {
  const paymentId = await admin.newPayment({ amount: '100.00', currency: 'RUB' });
  const task: RefundTask = {
    refundId: 'rf_1',
    paymentId,
    amount,
    currency: 'RUB',
    orderId: null,
    reason: null,
    metadata: {},
    options: {},
    action: 'refund',
    paymentHandle: null,
    alone: true,
  };
  const attempt = submitter.prepare(account(), task, null, 1, null);
  if ('refused' in attempt) throw new Error(attempt.refused.message);
  const { key, reference, content, action } = attempt;
  return {
    ...task,
    attemptNo: 1,
    action,
    key,
    reference,
    content,
    armedAtMs: Date.now(),
    providerRefundId: null,
    handle: null,
    references: [reference],
  };
}

async function submit(attempt: StoredAttempt, more: Readonly<Record<string, string>> = {}) {
  const { outcome, exchange } = await submitter.submit(account(more), attempt, signal);
  expect(exchange.answer).not.toMatch(/password/);
  return outcome;
}

async function lookUp(attempt: StoredAttempt, more: Readonly<Record<string, string>> = {}) {
  const known = { ...attempt, providerRefundId: `v1_${attempt.paymentId}` };
  return (await module.reader.lookUp(account(more), known, signal)).result;
}

beforeAll(async () => {
  sandbox = await startSandbox();
  admin = new SandboxAdmin(sandbox.url, 'robokassa');
});

beforeEach(async () => {
  await admin.reset();
});

afterAll(async () => {
  edge.close();
  await sandbox.close();
});

describe('a refund over the legacy interface', () => {
  it('is pending when it is taken, and succeeded when the invoice says so', async () => {
    await admin.setBehaviour({ finishAfterMs: null });
    const attempt = await prepared();
    const providerRefundId = `v1_${attempt.paymentId}`;
    expect(await submit(attempt)).toEqual({ kind: 'pending', providerRefundId, references: {} });
    expect(await lookUp(attempt)).toMatchObject({
      kind: 'found',
      outcome: { kind: 'unknown', phase: 'unlisted' },
    });
    const [booked] = (await admin.booked(attempt.paymentId)).refunds;
    expect(booked?.amount).toBe('50.50');
    await admin.change(booked?.id ?? '', 'settle');
    expect(await lookUp(attempt)).toMatchObject({
      kind: 'found',
      outcome: { kind: 'succeeded', providerRefundId, completedAtMs: null },
    });
  });

  it('goes on over the interface that it began with when the account is changed', async () => {
    const attempt = await prepared();
    const changed = { api: 'v2', password3: 'password3' };
    expect(await submit(attempt, changed)).toMatchObject({ kind: 'pending' });
    expect(await lookUp(attempt, changed)).toMatchObject({ outcome: { kind: 'succeeded' } });
  });

  it('is not asked for when the account has lost the password that asks', async () => {
    const attempt = await prepared();
    await submit(attempt);
    const settings = { login: 'demo', password2: 'password2', password3: 'password3', baseUrl: sandbox.url };
    const changed = readRobokassaAccount({ name: 'shop', merchant: 'demo', settings });
    const known = { ...attempt, providerRefundId: `v1_${attempt.paymentId}` };
    expect((await module.reader.lookUp(changed, known, signal)).result).toMatchObject({
      kind: 'unavailable',
      because: 'credentials',
    });
  });

  it('proves nothing when another refund of the invoice has moved money', async () => {
    const attempt = await prepared();
    await submit(attempt);
    expect(await lookUp({ ...attempt, alone: false })).toMatchObject({ kind: 'ambiguous' });
  });

  it('is signed with the hash that the shop chose', async () => {
    await admin.setBehaviour({ hashAlgorithm: 'sha512' });
    expect(await submit(await prepared(), { hash: 'sha512' })).toMatchObject({ kind: 'pending' });
  });

  it.each([
    ['a wrong signature', { password1: 'not-password-1' }],
    ['another shop', { login: 'other' }],
  ])('is in doubt after a code that nobody documented: %s', async (_what, more) => {
    const attempt = await prepared();
    const content = attempt.content.replace('demo', 'login' in more ? more.login : 'demo');
    expect(await submit({ ...attempt, content }, more)).toMatchObject({ kind: 'unknown', phase: 'unlisted' });
    expect((await admin.booked(attempt.paymentId)).refunds).toEqual([]);
  });

  it.each([
    ['drop-after-process', { kind: 'unknown' }, 1],
    ['drop-before-process', { kind: 'unknown' }, 0],
    ['malformed', { kind: 'unknown', phase: 'unreadable' }, 1],
    ['status', { kind: 'unknown', phase: 'serverError' }, 0],
    ['redirect', { kind: 'unknown', phase: 'redirect' }, 0],
    ['rate-limit', { kind: 'unknown', phase: 'unlisted' }, 0],
  ])('is unknown after %s', async (mode, expected, booked) => {
    const attempt = await prepared();
    await admin.plantFault({ operation: 'create', mode, count: 1 });
    expect(await submit(attempt)).toMatchObject(expected);
    expect((await admin.booked(attempt.paymentId)).refunds).toHaveLength(booked);
  });

  it.each(['drop-before-process', 'malformed', 'status', 'html-502'])(
    'is not decided by a look-up with %s',
    async (mode) => {
      const attempt = await prepared();
      await submit(attempt);
      await admin.plantFault({ operation: 'lookup', mode, count: 1 });
      expect(await lookUp(attempt)).toMatchObject({ kind: 'unavailable', because: 'noAnswer' });
    },
  );

  it('that the invoice does not know is not decided', async () => {
    expect(await lookUp(await prepared())).toMatchObject({ kind: 'unavailable', because: 'noAnswer' });
  });
});
