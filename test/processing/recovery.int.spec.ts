import type { ProcessingAccount, Verify } from '#libs/processing';
import { openBenchTop, type BenchTop, type BenchTopOptions } from './bench-top.ts';
import { braintree } from './braintree-provider.ts';
import { loseRows } from './lost-rows.ts';
import { lookingWith } from './review-bench.ts';
import { robokassa } from './robokassa-provider.ts';

const LONG_AGO_MS = 2 * 86_400_000;

let top: BenchTop;

const open = async (verify: Verify = 'first', more: BenchTopOptions = {}): Promise<void> => {
  top = await openBenchTop({ verify, ...more });
  top.executor.start();
};

/** Shows what was sent late enough for a busy machine to ask before. */
const showingLate = (configured: ProcessingAccount): ProcessingAccount => ({
  ...configured,
  policy: { ...configured.policy, visibilityDelayMs: 3000 },
});

type Asked = { readonly refundId: string; readonly paymentId: string; readonly amount?: string };

/** Refunds as they end, then the same requests once more after the rows are lost. */
const replayed = async (requests: readonly Asked[]): Promise<void> => {
  await top.request(requests);
  for (const { refundId } of requests) await top.until(refundId, 'completed', 'pending');
  await loseRows(top);
  await top.request(requests, Date.now() - LONG_AGO_MS);
};

const creates = async (): Promise<number> =>
  (await top.sandbox.requests('razorpay', 1000)).filter(
    ({ method, path }) => method === 'POST' && path.endsWith('/refund'),
  ).length;

const sums = async (): Promise<unknown> =>
  (await top.sql.query('select completed::text, reserved::text, external::text from refundry.payment')).rows;

afterEach(async () => {
  await top.close();
});

describe('a request that was paid before the rows were lost', () => {
  it.each<[string, Verify]>([
    ['60.00', 'first'],
    ['60.00', 'always'],
    ['60.00', 'never'],
    ['100.00', 'first'],
  ])(
    'of %s, with verify %s › is found and completed, never failed, and not sent again',
    async (amount, verify) => {
      await open(verify);
      await replayed([{ refundId: 'a', paymentId: await top.payment('100.00'), amount }]);
      await top.until('a', 'completed', 'failed');
      expect(await top.states('a')).toEqual(['requested', 'completed']);
      expect(await sums()).toEqual([{ completed: amount.replace('.00', ''), reserved: '0', external: '0' }]);
      expect(await creates()).toBe(1);
    },
  );

  it('and that its provider counts before it shows it › is not rejected for its own money', async () => {
    let looks = 0;
    await open('first', {
      account: (configured) =>
        lookingWith(showingLate(configured), (real) =>
          (looks += 1) === 1 ? { kind: 'absent', asOfMs: Date.now() } : real,
        ),
    });
    await replayed([{ refundId: 'a', paymentId: await top.payment('100.00'), amount: '100.00' }]);
    await top.until('a', 'completed', 'failed');
    expect(await top.states('a')).toEqual(['requested', 'completed']);
    expect([looks, await creates()]).toEqual([2, 1]);
  });

  it('is not counted as made elsewhere beside itself: what is really left can be refunded', async () => {
    await open();
    const paymentId = await top.payment('100.00');
    await replayed([{ refundId: 'a', paymentId, amount: '40.00' }]);
    await top.until('a', 'completed');
    await top.request([{ refundId: 'b', paymentId, amount: '60.00' }]);
    await top.until('b', 'completed', 'failed');
    expect(await top.states('b')).toEqual(['requested', 'completed']);
  });

  it('with others of its payment, all of which were paid › completes all of them', async () => {
    await open();
    const paymentId = await top.payment('100.00');
    const requests = ['a', 'b', 'c', 'd'].map((refundId) => ({ refundId, paymentId, amount: '25.00' }));
    await replayed(requests);
    for (const { refundId } of requests) {
      await top.until(refundId, 'completed', 'failed');
      expect(await top.states(refundId)).toEqual(['requested', 'completed']);
    }
    expect(await sums()).toEqual([{ completed: '100', reserved: '0', external: '0' }]);
    expect(await creates()).toBe(4);
  });

  it('without an amount › is left to a person, since nobody can say any more what was left then', async () => {
    await open();
    await replayed([{ refundId: 'a', paymentId: await top.payment('100.00') }]);
    const report = await top.until('a', 'review', 'completed', 'failed');
    expect(await top.states('a')).toEqual(['requested', 'review']);
    expect(report.refund.reviewReason).toBe('FOUND_BEFORE_SENDING');
    expect(await creates()).toBe(1);
  });

  it('and is still under way › is pending, keeps its reservation, and ends as the provider says', async () => {
    await open();
    await top.sandbox.setBehaviour('razorpay', { newRefundStatus: 'pending' });
    await replayed([{ refundId: 'a', paymentId: await top.payment('100.00'), amount: '80.00' }]);
    const { refund } = await top.until('a', 'pending', 'failed');
    expect(refund.held).toBe('80');
    await top.sandbox.changeRefund('razorpay', refund.providerRefundId ?? '', 'settle');
    await top.until('a', 'completed');
    expect(await sums()).toEqual([{ completed: '80', reserved: '0', external: '0' }]);
  });

  it("and was taken back by the bank meanwhile › fails with the provider's words, and its money is free again", async () => {
    await open();
    const paymentId = await top.payment('100.00');
    await top.request([{ refundId: 'a', paymentId, amount: '80.00' }]);
    const paid = await top.until('a', 'completed');
    await top.sandbox.changeRefund('razorpay', paid.refund.providerRefundId ?? '', 'fail');
    await loseRows(top);
    await top.request([{ refundId: 'a', paymentId, amount: '80.00' }], Date.now() - LONG_AGO_MS);
    const report = await top.until('a', 'failed', 'completed');
    expect(report.journal.at(-1)?.result).toContain('REFUND_FAILED');
    expect(await sums()).toMatchObject([{ completed: '0', reserved: '0' }]);
    expect(await creates()).toBe(1);
  });

  it('while the provider cannot be asked › waits, and nothing is sent', async () => {
    await open();
    const paymentId = await top.payment('100.00');
    await top.request([{ refundId: 'a', paymentId, amount: '60.00' }]);
    await top.until('a', 'completed');
    await loseRows(top);
    await top.sandbox.addFault('razorpay', {
      operation: 'lookup',
      mode: 'html-502',
      count: 3,
      probability: 1,
      seed: 1,
    });
    await top.request([{ refundId: 'a', paymentId, amount: '60.00' }], Date.now() - LONG_AGO_MS);
    await top.until('a', 'completed', 'failed');
    expect(await top.states('a')).toEqual(['requested', 'completed']);
    expect(await creates()).toBe(1);
  });
});

describe('a request taken in late that was never sent', () => {
  it('is looked up, and again when everything sent before must be visible, then sent like any other', async () => {
    await open('first', { account: showingLate });
    const requests = [{ refundId: 'a', paymentId: await top.payment('100.00') }];
    await top.request(requests, Date.now() - LONG_AGO_MS);
    const report = await top.until('a', 'completed');
    expect(report.calls.map(({ verb, verdict }) => `${verb} ${verdict}`)).toEqual([
      'lookUp absent',
      'lookUp absent',
      'payment read',
      'create succeeded',
    ]);
    expect((await top.booked()).map(({ amount }) => amount)).toEqual(['100.00']);
  });

  it('of a payment that others have refunded in full › is rejected', async () => {
    await open();
    const paymentId = await top.payment('100.00');
    await top.request([{ refundId: 'other', paymentId }]);
    await top.until('other', 'completed');
    await top.request([{ refundId: 'a', paymentId, amount: '10.00' }], Date.now() - LONG_AGO_MS);
    expect((await top.until('a', 'failed')).journal.at(-1)?.result).toMatch(/NOTHING_LEFT|ALREADY_REFUNDED/);
  });
});

describe('a refund that a restored database still knows as requested, although it was paid since', () => {
  const restored = async (amount?: string): Promise<string> => {
    await open();
    const paymentId = await top.payment('100.00');
    const requests = [{ refundId: 'a', paymentId, ...(amount === undefined ? {} : { amount }) }];
    await top.request(requests);
    await top.until('a', 'completed');
    await top.accounts.stop('razorpay', 'default', { by: 'ann', reason: 'restore', untilMs: null });
    await loseRows(top);
    await top.request(requests);
    return paymentId;
  };

  it.each(['60.00', '100.00'])(
    'of %s › is not rejected for the money that it took itself',
    async (amount) => {
      await restored(amount);
      await top.accounts.resume('razorpay', 'default');
      await top.until('a', 'completed', 'failed');
      expect(await top.states('a')).toEqual(['requested', 'completed']);
      expect(await sums()).toEqual([{ completed: amount.replace('.00', ''), reserved: '0', external: '0' }]);
      expect(await creates()).toBe(1);
    },
  );

  it('without an amount › is left to a person', async () => {
    await restored();
    await top.accounts.resume('razorpay', 'default');
    expect((await top.until('a', 'review', 'failed')).refund.reviewReason).toBe('FOUND_BEFORE_SENDING');
  });

  it('is replayed by the provider where it fits beside itself, and does not stay counted twice', async () => {
    const paymentId = await restored('40.00');
    await top.accounts.resume('razorpay', 'default');
    await top.until('a', 'completed');
    await top.request([{ refundId: 'b', paymentId, amount: '60.00' }]);
    await top.until('b', 'completed', 'failed');
    expect(await top.states('b')).toEqual(['requested', 'completed']);
    expect(await top.booked()).toHaveLength(2);
  });
});

describe('a request that was paid with its second attempt before the rows were lost', () => {
  it('by a provider that takes no keys › is found by the reference of that attempt, and not paid again', async () => {
    top = await openBenchTop({ provider: braintree() });
    await top.sandbox.setBehaviour('braintree', { requestKeys: false });
    top.executor.start();
    const paymentId = await top.payment('100.00', { status: 'settled' });
    await top.request([{ refundId: 'a', paymentId, amount: '40.00' }]);
    expect((await top.until('a', 'pending', 'completed')).refund.attemptNo).toBe(2);
    await loseRows(top);
    await top.request([{ refundId: 'a', paymentId, amount: '40.00' }], Date.now() - LONG_AGO_MS);
    await top.until('a', 'completed', 'review');
    // On a busy machine it is settled by the time it is found.
    expect((await top.states('a')).filter((state) => state !== 'pending')).toEqual([
      'requested',
      'completed',
    ]);
    expect((await top.sandbox.payment('braintree', paymentId)).refunds).toHaveLength(1);
  });
});

describe('a request that was paid so shortly before the rows were lost that its provider does not show it yet', () => {
  it('and that its provider would pay again, for it takes no keys › is looked for again before anything is sent', async () => {
    let hidden = 0;
    top = await openBenchTop({
      provider: braintree(),
      account: (configured) =>
        lookingWith(showingLate(configured), (real) => {
          hidden -= 1;
          return hidden >= 0 ? { kind: 'absent', asOfMs: Date.now() } : real;
        }),
    });
    await top.sandbox.setBehaviour('braintree', { requestKeys: false });
    top.executor.start();
    const paymentId = await top.payment('100.00', { status: 'settled' });
    await top.request([{ refundId: 'a', paymentId, amount: '40.00' }]);
    await top.until('a', 'pending', 'completed');
    await loseRows(top);
    hidden = 1;
    await top.request([{ refundId: 'a', paymentId, amount: '40.00' }], Date.now() - LONG_AGO_MS);
    await top.until('a', 'completed', 'review');
    expect((await top.sandbox.payment('braintree', paymentId)).refunds).toHaveLength(1);
  });
});

describe('a refund that a restored database still knows as waiting, at a provider that cannot be asked for it', () => {
  const creates = async (): Promise<number> =>
    (await top.sandbox.requests('robokassa', 1000)).filter(({ path }) => path.endsWith('/Refund/Create'))
      .length;

  it('is left to a person and not paid again, once the loss of rows is noticed', async () => {
    top = await openBenchTop({ provider: robokassa() });
    await top.sandbox.setBehaviour('robokassa', { finishAfterMs: 50 });
    top.executor.start();
    const requests = [{ refundId: 'a', paymentId: await top.payment('100.00'), amount: '40.00' }];
    await top.request(requests);
    await top.until('a', 'completed');
    await top.accounts.stop('robokassa', 'default', { by: 'ann', reason: 'restore', untilMs: null });
    await loseRows(top);
    await top.request(requests);
    const partition = { topic: 'refunds.requested.v1', partition: 0 };
    const intake = top.intake();
    intake.report({ ...partition, kind: 'rowsLost', stored: 2, committed: 9, low: 0, high: 9 });
    await intake.take({ ...partition, from: 2, next: 2, records: [] });
    await top.accounts.resume('robokassa', 'default');
    const { refund } = await top.until('a', 'review', 'completed', 'failed', 'pending');
    expect(refund).toMatchObject({ state: 'review', reviewReason: 'LOOK_UP_IMPOSSIBLE' });
    expect(await creates()).toBe(1);
  });
});
