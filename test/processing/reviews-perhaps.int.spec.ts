import { parseAmount } from '#libs/refund';
import type { BenchTop, BenchTopOptions } from './bench-top.ts';
import { braintree } from './braintree-provider.ts';
import { refundByHand } from './braintree-shop.ts';
import { loseRows } from './lost-rows.ts';
import { COMPLETED, FAILED, named, RETRY, ReviewBench, SETTLED, UNPROVED } from './review-bench.ts';

const ORDER = 'o-1881';
const HOUR_MS = 3_600_000;
const LONG_AGO_MS = 2 * 86_400_000;

let bench: ReviewBench;
let top: BenchTop;
let paymentId: string;

const open = async (
  settings: Readonly<Record<string, string>>,
  options: BenchTopOptions = {},
): Promise<void> => {
  bench = await ReviewBench.open({ provider: braintree(settings), ...options });
  ({ top } = bench);
  await top.sandbox.setBehaviour('braintree', { settleAfterMs: 50 });
  paymentId = await top.payment('100.00', { orderId: ORDER });
};

const request = async (
  refundId: string,
  recordAtMs?: number,
  amount: { readonly amount?: string } = { amount: '10.00' },
): Promise<void> => {
  const asked = { refundId, paymentId, ...amount, providerOptions: { orderId: ORDER } };
  await top.request([asked], recordAtMs);
};

const inReview = async (): Promise<string | null> =>
  (await top.until('a', 'review', 'completed', 'failed')).refund.reviewReason;

/** As reconciliation does with a refund at the provider that shows no reference of ours. */
const recordElsewhere = async (providerRefundId: string): Promise<void> => {
  await top.sql.query(
    `insert into refundry.provider_refund (merchant_no, provider_refund_id, payment_no, ordinal)
     select merchant_no, $1, payment_no, 0 from refundry.payment`,
    [providerRefundId],
  );
};

afterEach(async () => {
  await top.close();
});

describe("a person's word about a refund with the caller's order id", () => {
  it('sent without a key and lost, beside another one with that order id › is not held up by it', async () => {
    await open({ requestKeys: 'false' });
    await request('z');
    const other = (await top.until('z', 'completed')).refund.providerRefundId ?? '';
    await bench.fault('drop-before-process');
    await request('a');
    expect(await inReview()).toBe('NOT_FOUND_WITHOUT_KEY');
    await bench.anHourLater();
    expect(await bench.resolve(COMPLETED, named(other))).toMatchObject({ code: 'REVIEW_NAME_TAKEN' });
    expect(await bench.resolve(RETRY)).toMatchObject({ to: 'requested', attempt: 'new' });
    await top.until('a', 'completed');
    expect(await bench.bookedOn(paymentId)).toEqual(['10.00', '10.00']);
    expect(await bench.sums()).toEqual({ completed: '20', ...SETTLED });
  });

  it('that it was not made, beside one that nobody owns › needs to be insisted on, until that one is recorded as made elsewhere', async () => {
    await open({ requestKeys: 'false' });
    const byHand = await refundByHand(top, paymentId, '10.00');
    await bench.fault('drop-before-process');
    await request('a');
    expect(await inReview()).toBe('AMBIGUOUS_LOOK_UP');
    await bench.anHourLater();
    for (const decision of [FAILED, RETRY])
      expect(await bench.resolve(decision)).toMatchObject({
        code: 'REVIEW_CONTRADICTED',
        text: expect.stringContaining(byHand) as unknown,
        mayBeForced: true,
      });
    await recordElsewhere(byHand);
    expect(await bench.resolve(FAILED)).toMatchObject({ to: 'failed' });
  });

  it('to send it again, beside one that was recorded as made elsewhere before › is taken, and sent', async () => {
    await open({ requestKeys: 'false' });
    const byHand = await refundByHand(top, paymentId, '10.00');
    await top.request([{ refundId: 'known', paymentId, amount: '1.00' }]);
    await top.until('known', 'completed');
    await recordElsewhere(byHand);
    await bench.fault('drop-before-process');
    await request('a');
    expect(await inReview()).toBe('NOT_FOUND_WITHOUT_KEY');
    await bench.anHourLater();
    expect(await bench.resolve(RETRY)).toMatchObject({ to: 'requested', attempt: 'new' });
    await top.until('a', 'completed');
    expect(await bench.bookedOn(paymentId)).toEqual(['10.00', '1.00', '10.00']);
  });

  it('to send it again under its key › needs no insisting: the key tells', async () => {
    await open({}, { callsMax: 1 });
    await refundByHand(top, paymentId, '10.00');
    await bench.fault('drop-after-process', { count: 2 });
    await request('a');
    expect(await inReview()).toBe('RETRIES_EXHAUSTED');
    expect(await bench.resolve(UNPROVED)).toMatchObject({ to: 'unknown', attempt: 'resend' });
    await top.until('a', 'completed');
    expect(await bench.bookedOn(paymentId)).toEqual(['10.00', '10.00']);
  });

  it.each([false, true])(
    'that it was made, or was not, after the books have lost it › is compared with what has that order id, recorded as made elsewhere since: %s',
    async (isRecorded) => {
      await open({});
      await request('a');
      const paid = (await top.until('a', 'completed')).refund.providerRefundId ?? '';
      await loseRows(top);
      await top.request([{ refundId: 'known', paymentId, amount: '1.00' }]);
      await top.until('known', 'completed');
      if (isRecorded) await recordElsewhere(paid);
      await request('a', Date.now() - LONG_AGO_MS);
      expect(await inReview()).toBe('AMBIGUOUS_LOOK_UP');
      for (const decision of [FAILED, RETRY])
        expect(await bench.resolve(decision)).toMatchObject({ code: 'REVIEW_CONTRADICTED' });
      expect(await bench.resolve(COMPLETED, named(paid))).toMatchObject({
        to: 'completed',
        providerRefundId: paid,
      });
      expect(await bench.bookedOn(paymentId)).toEqual(['10.00', '1.00']);
    },
  );

  it('that it was made of a sum which the request left open, after the books have lost it › is compared with that sum', async () => {
    await open({});
    await request('a', undefined, {});
    const paid = (await top.until('a', 'completed')).refund.providerRefundId ?? '';
    await loseRows(top);
    await request('a', Date.now() - LONG_AGO_MS, {});
    expect(await inReview()).toBe('AMBIGUOUS_LOOK_UP');
    const made = (amount: string) =>
      bench.resolve({ as: 'completed', amount: parseAmount(amount) }, named(paid));
    expect(await made('10.00')).toMatchObject({ code: 'REVIEW_CONTRADICTED', mayBeForced: true });
    expect(await made('100.00')).toMatchObject({ to: 'completed', providerRefundId: paid });
    expect(await bench.sums()).toMatchObject({ completed: '100', ...SETTLED });
  });

  it('that it is under way, after the books have lost it › holds its amount, and its end there ends it', async () => {
    await open({});
    await top.sandbox.setBehaviour('braintree', { settleAfterMs: HOUR_MS });
    await request('a');
    const paid = (await top.until('a', 'pending')).refund.providerRefundId ?? '';
    await loseRows(top);
    await request('a', Date.now() - LONG_AGO_MS);
    expect(await inReview()).toBe('AMBIGUOUS_LOOK_UP');
    expect(await bench.resolve(COMPLETED, named(paid))).toEqual({ kind: 'named', providerRefundId: paid });
    expect(await bench.sums()).toMatchObject({ completed: '0', reserved: '10' });
    await top.sandbox.advanceClock(HOUR_MS);
    await top.until('a', 'completed');
    expect(await bench.sums()).toMatchObject({ completed: '10', ...SETTLED });
    expect(await bench.bookedOn(paymentId)).toEqual(['10.00']);
  });
});
