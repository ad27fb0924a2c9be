import type { Verify } from '#libs/processing';
import { openBenchTop, type BenchTop, type Request } from './bench-top.ts';
import { braintree } from './braintree-provider.ts';
import { refundByHand } from './braintree-shop.ts';
import { loseRows } from './lost-rows.ts';

const LONG_AGO_MS = 2 * 86_400_000;
const ORDER = 'o-1881';

let top: BenchTop;
let paymentId: string;

/** A payment of an order whose refunds are asked for under the order's own id, as refunds made by hand have it too. */
const open = async (settings: Readonly<Record<string, string>> = {}, verify?: Verify): Promise<void> => {
  top = await openBenchTop({ provider: braintree(settings), ...(verify && { verify }) });
  await top.sandbox.setBehaviour('braintree', { settleAfterMs: 50 });
  top.executor.start();
  paymentId = await top.payment('100.00', { orderId: ORDER });
};

const request = async (refundId: string, fields: Partial<Request>, recordAtMs?: number): Promise<void> => {
  await top.request([{ refundId, paymentId, providerOptions: { orderId: ORDER }, ...fields }], recordAtMs);
};

const fault = async (mode: string): Promise<void> => {
  const planned = { operation: 'create', mode, count: 1, probability: 1, seed: 1 } as const;
  await top.sandbox.addFault('braintree', planned);
};

/** What went back of the payment, in order. */
const booked = async (): Promise<readonly string[]> =>
  (await top.sandbox.payment('braintree', paymentId)).refunds.map(({ amount }) => amount);

const sums = async (): Promise<unknown> =>
  (await top.sql.query('select completed::text, reserved::text, external::text from refundry.payment'))
    .rows[0];

const lastResult = async (refundId: string): Promise<string> =>
  (await top.reports.refund(refundId))?.journal.at(-1)?.result ?? '';

afterEach(async () => {
  await top.close();
});

describe("a refund by hand that has the caller's order id and the same amount", () => {
  it('of all of the payment, made before the request › is not taken for the requested one, which fails', async () => {
    await open();
    await refundByHand(top, paymentId, '100.00');
    await request('a', { amount: '100.00' });
    await top.until('a', 'failed', 'completed', 'review');
    expect(await lastResult('a')).toContain('"code":"ALREADY_REFUNDED"');
    expect(await booked()).toEqual(['100.00']);
    expect(await sums()).toMatchObject({ completed: '0', reserved: '0' });
  });

  it.each(['drop-before-process', 'drop-after-process'])(
    'made before a request whose call is lost by %s › stands beside the requested one, which is paid once',
    async (mode) => {
      await open();
      const byHand = await refundByHand(top, paymentId, '10.00');
      await fault(mode);
      await request('a', { amount: '10.00' });
      const { refund } = await top.until('a', 'completed', 'failed', 'review');
      expect(refund).toMatchObject({ state: 'completed' });
      expect(refund.providerRefundId).not.toBe(byHand);
      expect(await booked()).toEqual(['10.00', '10.00']);
    },
  );

  it('and the answer to all of what is left is lost › the key tells that it was paid', async () => {
    await open();
    await fault('drop-after-process');
    await request('a', { amount: '100.00' });
    await top.until('a', 'completed', 'failed', 'review');
    expect(await top.states('a')).toContain('completed');
    expect(await booked()).toEqual(['100.00']);
  });

  it('made since the payment was read, of all that was left › leaves the requested one, which is refused, to a person', async () => {
    await open();
    await request('before', { amount: '1.00' });
    await top.until('before', 'completed');
    await refundByHand(top, paymentId, '99.00');
    await request('a', { amount: '99.00' });
    const { refund } = await top.until('a', 'completed', 'failed', 'review');
    expect(refund).toMatchObject({ state: 'review', reviewReason: 'AMBIGUOUS_LOOK_UP' });
    expect(await booked()).toEqual(['1.00', '99.00']);
  });

  it('at a merchant without keys › leaves a lost refund to a person, who is shown both', async () => {
    await open({ requestKeys: 'false' });
    await refundByHand(top, paymentId, '10.00');
    await fault('drop-after-process');
    await request('a', { amount: '10.00' });
    const { refund } = await top.until('a', 'completed', 'failed', 'review');
    expect(refund).toMatchObject({ state: 'review', reviewReason: 'AMBIGUOUS_LOOK_UP' });
    expect(await booked()).toEqual(['10.00', '10.00']);
  });
});

describe('two refunds of one payment with one order id', () => {
  it.each(['drop-before-process', 'drop-after-process'])(
    'and one amount, the second lost by %s › are two refunds',
    async (mode) => {
      await open();
      await request('a', { amount: '10.00' });
      await top.until('a', 'completed');
      await fault(mode);
      await request('b', { amount: '10.00' });
      await top.until('b', 'completed', 'failed', 'review');
      expect(await top.states('b')).toContain('completed');
      expect(await booked()).toEqual(['10.00', '10.00']);
      expect(await sums()).toEqual({ completed: '20', reserved: '0', external: '0' });
    },
  );

  it('both of which are lost at once › are two refunds', async () => {
    await open();
    await top.sandbox.addFault('braintree', {
      operation: 'create',
      mode: 'drop-after-process',
      count: 2,
      probability: 1,
      seed: 1,
    });
    for (const refundId of ['a', 'b']) await request(refundId, { amount: '10.00' });
    for (const refundId of ['a', 'b']) await top.until(refundId, 'completed', 'failed', 'review');
    expect(await booked()).toEqual(['10.00', '10.00']);
    expect(await sums()).toEqual({ completed: '20', reserved: '0', external: '0' });
  });

  it('without keys, the second lost before it was made › the first is not taken for it', async () => {
    await open({ requestKeys: 'false' });
    await request('a', { amount: '10.00' });
    await top.until('a', 'completed');
    await fault('drop-before-process');
    await request('b', { amount: '10.00' });
    const { refund } = await top.until('b', 'completed', 'failed', 'review');
    expect(refund).toMatchObject({ state: 'review', reviewReason: 'NOT_FOUND_WITHOUT_KEY' });
  });

  it('of which the second is more than what is left › fails, and the books still know what was given back elsewhere', async () => {
    await open({}, 'always');
    await request('a', { amount: '40.00' });
    await top.until('a', 'completed');
    await refundByHand(top, paymentId, '30.00');
    await request('b', { amount: '40.00' });
    await top.until('b', 'completed', 'failed', 'review');
    expect(await lastResult('b')).toContain('"code":"EXCEEDS_REMAINING"');
    await request('c', {});
    await top.until('c', 'completed', 'failed', 'review');
    expect(await booked()).toEqual(['40.00', '30.00', '30.00']);
    expect(await sums()).toEqual({ completed: '70', reserved: '0', external: '30' });
  });
});

describe('after rows were lost', () => {
  it.each<[string, Partial<Request>]>([
    ['a refund that was paid', { amount: '60.00' }],
    ['a refund of all of the payment that was paid', { amount: '100.00' }],
  ])("%s under the caller's order id › is left to a person and not paid again", async (_what, fields) => {
    await open();
    await request('a', fields);
    await top.until('a', 'completed');
    await loseRows(top);
    await request('a', fields, Date.now() - LONG_AGO_MS);
    const { refund } = await top.until('a', 'completed', 'failed', 'review');
    expect(refund).toMatchObject({ state: 'review', reviewReason: 'AMBIGUOUS_LOOK_UP' });
    expect(await booked()).toHaveLength(1);
  });

  it('a refund without an amount that gave back all that was left › is left to a person, and what was freed since is not paid again', async () => {
    await open();
    const byHand = await refundByHand(top, paymentId, '40.00');
    await request('a', {});
    await top.until('a', 'completed');
    await top.sandbox.changeRefund('braintree', byHand, 'reverse');
    await loseRows(top);
    await request('a', {}, Date.now() - LONG_AGO_MS);
    const { refund } = await top.until('a', 'completed', 'failed', 'review');
    expect(refund).toMatchObject({ state: 'review', reviewReason: 'AMBIGUOUS_LOOK_UP' });
    expect(await booked()).toEqual(['40.00', '60.00']);
  });

  it('a refund beside one that is still known › is sent', async () => {
    await open();
    await request('a', { amount: '10.00' });
    await top.until('a', 'completed');
    await request('b', { amount: '10.00' }, Date.now() - LONG_AGO_MS);
    await top.until('b', 'completed', 'failed', 'review');
    expect(await top.states('b')).toContain('completed');
    expect(await booked()).toEqual(['10.00', '10.00']);
  });
});
