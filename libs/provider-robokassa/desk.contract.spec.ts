import { createHttpEdge } from '#libs/provider-kit';
import { SandboxAdmin } from '#libs/provider-kit/testing';
import { startSandbox, type Sandbox } from '../../apps/sandbox/sandbox.ts';
import { readRobokassaAccount } from './account.ts';
import { createRobokassaReading, providerRefundIdOf } from './index.ts';
import { createRobokassa } from './submit/index.ts';

const edge = createHttpEdge();
const { module, submitter } = createRobokassa({ edge, callTimeoutMs: 5000 });
const { desk } = createRobokassaReading({ edge, callTimeoutMs: 5000 }).module;
const { signal } = new AbortController();
let sandbox: Sandbox;
let admin: SandboxAdmin;

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

function account(more: Readonly<Record<string, string>> = {}) {
  const passwords = { password1: 'password1', password2: 'password2', password3: 'password3' };
  const settings = { login: 'demo', ...passwords, baseUrl: sandbox.url, ...more };
  return readRobokassaAccount({ name: 'shop', merchant: 'demo', settings });
}

/** A refund made through the account; gives back the number that RoboKassa's books know it by. */
async function refund(paymentId: string, more: Readonly<Record<string, string>> = {}): Promise<string> {
  const read = await module.reader.readPayment(account(more), { paymentId }, signal);
  if (read.kind !== 'read') throw new Error(read.kind);
  const task = {
    refundId: 'rf_1',
    paymentId,
    amount: '50.5',
    currency: 'RUB',
    orderId: null,
    reason: null,
    metadata: {},
    options: {},
    action: 'refund',
    paymentHandle: null,
    alone: true,
  } as const;
  const prepared = submitter.prepare(account(more), task, read.reading, 1, null);
  if ('refused' in prepared) throw new Error(prepared.refused.message);
  const references = [prepared.reference];
  const unsent = { attemptNo: 1, armedAtMs: 0, providerRefundId: null, handle: null, references };
  await submitter.submit(account(more), { ...task, ...prepared, ...unsent }, signal);
  return (await admin.booked(paymentId)).refunds[0]?.id ?? '';
}

const newPayment = async () => await admin.newPayment({ amount: '100.00', currency: 'RUB' });

async function show(providerRefundId: string, more: { handle?: string; paymentId?: string } = {}) {
  const { handle = null, paymentId = null } = more;
  return await desk?.show(account(), { providerRefundId, paymentId, handle }, signal);
}

describe('one refund', () => {
  it('is shown by the number of its request, which is shown nowhere', async () => {
    const number = await refund(await newPayment());
    const hash = providerRefundIdOf(number);
    const expected = {
      kind: 'shown',
      refund: {
        providerRefundId: hash,
        paymentId: null,
        amount: '50.50',
        currency: null,
        status: 'processing',
        createdAtMs: null,
        references: {},
        refundId: null,
        entity: expect.objectContaining({ requestId: '[redacted]', label: 'processing' }) as unknown,
      },
    };
    const shown = await show(number);
    expect(shown).toEqual(expected);
    expect(JSON.stringify(shown)).toContain('"amount":50.500000');
    expect(JSON.stringify(shown)).not.toContain(number);
    expect(await show(hash, { handle: number })).toEqual(expected);
  });

  it.each([
    ['settle', 'finished'],
    ['cancel', 'canceled'],
  ] as const)("shows RoboKassa's word after %s: %s", async (change, label) => {
    const number = await refund(await newPayment());
    await admin.change(number, change);
    expect(await show(number)).toMatchObject({ refund: { status: label } });
  });

  it('is not found by a number that nobody gave', async () => {
    expect(await show('00000000-1338-4745-ba5c-28d16cbcdb3d')).toEqual({
      kind: 'notFound',
      text: 'Id is invalid or request id does not exist',
    });
  });

  it('of a certain payment cannot be asked for: the answer does not tell the payment', async () => {
    const paymentId = await newPayment();
    const number = await refund(paymentId);
    expect(await show(number, { paymentId })).toMatchObject({ kind: 'refused' });
  });

  it.each(['html-502', 'malformed', 'redirect'])('is not shown by an answer of %s', async (mode) => {
    const number = await refund(await newPayment());
    await admin.plantFault({ operation: 'lookup', mode, count: 1 });
    expect(await show(number)).toMatchObject({ kind: 'unavailable', because: 'noAnswer' });
  });
});

describe('a refund of the legacy interface', () => {
  it('is shown by its invoice, with every field of the flat answer', async () => {
    const paymentId = await newPayment();
    await refund(paymentId, { api: 'v1' });
    expect(await show(`v1_${paymentId}`, { paymentId })).toEqual({
      kind: 'shown',
      refund: {
        providerRefundId: `v1_${paymentId}`,
        paymentId,
        amount: null,
        currency: null,
        status: '5',
        createdAtMs: null,
        references: {},
        refundId: null,
        entity: { Code: '0', Description: 'Refund processed', State: '5' },
      },
    });
    expect(await show(`v1_${paymentId}`, { paymentId: '1' })).toMatchObject({ kind: 'notFound' });
  });

  it("that does not exist is told in RoboKassa's words", async () => {
    expect(await show(`v1_${await newPayment()}`)).toMatchObject({
      kind: 'refused',
      text: expect.stringContaining('No refund of this InvoiceID') as unknown,
    });
  });

  it('cannot be asked for without Password #1', async () => {
    const without = readRobokassaAccount({
      name: 'shop',
      merchant: 'demo',
      settings: { login: 'demo', password2: 'password2', password3: 'password3', baseUrl: sandbox.url },
    });
    const asked = { providerRefundId: 'v1_1', paymentId: null, handle: null };
    expect(await desk?.show(without, asked, signal)).toMatchObject({ because: 'credentials' });
  });
});

it('has no lists', async () => {
  expect(desk?.filters).toEqual([]);
  expect(await desk?.list(account(), {}, signal)).toMatchObject({ kind: 'refused' });
});

describe("a refund's id", () => {
  it.each([
    ['68cd7fa6-1338-4745-ba5c-28d16cbcdb3d', 0],
    ['v1_12345', 0],
    ['rk_00112233445566778899aabbccddeeff', 1],
    ['12345', 1],
    ['../Create', 1],
  ])('%j has %i faults, and none of them repeats it', (id, faults) => {
    const found = desk?.checkRefundId(id) ?? [];
    expect(found).toHaveLength(faults);
    expect(JSON.stringify(found)).not.toContain(id);
  });
});
