import type { Resolved } from '#libs/processing/review';
import { parseAmount, type ReviewDecision } from '#libs/refund';
import { HealStore } from '#libs/store';
import type { BenchTop, BenchTopOptions } from './bench-top.ts';
import { braintree } from './braintree-provider.ts';
import { loseRows } from './lost-rows.ts';
import {
  COMPLETED,
  FAILED,
  lookingWith,
  named,
  requested,
  PERSON,
  RETRY,
  SETTLED,
  UNPROVED,
  ReviewBench,
} from './review-bench.ts';

let bench: ReviewBench;
let top: BenchTop;

const open = async (options: BenchTopOptions = {}): Promise<void> => {
  bench = await ReviewBench.open(options);
  ({ top } = bench);
};

afterEach(async () => {
  await top.close();
});

describe('at a provider with keys', () => {
  let paymentId: string;

  /** In review because its key has run out while nothing was shown. */
  const expire = async (mode: string): Promise<void> => {
    await open();
    bench.shown = { kind: 'unavailable', because: 'noAnswer', retryAfterMs: null, text: 'away' };
    paymentId = await top.payment('100.00');
    await bench.fault(mode);
    await top.request([{ refundId: 'a', paymentId, amount: '10.00' }]);
    await top.until('a', 'unknown');
    await top.sql.query(`update refundry.attempt set same_key_until = now() - interval '1 minute'`);
    bench.shown = { kind: 'absent', asOfMs: Date.now() };
    expect((await top.until('a', 'review')).refund.reviewReason).toBe('KEY_EXPIRED');
  };

  /** Decided on a look that shows nothing, while no processor looks; the next look shows what is there. */
  const decideUnseen = async (decision: ReviewDecision): Promise<Resolved> => {
    await top.executor.stop();
    const blind = lookingWith(top.account, () => ({ kind: 'absent', asOfMs: Date.now() }));
    const resolved = await bench.resolve(decision, {}, blind);
    bench.shown = null;
    top.processor().start();
    return resolved;
  };

  it('retried while its key lives › sends the same bytes again, holds its money all the time, and pays once', async () => {
    await open({ callsMax: 1 });
    paymentId = await top.payment('100.00');
    await bench.fault('drop-before-process', { count: 2 });
    await top.request([{ refundId: 'a', paymentId, amount: '60.00' }]);
    const { refund } = await top.until('a', 'review');
    expect(refund).toMatchObject({ reviewReason: 'RETRIES_EXHAUSTED', held: '60' });
    // It does not fit beside it, and is not rejected for that.
    await top.request([{ refundId: 'b', paymentId, amount: '50.00' }]);
    expect(await bench.resolve(UNPROVED)).toMatchObject({ to: 'unknown', attempt: 'resend' });
    await top.until('a', 'completed');
    expect(await bench.attempts()).toBe(1);
    expect((await top.until('b', 'failed')).journal.at(-1)?.result).toContain('EXCEEDS_REMAINING');
    expect(await bench.bookedOn(paymentId)).toEqual(['60.00']);
    expect(await bench.sums()).toEqual({ completed: '60', ...SETTLED });
  });

  it('retried when its key is over › needs proof and time, then pays once under another key', async () => {
    await expire('drop-before-process');
    expect(await bench.resolve(UNPROVED)).toMatchObject({
      code: 'REVIEW_ABSENCE_UNCONFIRMED',
    });
    expect(await bench.resolveEarly(RETRY)).toMatchObject({ code: 'REVIEW_TOO_EARLY' });
    await bench.anHourLater();
    expect(await bench.resolve(RETRY)).toMatchObject({ to: 'requested', attempt: 'new' });
    await top.until('a', 'completed');
    expect(await bench.attempts()).toBe(2);
    expect(await bench.bookedOn(paymentId)).toEqual(['10.00']);
    expect(await bench.sums()).toEqual({ completed: '10', ...SETTLED });
  });

  it('retried on proof that is wrong › is found just before it is sent, and paid once', async () => {
    await expire('drop-after-process');
    await bench.anHourLater();
    expect(await decideUnseen(RETRY)).toMatchObject({ to: 'requested', attempt: 'new' });
    await top.until('a', 'completed');
    expect(await bench.bookedOn(paymentId)).toEqual(['10.00']);
    expect(await bench.sums()).toEqual({ completed: '10', ...SETTLED });
  });

  it('failed or retried although the provider shows that it gave the money back › is refused, whoever insists', async () => {
    await expire('drop-after-process');
    await bench.anHourLater();
    for (const decision of [FAILED, RETRY])
      expect(await bench.resolve(decision, { force: true })).toMatchObject({
        code: 'REVIEW_CONTRADICTED',
        mayBeForced: false,
      });
    const { refund, calls } = await top.untilReport('a', () => true);
    expect(refund).toMatchObject({ state: 'review', held: '10' });
    expect(calls.filter(({ verdict }) => verdict === 'found succeeded')).toHaveLength(2);
    const id = (await top.sandbox.refunds('razorpay'))[0]?.id ?? '';
    expect(await bench.resolve(COMPLETED, named(id))).toMatchObject({
      to: 'completed',
      providerRefundId: id,
    });
    expect(await bench.sums()).toEqual({ completed: '10', ...SETTLED });
  });

  it('failed, although its money has moved where nobody saw it › is looked at once more, and its payment stops', async () => {
    await expire('drop-after-process');
    await bench.anHourLater();
    expect(await decideUnseen(FAILED)).toMatchObject({ to: 'failed' });
    const { refund, external } = await top.untilReport(
      'a',
      ({ refund: { stoppedBecause } }) => stoppedBecause !== null,
    );
    expect(refund.state).toBe('failed');
    expect(refund.stoppedBecause).toMatch(/^a is failed, but provider refund rfnd_\w+ succeeded$/);
    expect(external).toMatchObject([{ relatedRefundId: 'a', amount: '10' }]);
    expect(await bench.sums()).toEqual({ completed: '0', ...SETTLED, external: '10' });
  });

  it('completed by a refund that another one owns, or by no id at all › is refused', async () => {
    await expire('drop-before-process');
    await top.request([{ refundId: 'b', paymentId, amount: '10.00' }]);
    const { refund } = await top.until('b', 'completed');
    const taken = named(refund.providerRefundId ?? '');
    expect(await bench.resolve(COMPLETED, { ...taken, force: true })).toMatchObject({
      code: 'REVIEW_NAME_TAKEN',
      text: `provider refund ${refund.providerRefundId ?? ''} belongs to b`,
    });
    expect(await bench.resolve(COMPLETED, named('pay_1'))).toMatchObject({ code: 'REFUND_ID_INVALID' });
    expect(await bench.resolve(COMPLETED, requested('rfnd_1'))).toMatchObject({ code: 'REQUEST_ID_INVALID' });
    expect(await bench.resolve(COMPLETED)).toMatchObject({ code: 'REVIEW_NAME_MISSING' });
    expect(await bench.resolve(COMPLETED, named('rfnd_nowhere'))).toMatchObject({
      code: 'REVIEW_CONTRADICTED',
    });
    expect((await top.reports.refund('a'))?.refund).toMatchObject({
      state: 'review',
      providerRefundId: null,
    });
  });

  it('while the payment moves under the decision › is decided all the same; while the refund does › is not', async () => {
    await expire('drop-before-process');
    await bench.anHourLater();
    const moving = lookingWith(top.account, async (real) => {
      await top.sql.query('update refundry.payment set version = version + 1');
      return real;
    });
    const racing = lookingWith(top.account, async (real) => {
      expect(await bench.resolve(FAILED, {}, moving)).toMatchObject({ to: 'failed' });
      return real;
    });
    expect(await bench.resolve(RETRY, {}, racing)).toMatchObject({
      code: 'REVIEW_MOVED',
      text: 'somebody or something else decided meanwhile: it is failed now',
    });
    expect(await top.states('a')).toEqual(['requested', 'unknown', 'review', 'failed']);
    expect((await top.reports.refund('a'))?.decisions).toHaveLength(1);
    expect(await bench.bookedOn(paymentId)).toEqual([]);
    expect(await bench.sums()).toEqual({ completed: '0', ...SETTLED });
  });

  it("found by a look-up while a person decides otherwise › takes what was found, and the name that lost is nobody's", async () => {
    await expire('drop-after-process');
    const id = (await top.sandbox.refunds('razorpay'))[0]?.id ?? '';
    const late = lookingWith(top.account, async (real) => {
      bench.shown = null;
      await top.until('a', 'completed');
      return real;
    });
    const resolved = await bench.resolve(COMPLETED, { ...named('rfnd_other'), force: true }, late);
    expect(resolved).toMatchObject({ kind: 'refused', code: 'REVIEW_MOVED' });
    expect((await top.reports.refund('a'))?.refund.providerRefundId).toBe(id);
    const owned = await top.sql.query('select provider_refund_id from refundry.provider_refund');
    expect(owned.rows).toEqual([{ provider_refund_id: id }]);
  });

  it('after calls that moved nothing › is sent again without proof, and its calls are counted anew', async () => {
    await open({ callsMax: 2 });
    paymentId = await top.payment('100.00');
    const description = 'Request failed because another payment operation is in progress';
    await bench.fault('status', { count: 3, status: 400, description });
    await top.request([{ refundId: 'a', paymentId, amount: '10.00' }]);
    expect((await top.until('a', 'review')).refund).toMatchObject({
      reviewReason: 'RETRIES_EXHAUSTED',
      held: '0',
    });
    expect(await bench.resolve(UNPROVED)).toMatchObject({ to: 'requested', attempt: 'same' });
    await top.until('a', 'completed');
    expect(await bench.attempts()).toBe(1);
    expect(await bench.bookedOn(paymentId)).toEqual(['10.00']);
    expect(await bench.sums()).toEqual({ completed: '10', ...SETTLED });
  });

  it('with a card number or no text as its reason › is refused before anybody is asked', async () => {
    await expire('drop-before-process');
    const person = { ...PERSON, evidence: 'card 4111 1111 1111 1111' };
    expect(await bench.resolve(RETRY, { person })).toMatchObject({ code: 'CARD_NUMBER_IN_TEXT' });
    expect(await bench.resolve(RETRY, { person: { ...PERSON, reason: ' ' } })).toMatchObject({
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

describe('of a request that was paid with its second attempt before the rows were lost', () => {
  it('retried or failed on the word that nothing was booked › is refused: every attempt it may have had is asked for', async () => {
    await open({ provider: braintree() });
    await top.sandbox.setBehaviour('braintree', { requestKeys: false });
    const paymentId = await top.payment('100.00', { status: 'settled' });
    // Without an amount: what was found cannot be compared with anything, so a person is asked.
    await top.request([{ refundId: 'a', paymentId }]);
    expect((await top.until('a', 'completed')).refund.attemptNo).toBe(2);
    await loseRows(top);
    await top.request([{ refundId: 'a', paymentId }], Date.now() - 2 * 86_400_000);
    expect((await top.until('a', 'review')).refund).toMatchObject({ reviewReason: 'FOUND_BEFORE_SENDING' });
    await bench.anHourLater();
    expect(await bench.resolve(FAILED)).toMatchObject({ code: 'REVIEW_CONTRADICTED' });
    expect(await bench.resolve(RETRY, { force: true })).toMatchObject({
      code: 'REVIEW_CONTRADICTED',
      mayBeForced: false,
    });
    expect(await bench.bookedOn(paymentId)).toEqual(['100.00']);
  });
});

describe('a refund that a person has completed after the books had lost it', () => {
  it('is reversed when its bank gives the money back', async () => {
    await open();
    const paymentId = await top.payment('100.00');
    await top.request([{ refundId: 'a', paymentId }]);
    const paid = (await top.until('a', 'completed')).refund.providerRefundId ?? '';
    await loseRows(top);
    await top.request([{ refundId: 'a', paymentId }], Date.now() - 2 * 86_400_000);
    expect((await top.until('a', 'review')).refund.reviewReason).toBe('FOUND_BEFORE_SENDING');
    const whole: ReviewDecision = { as: 'completed', amount: parseAmount('100.00') };
    expect(await bench.resolve(whole, named(paid))).toMatchObject({ to: 'completed' });
    await top.sandbox.changeRefund('razorpay', paid, 'fail');
    // As a webhook or reconciliation makes it due.
    const { paymentNo, ordinal } = (await top.until('a', 'completed')).refund;
    expect(await new HealStore(top.database).lookUp([{ paymentNo, ordinal }])).toBe(1);
    await top.until('a', 'reversed');
    expect(await bench.sums()).toMatchObject({ completed: '0' });
  });
});
