import type { ProcessingAccount, Watch } from '#libs/processing';
import { ExecutorStore } from '#libs/store';
import { openBenchTop, type BenchTop, type BenchTopOptions } from './bench-top.ts';
import { robokassa } from './robokassa-provider.ts';

let top: BenchTop;
let remainingCheckedAt: 'create' | 'finish';

/** RoboKassa may look at what is left when it takes a request or when it carries it out; nobody knows, so both are tried. */
const open = async (options: BenchTopOptions = {}): Promise<void> => {
  top = await openBenchTop({ provider: robokassa(), ...options });
  await top.sandbox.setBehaviour('robokassa', { remainingCheckedAt, finishAfterMs: 50 });
  top.executor.start();
};

const fault = async (mode: string, fields: Readonly<Record<string, unknown>> = {}): Promise<void> => {
  const planned = { operation: 'create', mode, count: 1, probability: 1, seed: 1, ...fields } as const;
  await top.sandbox.addFault('robokassa', planned);
};

/** Calls that make refunds, as the sandbox saw them. */
const creates = async (): Promise<number> =>
  (await top.sandbox.requests('robokassa', 1000)).filter(({ path }) => path.endsWith('/Refund/Create'))
    .length;

const attempts = async (): Promise<readonly unknown[]> =>
  (
    await top.sql.query<object>(
      'select attempt_no as no, key, fenced_at is not null as fenced from refundry.attempt order by ordinal, attempt_no',
    )
  ).rows;

/** Ends a worker at a step, the first time it gets there: what it held is left to its lease. */
const dyingAt = (fatal: string): Watch['step'] => {
  let isDead = false;
  return (name) => {
    if (name !== fatal || isDead) return;
    isDead = true;
    throw new Error(`killed at ${name}`);
  };
};

/** Whatever could be done now has been done: a refund of another payment, asked for last, has gone all the way. */
const everythingElseIsDone = async (): Promise<void> => {
  const refundId = `last-${String(Math.random()).slice(2)}`;
  await top.request([{ refundId, paymentId: await top.payment(), amount: '1.00' }]);
  await top.until(refundId, 'completed');
};

/** All that a refund of the payment left behind. */
const bookedOn = async (paymentId: string): Promise<readonly string[]> =>
  (await top.sandbox.payment('robokassa', paymentId)).refunds.map(({ amount }) => amount);

afterEach(async () => {
  await top.close();
});

describe.each(['create', 'finish'] as const)('with what is left looked at on %s', (when) => {
  beforeEach(() => {
    remainingCheckedAt = when;
  });

  lostAnswers();
  lostWorkers();
  amounts();
  cancellations();
});

function lostAnswers(): void {
  describe('an answer that is lost', () => {
    it.each([
      ['drop-after-process', {}, ['10.00']],
      ['drop-before-process', {}, []],
      ['malformed', {}, ['10.00']],
      ['html-502', {}, []],
      ['redirect', {}, []],
      ['rate-limit', { retryAfterMs: 1 }, []],
      ['delay', { delayMs: 900 }, ['10.00']],
      ['status', { status: 403, description: 'AccessDenied' }, []],
    ])('by %s › is for a person, and nothing is sent again', async (mode, fields, booked) => {
      await open(mode === 'delay' ? { callTimeoutMs: 400 } : {});
      const paymentId = await top.payment('100.00');
      await fault(mode, fields);
      await top.request([{ refundId: 'a', paymentId, amount: '10.00' }]);
      const report = await top.until('a', 'review');
      expect(report.refund).toMatchObject({
        reviewReason: 'LOST_ANSWER',
        held: '10',
        providerRefundId: null,
      });
      expect(await top.states('a')).toEqual(['requested', 'unknown', 'review']);
      await top.request([{ refundId: 'b', paymentId, amount: '5.00' }]);
      await everythingElseIsDone();
      // The next refund of the payment waits: were it refused, nobody could tell for which of the two.
      expect((await top.reports.refund('b'))?.refund).toMatchObject({ state: 'requested', attemptNo: 0 });
      expect(await bookedOn(paymentId)).toEqual(booked);
      expect(await creates()).toBe(2);
    });
  });

  it('a refused connection › costs nothing but time: another attempt goes later, and it is paid once', async () => {
    const away = (configured: ProcessingAccount): ProcessingAccount => ({
      ...configured,
      account: { ...configured.account, baseUrl: 'http://127.0.0.1:9' },
    });
    await open({ account: away });
    const paymentId = await top.payment('100.00');
    await top.request([{ refundId: 'a', paymentId, amount: '10.00' }]);
    const waiting = await top.untilReport('a', ({ refund }) => refund.attemptNo >= 2);
    expect(waiting.refund.state).not.toBe('review');
    await top.executor.stop();
    expect(await bookedOn(paymentId)).toEqual([]);
    top.processor().start();
    const report = await top.until('a', 'completed');
    expect(await bookedOn(paymentId)).toEqual(['10.00']);
    expect(await creates()).toBe(1);
    expect(await attempts()).toEqual(
      Array.from({ length: report.refund.attemptNo }, (_unused, at) => ({
        no: at + 1,
        key: null,
        fenced: true,
      })),
    );
  });

  it('a request taken in late › may have been paid before and cannot be looked up: a person is asked', async () => {
    await open();
    const paymentId = await top.payment('100.00');
    await top.request([{ refundId: 'a', paymentId, amount: '10.00' }], Date.now() - 2 * 86_400_000);
    expect((await top.until('a', 'review')).refund.reviewReason).toBe('LOOK_UP_IMPOSSIBLE');
    expect(await creates()).toBe(0);
  });
}

function lostWorkers(): void {
  describe('a worker that is killed', () => {
    it('between arming and the fence › has surely sent nothing: a new attempt pays once', async () => {
      await open({ step: dyingAt('executor.armed') });
      const paymentId = await top.payment('100.00');
      await top.request([{ refundId: 'a', paymentId, amount: '10.00' }]);
      await top.until('a', 'completed');
      expect(await top.states('a')).toEqual(['requested', 'pending', 'completed']);
      expect(await attempts()).toEqual([
        { no: 1, key: null, fenced: false },
        { no: 2, key: null, fenced: true },
      ]);
      expect(await bookedOn(paymentId)).toEqual(['10.00']);
      expect(await creates()).toBe(1);
    });

    it.each([
      ['executor.fenced', 0],
      ['executor.sending', 0],
      ['executor.answered', 1],
    ])('at %s › may have sent it: a person is asked, and nothing is sent again', async (step, sent) => {
      await open({ step: dyingAt(step) });
      const paymentId = await top.payment('100.00');
      await top.request([{ refundId: 'a', paymentId, amount: '10.00' }]);
      expect((await top.until('a', 'review')).refund.reviewReason).toBe('LOST_ANSWER');
      await everythingElseIsDone();
      expect(await attempts()).toContainEqual({ no: 1, key: null, fenced: true });
      expect(await bookedOn(paymentId)).toHaveLength(sent);
      expect(await creates()).toBe(sent + 1);
    });

    it('after it has written the answer › leaves a refund that completes', async () => {
      await open({ step: dyingAt('executor.settled') });
      const paymentId = await top.payment('100.00');
      await top.request([{ refundId: 'a', paymentId, amount: '10.00' }]);
      await top.until('a', 'completed');
      expect(await bookedOn(paymentId)).toEqual(['10.00']);
      expect(await creates()).toBe(1);
    });
  });

  describe('an answer', () => {
    it('is written at once, however long others may gather', async () => {
      let gatherMs = 0;
      await open({
        store: (database) =>
          new ExecutorStore(database, { gatherMs: () => gatherMs, onFlush: () => undefined }),
        step: (name) => {
          if (name === 'executor.sending') gatherMs = 600_000;
          if (name === 'executor.settled') gatherMs = 0;
        },
      });
      await top.request([{ refundId: 'a', paymentId: await top.payment('100.00'), amount: '10.00' }]);
      await top.until('a', 'completed');
      expect(await top.states('a')).toEqual(['requested', 'pending', 'completed']);
    });
  });

  describe('a worker whose lease is lost', () => {
    it('between arming and the fence › does not get the fence, sends nothing, and a new attempt pays once', async () => {
      let isTaken = false;
      const takeLease: Watch['step'] = async (name) => {
        if (name !== 'executor.armed' || isTaken) return;
        isTaken = true;
        await top.sql.query("update refundry.payment set lease_token = nextval('refundry.lease_token')");
      };
      await open({ step: takeLease });
      const paymentId = await top.payment('100.00');
      await top.request([{ refundId: 'a', paymentId, amount: '10.00' }]);
      await top.until('a', 'completed');
      expect(await attempts()).toEqual([
        { no: 1, key: null, fenced: false },
        { no: 2, key: null, fenced: true },
      ]);
      expect(await bookedOn(paymentId)).toEqual(['10.00']);
    });

    it.each(['executor.armed', 'executor.fenced'])(
      'because it stood still at %s until another had decided › sends nothing when it goes on',
      async (where) => {
        const decided = Promise.withResolvers<void>();
        const stands = Promise.withResolvers<void>();
        let stood = false;
        const standStill: Watch['step'] = async (name) => {
          if (name !== where || stood) return;
          stood = true;
          stands.resolve();
          await decided.promise;
        };
        await open({ step: standStill });
        const paymentId = await top.payment('100.00');
        await top.request([{ refundId: 'a', paymentId, amount: '10.00' }]);
        await stands.promise;
        top.processor().start();
        const end = where === 'executor.armed' ? 'completed' : 'review';
        await top.until('a', end);
        decided.resolve();
        await everythingElseIsDone();
        const paid = end === 'completed' ? ['10.00'] : [];
        expect(await bookedOn(paymentId)).toEqual(paid);
        expect(await creates()).toBe(paid.length + 1);
        expect((await top.reports.refund('a'))?.refund.state).toBe(end);
      },
    );

    it('while it had the answer in hand › still brings it: it names the refund, which a look-up then completes', async () => {
      const decided = Promise.withResolvers<void>();
      const stands = Promise.withResolvers<void>();
      let stood = false;
      const standStill: Watch['step'] = async (name) => {
        if (name !== 'executor.answered' || stood) return;
        stood = true;
        stands.resolve();
        await decided.promise;
      };
      await open({ step: standStill });
      const paymentId = await top.payment('100.00');
      await top.request([{ refundId: 'a', paymentId, amount: '10.00' }]);
      await stands.promise;
      top.processor().start();
      expect((await top.until('a', 'review')).refund).toMatchObject({ providerRefundId: null, handle: null });
      decided.resolve();
      await top.until('a', 'completed');
      expect(await top.states('a')).toEqual(['requested', 'unknown', 'review', 'completed']);
      expect(await bookedOn(paymentId)).toEqual(['10.00']);
      expect(await creates()).toBe(1);
    });
  });
}

function amounts(): void {
  describe('amounts', () => {
    beforeEach(async () => {
      await open();
    });

    it('of many refunds at once › never sum up to more than was captured, by our own sums alone', async () => {
      const paymentId = await top.payment('100.00');
      const ids = Array.from({ length: 12 }, (_unused, at) => `r${String(at)}`);
      await top.request(ids.map((refundId) => ({ refundId, paymentId, amount: '15.00' })));
      const ends: string[] = [];
      for (const refundId of ids) {
        const { refund, journal } = await top.until(refundId, 'completed', 'failed');
        ends.push(/EXCEEDS_REMAINING/.exec(journal.at(-1)?.result ?? '')?.[0] ?? refund.state);
      }
      const count = (end: string): number => ends.filter((one) => one === end).length;
      expect([count('completed'), count('EXCEEDS_REMAINING')]).toEqual([6, 6]);
      expect(await top.sandbox.payment('robokassa', paymentId)).toMatchObject({
        refunded: '90.00',
        inFlight: '0.00',
      });
      // RoboKassa shows nothing of what went back, and was not asked for more than it has.
      expect(await creates()).toBe(6);
    });

    it('omitted › is everything that our own sums leave, once; the next one finds nothing', async () => {
      const paymentId = await top.payment('100.00');
      await top.request([
        { refundId: 'a', paymentId, amount: '30.50' },
        { refundId: 'b', paymentId },
        { refundId: 'c', paymentId },
      ]);
      expect((await top.until('b', 'completed')).refund.amount).toBe('69.5');
      expect((await top.until('c', 'failed')).journal.at(-1)?.result).toContain('NOTHING_LEFT');
      expect(await bookedOn(paymentId)).toEqual(['30.50', '69.50']);
    });

    it('expected to be another › is rejected and nothing is sent', async () => {
      const paymentId = await top.payment('100.00');
      await top.request([{ refundId: 'a', paymentId, amount: '10.00', expectedRemaining: '90.00' }]);
      expect((await top.until('a', 'failed')).journal.at(-1)?.result).toContain(
        'EXPECTED_REMAINING_MISMATCH',
      );
      expect(await creates()).toBe(0);
    });
  });

  describe('a payment', () => {
    it.each([
      ['without an operation key', { opKey: null }, 'PAYMENT_HANDLE_MISSING'],
      ['whose money was not received', { state: 5 }, 'PAYMENT_NOT_CAPTURED'],
      ['that went back to its payer', { state: 60 }, 'PAYMENT_NOT_REFUNDABLE'],
      ['that is there twice', { resultCode: 4 }, 'PAYMENT_NOT_REFUNDABLE'],
      ['that is not there', { resultCode: 3 }, 'PAYMENT_NOT_FOUND'],
    ])('%s › ends its refund before anything is sent', async (_what, fields, code) => {
      await open();
      const paymentId = await top.payment('100.00', fields);
      await top.request([{ refundId: 'a', paymentId, amount: '10.00' }]);
      expect((await top.until('a', 'failed')).journal.at(-1)?.result).toContain(code);
      expect(await creates()).toBe(0);
    });

    it.each([50, 80])('in state %i › lets its refund wait', async (state) => {
      await open();
      const paymentId = await top.payment('100.00', { state });
      await top.request([{ refundId: 'a', paymentId, amount: '10.00' }]);
      await top.untilReport('a', ({ refund }) => refund.waitingFor === 'settlement');
      await everythingElseIsDone();
      expect(await bookedOn(paymentId)).toEqual([]);
    });
  });
}

function cancellations(): void {
  it('a refund that somebody cancels in the cabinet › fails as cancelled, and its amount is free again', async () => {
    await open();
    await top.sandbox.setBehaviour('robokassa', { finishAfterMs: null });
    const paymentId = await top.payment('100.00');
    await top.request([{ refundId: 'a', paymentId, amount: '100.00' }]);
    await top.until('a', 'pending');
    const [booked] = (await top.sandbox.payment('robokassa', paymentId)).refunds;
    await top.sandbox.changeRefund('robokassa', booked?.id ?? '', 'cancel');
    const failed = await top.until('a', 'failed');
    expect(JSON.parse(failed.journal.at(-1)?.result ?? '{}')).toMatchObject({
      failure: { kind: 'cancelled', code: 'CANCELLED_AT_PROVIDER', provider: { code: 'canceled' } },
    });
    await top.sandbox.setBehaviour('robokassa', { finishAfterMs: 50 });
    await top.request([{ refundId: 'b', paymentId }]);
    expect((await top.until('b', 'completed')).refund.amount).toBe('100');
    expect((await top.sandbox.payment('robokassa', paymentId)).refunded).toBe('100.00');
  });

  it('the number of a request › is kept to ask with, and is in nothing that is shown', async () => {
    await open();
    const paymentId = await top.payment('100.00');
    await fault('delay', { operation: 'lookup', delayMs: 100 });
    await top.request([{ refundId: 'a', paymentId, amount: '10.00' }]);
    const report = await top.until('a', 'completed');
    const [booked] = (await top.sandbox.payment('robokassa', paymentId)).refunds;
    const { handle, ...shown } = report.refund;
    expect(handle).toBe(booked?.id);
    expect(shown.providerRefundId).toMatch(/^rk_[0-9a-f]{32}$/);
    const { calls, journal } = report;
    expect(calls.map(({ verdict }) => verdict)).toContain('found succeeded');
    expect(JSON.stringify({ shown, calls, journal, log: top.log })).not.toContain(booked?.id ?? 'nothing');
  });
}
