import type { ProcessingAccount } from '#libs/processing';
import { Reviews, type Resolution, type Resolved, type ReviewAccount } from '#libs/processing/review';
import { parseAmount, type LookUpResult, type ReviewDecision } from '#libs/refund';
import { ReviewStore } from '#libs/store';
import { openBenchTop, type BenchTop, type BenchTopOptions } from './bench-top.ts';
import { robokassa } from './robokassa-provider.ts';

let top: BenchTop;
let reviews: Reviews;
/** What the processors' look-ups are answered with instead of what the provider shows; null: what it shows. A person's question is never touched. */
let shown: LookUpResult | null;

const showing = (configured: ProcessingAccount): ProcessingAccount =>
  lookingWith(configured, (real) => shown ?? real);

function lookingWith<Account extends ReviewAccount>(
  configured: Account,
  change: (real: LookUpResult) => LookUpResult | Promise<LookUpResult>,
): Account {
  const { reader } = configured.module;
  const lookUp: typeof reader.lookUp = async (account, attempt, signal) => {
    const real = await reader.lookUp(account, attempt, signal);
    return { ...real, result: await change(real.result) };
  };
  return { ...configured, module: { ...configured.module, reader: { ...reader, lookUp } } };
}

const open = async (options: BenchTopOptions = {}): Promise<void> => {
  shown = null;
  top = await openBenchTop({ account: showing, ...options });
  const limits = { leaseMs: 3000, callTimeoutMs: 400, sendWithinMs: 1000, statusEvents: true };
  reviews = new Reviews(new ReviewStore(top.database), limits);
  top.executor.start();
};

const fault = async (mode: string, fields: Readonly<Record<string, unknown>> = {}): Promise<void> => {
  const { provider } = top.account.account;
  const planned = { operation: 'create', mode, count: 1, probability: 1, seed: 1, ...fields } as const;
  await top.sandbox.addFault(provider, planned);
};

const PERSON = { by: 'ann', reason: 'asked support', evidence: 'ticket 77' };
const RETRY: ReviewDecision = { as: 'retry', absent: true };
const FAILED: ReviewDecision = { as: 'failed', actBy: 'customer', mayRequestAgain: false };
const COMPLETED: ReviewDecision = { as: 'completed', amount: null };
const named = (providerRefundId: string): Partial<Resolution> => ({
  name: { providerRefundId, handle: null },
});
const requested = (handle: string): Partial<Resolution> => ({ name: { providerRefundId: null, handle } });

const resolve = async (
  decision: ReviewDecision,
  more: Partial<Resolution> = {},
  account: ReviewAccount = top.account,
): Promise<Resolved> => {
  const name = { providerRefundId: null, handle: null };
  return await reviews.resolve('a', { decision, name, person: PERSON, force: false, ...more }, account);
};

/** All calls of the refund were made an hour ago: whatever they made is visible by now. */
const anHourLater = async (): Promise<void> => {
  await top.sql.query(`update refundry.refund set called_at = called_at - interval '1 hour'`);
  await top.sql.query(`update refundry.attempt set fenced_at = fenced_at - interval '1 hour'`);
};

const sums = async (): Promise<unknown> =>
  (
    await top.sql.query<object>(
      'select completed::text, reserved::text, external::text, doubtful, waiting from refundry.payment order by payment_no limit 1',
    )
  ).rows[0];
const SETTLED = { reserved: '0', external: '0', doubtful: 0, waiting: 0 };

const bookedOn = async (paymentId: string): Promise<readonly string[]> =>
  (await top.sandbox.payment(top.account.account.provider, paymentId)).refunds.map(({ amount }) => amount);

const lastResult = async (refundId: string): Promise<Record<string, unknown>> => {
  const result = (await top.reports.refund(refundId))?.journal.at(-1)?.result ?? '{}';
  return JSON.parse(result) as Record<string, unknown>;
};

const attempts = async (): Promise<number> =>
  Number(
    (await top.sql.query<{ n: string }>('select count(*) as n from refundry.attempt where ordinal = 1'))
      .rows[0]?.n,
  );

afterEach(async () => {
  await top.close();
});

describe('at a provider without keys, after a lost answer', () => {
  let paymentId: string;

  /** One whose answer is lost, and one that waits behind it. */
  const lose = async (mode: string, behaviour: object = { finishAfterMs: 50 }): Promise<void> => {
    await open({ provider: robokassa() });
    await top.sandbox.setBehaviour('robokassa', { ...behaviour });
    paymentId = await top.payment('100.00');
    await fault(mode);
    await top.request([{ refundId: 'a', paymentId, amount: '10.00' }]);
    expect((await top.until('a', 'review')).refund).toMatchObject({
      reviewReason: 'LOST_ANSWER',
      held: '10',
    });
    await top.request([{ refundId: 'b', paymentId, amount: '5.00' }]);
  };

  const untilFinished = async (): Promise<void> => {
    for (;;) {
      const { refunds } = await top.sandbox.payment('robokassa', paymentId);
      if (refunds[0]?.status === 'finished') return;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  };

  const requestId = async (): Promise<string> =>
    (await top.sandbox.payment('robokassa', paymentId)).refunds[0]?.id ?? '';

  it('completed by the number of its request › is bound to it under a name that is no secret, and the lane goes on', async () => {
    await lose('drop-after-process');
    const secret = await requestId();
    await untilFinished();
    const resolved = await resolve(COMPLETED, requested(secret));
    const { refund, journal, decisions } = await top.until('a', 'completed');
    expect(refund.providerRefundId).toMatch(/^rk_[0-9a-f]{32}$/);
    expect(resolved).toMatchObject({ to: 'completed', providerRefundId: refund.providerRefundId });
    expect(refund.handle).toBe(secret);
    expect(journal.at(-1)).toMatchObject({ cause: 'person', resultType: 'RefundCompleted', sequence: 4 });
    expect(await lastResult('a')).toMatchObject({
      providerRefundId: refund.providerRefundId,
      amount: '10.00',
      remaining: '90.00',
    });
    expect(JSON.stringify([journal, decisions, top.log])).not.toContain(secret);
    expect(decisions).toMatchObject([
      { sequence: 4, as: 'completed', ...PERSON, shown: 'found succeeded', forced: false },
    ]);
    await top.until('b', 'completed');
    expect(await bookedOn(paymentId)).toEqual(['10.00', '5.00']);
    expect(await sums()).toEqual({ completed: '15', ...SETTLED });
  });

  it('named while it is under way › is bound, and ends when the provider says so', async () => {
    await lose('drop-after-process', { finishAfterMs: 3_600_000 });
    expect(await resolve(COMPLETED, named(await requestId()))).toMatchObject({ kind: 'named' });
    const { refund, decisions } = await top.untilReport('a', ({ calls }) => calls.length > 3);
    expect(refund).toMatchObject({ state: 'review', held: '10', handle: await requestId() });
    expect(decisions).toMatchObject([{ sequence: null, as: 'named' }]);
    expect(await resolve(RETRY)).toMatchObject({ code: 'REVIEW_RETRY_IMPOSSIBLE' });
    await top.sandbox.changeRefund('robokassa', await requestId(), 'settle');
    await top.until('a', 'completed');
    expect(await top.states('a')).toEqual(['requested', 'unknown', 'review', 'completed']);
  });

  it('failed › waits until a booking would be visible, then releases the money and tells who can act', async () => {
    await lose('drop-before-process');
    expect(await resolve(FAILED)).toMatchObject({ code: 'REVIEW_TOO_EARLY' });
    await anHourLater();
    expect(await resolve(FAILED)).toMatchObject({ kind: 'decided', to: 'failed' });
    expect(await lastResult('a')).toMatchObject({
      failure: { kind: 'decided', code: 'DECIDED_BY_PERSON', actBy: 'customer', mayRequestAgain: false },
    });
    for (const again of [FAILED, RETRY, COMPLETED])
      expect(await resolve(again, named('x'))).toMatchObject({ code: 'REVIEW_NOT_OPEN' });
    await top.until('b', 'completed');
    expect(await bookedOn(paymentId)).toEqual(['5.00']);
    expect(await sums()).toEqual({ completed: '5', ...SETTLED });
  });

  it('retried › needs proof and time, then pays once with another attempt', async () => {
    await lose('drop-before-process');
    expect(await resolve({ as: 'retry', absent: false })).toMatchObject({
      code: 'REVIEW_ABSENCE_UNCONFIRMED',
    });
    const young = await resolve(RETRY);
    expect(young).toMatchObject({ code: 'REVIEW_TOO_EARLY' });
    // Fence, the time within which its bytes leave, the call's deadline, the provider's delay.
    expect('inMs' in young ? young.inMs : 0).toBeLessThanOrEqual(1000 + 400 + 500);
    await anHourLater();
    expect(await resolve(RETRY)).toMatchObject({ to: 'requested', attempt: 'new' });
    await top.until('a', 'completed');
    await top.until('b', 'completed');
    expect(await top.states('a')).toEqual([
      'requested',
      'unknown',
      'review',
      'requested',
      'pending',
      'completed',
    ]);
    expect(await attempts()).toBe(2);
    expect(await bookedOn(paymentId)).toEqual(['10.00', '5.00']);
    expect(await sums()).toEqual({ completed: '15', ...SETTLED });
  });

  it('completed by a refund of another amount, or one that was cancelled › is refused, unless somebody knows better', async () => {
    await lose('drop-after-process', { finishAfterMs: 3_600_000 });
    const secret = await requestId();
    await top.request([{ refundId: 'c', paymentId: await top.payment(), amount: '7.00' }]);
    await top.until('c', 'pending');
    const other = await top.sandbox.refunds('robokassa');
    const foreign = other.find(({ amount }) => amount === '7.00')?.id ?? '';
    expect(await resolve(COMPLETED, requested(foreign))).toMatchObject({ code: 'REVIEW_NAME_TAKEN' });
    await top.sandbox.changeRefund('robokassa', secret, 'cancel');
    const refused = await resolve(COMPLETED, requested(secret));
    expect(refused).toMatchObject({ code: 'REVIEW_CONTRADICTED', mayBeForced: true });
    expect((await top.reports.refund('a'))?.refund).toMatchObject({
      state: 'review',
      providerRefundId: null,
    });
    expect(await resolve(COMPLETED, { ...requested(secret), force: true })).toMatchObject({
      to: 'completed',
    });
    expect((await top.reports.refund('a'))?.decisions).toMatchObject([
      { forced: true, shown: 'found declined canceled' },
    ]);
  });

  it('of a request that may have been carried out before › is sent only with proof', async () => {
    await open({ provider: robokassa() });
    paymentId = await top.payment('100.00');
    await top.request([{ refundId: 'a', paymentId, amount: '10.00' }], Date.now() - 2 * 86_400_000);
    await top.until('a', 'review');
    expect(await resolve({ as: 'retry', absent: false })).toMatchObject({
      code: 'REVIEW_ABSENCE_UNCONFIRMED',
    });
    expect(await resolve(RETRY)).toMatchObject({ to: 'requested', attempt: 'same' });
    await top.until('a', 'completed');
    expect(await bookedOn(paymentId)).toEqual(['10.00']);
  });

  it('of a request that was carried out before › completes with its own amount', async () => {
    await open({ provider: robokassa() });
    paymentId = await top.payment('100.00');
    await top.request([{ refundId: 'a', paymentId }], Date.now() - 2 * 86_400_000);
    await top.until('a', 'review');
    const found = { ...named('seen-in-cabinet-1'), force: true };
    expect(await resolve(COMPLETED, found)).toMatchObject({ code: 'REVIEW_AMOUNT_MISSING' });
    expect(await resolve({ as: 'completed', amount: parseAmount('12.505') }, found)).toMatchObject({
      code: 'AMOUNT_TOO_PRECISE',
    });
    expect(await resolve({ as: 'completed', amount: parseAmount('12.50') }, found)).toMatchObject({
      to: 'completed',
    });
    // Whether what is left counts it already is known only when the payment is read again.
    expect(await lastResult('a')).toMatchObject({ amount: '12.50', remaining: null });
    expect(await sums()).toEqual({ completed: '12.5', ...SETTLED });
  });
});

describe('at a provider with keys', () => {
  let paymentId: string;

  /** In review because its key has run out while nothing was shown. */
  const expire = async (mode: string): Promise<void> => {
    await open();
    shown = { kind: 'unavailable', because: 'noAnswer', retryAfterMs: null, text: 'away' };
    paymentId = await top.payment('100.00');
    await fault(mode);
    await top.request([{ refundId: 'a', paymentId, amount: '10.00' }]);
    await top.until('a', 'unknown');
    await top.sql.query(`update refundry.attempt set same_key_until = now() - interval '1 minute'`);
    shown = { kind: 'absent', asOfMs: Date.now() };
    expect((await top.until('a', 'review')).refund.reviewReason).toBe('KEY_EXPIRED');
  };

  it('retried while its key lives › sends the same bytes again, holds its money all the time, and pays once', async () => {
    await open({ callsMax: 1 });
    paymentId = await top.payment('100.00');
    await fault('drop-before-process', { count: 2 });
    await top.request([{ refundId: 'a', paymentId, amount: '60.00' }]);
    const { refund } = await top.until('a', 'review');
    expect(refund).toMatchObject({ reviewReason: 'RETRIES_EXHAUSTED', held: '60' });
    // It does not fit beside it, and is not rejected for that.
    await top.request([{ refundId: 'b', paymentId, amount: '50.00' }]);
    expect(await resolve({ as: 'retry', absent: false })).toMatchObject({ to: 'unknown', attempt: 'resend' });
    await top.until('a', 'completed');
    expect(await attempts()).toBe(1);
    expect((await top.until('b', 'failed')).journal.at(-1)?.result).toContain('EXCEEDS_REMAINING');
    expect(await bookedOn(paymentId)).toEqual(['60.00']);
    expect(await sums()).toEqual({ completed: '60', ...SETTLED });
  });

  it('retried when its key is over › needs proof and time, then pays once under another key', async () => {
    await expire('drop-before-process');
    expect(await resolve({ as: 'retry', absent: false })).toMatchObject({
      code: 'REVIEW_ABSENCE_UNCONFIRMED',
    });
    expect(await resolve(RETRY)).toMatchObject({ code: 'REVIEW_TOO_EARLY' });
    await anHourLater();
    expect(await resolve(RETRY)).toMatchObject({ to: 'requested', attempt: 'new' });
    await top.until('a', 'completed');
    expect(await attempts()).toBe(2);
    expect(await bookedOn(paymentId)).toEqual(['10.00']);
    expect(await sums()).toEqual({ completed: '10', ...SETTLED });
  });

  it('retried on proof that is wrong › is found just before it is sent, and paid once', async () => {
    await expire('drop-after-process');
    await anHourLater();
    const blind = lookingWith(top.account, () => ({ kind: 'absent', asOfMs: Date.now() }));
    shown = null;
    await top.sql.query(`update refundry.look_up set due_at = now() + interval '1 hour'`);
    expect(await resolve(RETRY, {}, blind)).toMatchObject({ to: 'requested', attempt: 'new' });
    await top.until('a', 'completed');
    expect(await bookedOn(paymentId)).toEqual(['10.00']);
    expect(await sums()).toEqual({ completed: '10', ...SETTLED });
  });

  it('failed or retried although the provider shows that it gave the money back › is refused, whoever insists', async () => {
    await expire('drop-after-process');
    await anHourLater();
    for (const decision of [FAILED, RETRY])
      expect(await resolve(decision, { force: true })).toMatchObject({
        code: 'REVIEW_CONTRADICTED',
        mayBeForced: false,
      });
    const { refund, calls } = await top.untilReport('a', () => true);
    expect(refund).toMatchObject({ state: 'review', held: '10' });
    expect(calls.filter(({ verdict }) => verdict === 'found succeeded')).toHaveLength(2);
    const [{ id = '' } = {}] = await top.sandbox.refunds('razorpay');
    expect(await resolve(COMPLETED, named(id))).toMatchObject({ to: 'completed', providerRefundId: id });
    expect(await sums()).toEqual({ completed: '10', ...SETTLED });
  });

  it('failed, although its money has moved where nobody saw it › is looked at once more, and its payment stops', async () => {
    await expire('drop-after-process');
    await anHourLater();
    const blind = lookingWith(top.account, () => ({ kind: 'absent', asOfMs: Date.now() }));
    shown = null;
    await top.sql.query(`update refundry.look_up set due_at = now() + interval '1 hour'`);
    expect(await resolve(FAILED, {}, blind)).toMatchObject({ to: 'failed' });
    const { refund, external } = await top.untilReport('a', (report) => report.external.length > 0);
    expect(refund.state).toBe('failed');
    expect(refund.stoppedBecause).toMatch(/^a is failed, but provider refund rfnd_\w+ succeeded$/);
    expect(external).toMatchObject([{ relatedRefundId: 'a', amount: '10' }]);
    expect(await sums()).toEqual({ completed: '0', ...SETTLED, external: '10' });
  });

  it('completed by a refund that another one owns, or by no id at all › is refused', async () => {
    await expire('drop-before-process');
    await top.request([{ refundId: 'b', paymentId, amount: '10.00' }]);
    const { refund } = await top.until('b', 'completed');
    const taken = named(refund.providerRefundId ?? '');
    expect(await resolve(COMPLETED, { ...taken, force: true })).toMatchObject({
      code: 'REVIEW_NAME_TAKEN',
      text: `provider refund ${refund.providerRefundId ?? ''} belongs to b`,
    });
    expect(await resolve(COMPLETED, named('pay_1'))).toMatchObject({ code: 'REFUND_ID_INVALID' });
    expect(await resolve(COMPLETED, requested('rfnd_1'))).toMatchObject({ code: 'REQUEST_ID_INVALID' });
    expect(await resolve(COMPLETED)).toMatchObject({ code: 'REVIEW_NAME_MISSING' });
    expect(await resolve(COMPLETED, named('rfnd_nowhere'))).toMatchObject({ code: 'REVIEW_CONTRADICTED' });
    expect((await top.reports.refund('a'))?.refund).toMatchObject({
      state: 'review',
      providerRefundId: null,
    });
  });

  it('while the payment moves under the decision › is decided all the same; while the refund does › is not', async () => {
    await expire('drop-before-process');
    await anHourLater();
    const moving = lookingWith(top.account, async (real) => {
      await top.sql.query('update refundry.payment set version = version + 1');
      return real;
    });
    const racing = lookingWith(top.account, async (real) => {
      expect(await resolve(FAILED, {}, moving)).toMatchObject({ to: 'failed' });
      return real;
    });
    expect(await resolve(RETRY, {}, racing)).toMatchObject({
      code: 'REVIEW_MOVED',
      text: 'somebody or something else decided meanwhile: it is failed now',
    });
    expect(await top.states('a')).toEqual(['requested', 'unknown', 'review', 'failed']);
    expect((await top.reports.refund('a'))?.decisions).toHaveLength(1);
    expect(await bookedOn(paymentId)).toEqual([]);
    expect(await sums()).toEqual({ completed: '0', ...SETTLED });
  });

  it("found by a look-up while a person decides otherwise › takes what was found, and the name that lost is nobody's", async () => {
    await expire('drop-after-process');
    const [{ id = '' } = {}] = await top.sandbox.refunds('razorpay');
    const late = lookingWith(top.account, async (real) => {
      shown = null;
      await top.until('a', 'completed');
      return real;
    });
    const resolved = await resolve(COMPLETED, { ...named('rfnd_other'), force: true }, late);
    expect(resolved).toMatchObject({ kind: 'refused', code: 'REVIEW_MOVED' });
    expect((await top.reports.refund('a'))?.refund.providerRefundId).toBe(id);
    const owned = await top.sql.query('select provider_refund_id from refundry.provider_refund');
    expect(owned.rows).toEqual([{ provider_refund_id: id }]);
  });

  it('after calls that moved nothing › is sent again without proof, and its calls are counted anew', async () => {
    await open({ callsMax: 2 });
    paymentId = await top.payment('100.00');
    await fault('rate-limit', { count: 3, retryAfterMs: 1 });
    await top.request([{ refundId: 'a', paymentId, amount: '10.00' }]);
    expect((await top.until('a', 'review')).refund).toMatchObject({
      reviewReason: 'RETRIES_EXHAUSTED',
      held: '0',
    });
    expect(await resolve({ as: 'retry', absent: false })).toMatchObject({ to: 'requested', attempt: 'same' });
    await top.until('a', 'completed');
    expect(await attempts()).toBe(1);
    expect(await bookedOn(paymentId)).toEqual(['10.00']);
    expect(await sums()).toEqual({ completed: '10', ...SETTLED });
  });

  it('with a card number or no text as its reason › is refused before anybody is asked', async () => {
    await expire('drop-before-process');
    const person = { ...PERSON, evidence: 'card 4111 1111 1111 1111' };
    expect(await resolve(RETRY, { person })).toMatchObject({ code: 'CARD_NUMBER_IN_TEXT' });
    expect(await resolve(RETRY, { person: { ...PERSON, reason: ' ' } })).toMatchObject({
      code: 'DECISION_TEXT_INVALID',
    });
  });

  it('tells people in the log when it gets there', async () => {
    await expire('drop-before-process');
    const told = top.log.filter((line) => line.startsWith('warn a refund waits for a person'));
    expect(told).toHaveLength(1);
    expect(told[0]).toContain('"reason":"KEY_EXPIRED"');
    expect((await top.reports.queues()).reviews).toEqual([
      { provider: 'razorpay', reason: 'KEY_EXPIRED', refunds: 1 },
    ]);
  });
});
