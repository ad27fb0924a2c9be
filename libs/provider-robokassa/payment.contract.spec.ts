import { createHttpEdge } from '#libs/provider-kit';
import { SandboxAdmin } from '#libs/provider-kit/testing';
import { startSandbox } from '../../apps/sandbox/sandbox.ts';
import { readRobokassaAccount } from './account.ts';
import { createRobokassaReading } from './index.ts';

let sandbox: Awaited<ReturnType<typeof startSandbox>>;
let admin: SandboxAdmin;

const edge = createHttpEdge();
const { reader } = createRobokassaReading({ edge, callTimeoutMs: 5000 }).module;
const signal = new AbortController().signal;

function account(more: Readonly<Record<string, string>> = {}) {
  const settings = { login: 'demo', password2: 'password2', password3: 'password3', baseUrl: sandbox.url };
  return readRobokassaAccount({ name: 'shop', merchant: 'demo', settings: { ...settings, ...more } });
}

async function payment(fields: Readonly<Record<string, unknown>> = {}): Promise<string> {
  return await admin.newPayment({ amount: '50.50', currency: 'RUB', ...fields });
}

async function read(paymentId: string, more: Readonly<Record<string, string>> = {}) {
  const answer = await reader.readPayment(account(more), { paymentId }, signal);
  expect(answer.exchange.answer).not.toMatch(/password/);
  return answer.kind === 'read'
    ? {
        ...answer.reading,
        captured: answer.reading.captured.toFixed(2),
        refundedTotal: answer.reading.refundedTotal?.toFixed(2) ?? null,
      }
    : { kind: answer.kind, because: 'because' in answer ? answer.because : null };
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

describe('reading a payment', () => {
  it.each([
    [5, 'never', '0.00', 'PAYMENT_NOT_CAPTURED'],
    [10, 'never', '0.00', 'PAYMENT_NOT_CAPTURED'],
    [20, 'never', '0.00', 'PAYMENT_NOT_CAPTURED'],
    [50, 'later', '50.50', 'NOT_SETTLED'],
    [60, 'never', '0.00', 'PAYMENT_NOT_REFUNDABLE'],
    [80, 'later', '50.50', 'NOT_SETTLED'],
    [100, 'now', '50.50', null],
  ])('in state %i is %s', async (state, refundable, captured, because) => {
    const reading = { refundable, captured, because, refundedTotal: null, currency: 'RUB' };
    expect(await read(await payment({ state }))).toMatchObject(reading);
  });

  it.each([
    [2, { kind: 'unavailable', because: 'credentials' }],
    [3, { kind: 'notFound' }],
    [4, { refundable: 'never', because: 'PAYMENT_NOT_REFUNDABLE' }],
    [1000, { kind: 'unavailable', because: 'noAnswer' }],
  ])('with result %i is no state', async (resultCode, answer) => {
    expect(await read(await payment({ resultCode }))).toMatchObject(answer);
  });

  it('shows the key of its operation, or none where the method has none', async () => {
    const opKey = '0005F891-0C5E-4A3C-8E5D-0123456DBF37-0VOisWikFF';
    expect(await read(await payment({ opKey }))).toMatchObject({ refundable: 'now', handle: opKey });
    expect(await read(await payment({ opKey: null }))).not.toHaveProperty('handle');
    expect(await read(await payment({ opKey: 'odd key!' }))).toEqual({
      kind: 'unavailable',
      because: 'noAnswer',
    });
  });

  it.each([
    ['RUB', 'RUB'],
    ['BNR', 'RUB'],
    ['USD', 'USD'],
  ])('with the label %s is in %s', async (outCurrLabel, currency) => {
    const paymentId = await payment();
    await admin.setBehaviour({ outCurrLabel });
    expect(await read(paymentId)).toMatchObject({ currency });
  });

  it("is in the shop's own currency", async () => {
    const paymentId = await payment({ currency: 'KZT' });
    await admin.setBehaviour({ outCurrLabel: 'BNR' });
    expect(await read(paymentId, { currency: 'KZT' })).toMatchObject({ currency: 'KZT' });
  });

  it.each(['auth.robokassa.ru', 'merchant.roboxchange.com'])(
    'is the same in the namespace of %s',
    async (namespace) => {
      const paymentId = await payment();
      await admin.setBehaviour({ namespace });
      expect(await read(paymentId)).toMatchObject({ captured: '50.50', refundable: 'now' });
    },
  );

  it.each(['md5', 'ripemd160', 'sha1', 'sha256', 'sha384', 'sha512'])(
    'is signed with %s where the shop says so',
    async (hash) => {
      const paymentId = await payment();
      await admin.setBehaviour({ hashAlgorithm: hash });
      expect(await read(paymentId, { hash })).toMatchObject({ refundable: 'now' });
      const other = hash === 'md5' ? 'sha1' : 'md5';
      expect(await read(paymentId, { hash: other })).toEqual({ kind: 'unavailable', because: 'credentials' });
    },
  );

  it('of another shop is a matter of credentials', async () => {
    expect(await read(await payment(), { login: 'other' })).toEqual({
      kind: 'unavailable',
      because: 'credentials',
    });
  });
});

describe('the probe', () => {
  const probed = async (more: Readonly<Record<string, string>> = {}) =>
    (await reader.probe(account(more), signal)).kind;

  it('is accepted with the right login and second password, and says nothing of the third', async () => {
    expect(await probed()).toBe('accepted');
    expect(await probed({ password3: 'not-password-3' })).toBe('accepted');
  });

  it('is refused with a wrong one, and cannot tell when RoboKassa is in trouble', async () => {
    expect(await probed({ password2: 'not-password-2' })).toBe('refused');
    expect(await probed({ login: 'other' })).toBe('refused');
    await admin.plantFault({ operation: 'payment', mode: 'status', status: 500, count: 1 });
    expect(await probed()).toBe('unavailable');
    await admin.plantFault({ operation: 'payment', mode: 'malformed', count: 1 });
    expect(await probed()).toBe('unavailable');
  });
});
