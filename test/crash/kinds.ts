import { randomBytes } from 'node:crypto';
import { PAYMENT_PLACEHOLDER, SCRIPTS, type Plan, type PlannedRefund } from '#libs/scenario';

/** The ways of giving money back that differ in what a second arrival of the same bytes would do, and in what can be found out about the first. */
export const KINDS = ['razorpay', 'braintree', 'braintreeVoid', 'robokassa'] as const;
export type Kind = (typeof KINDS)[number];

export const TITLES: Readonly<Record<Kind, string>> = {
  razorpay: 'Razorpay: a key, final at once',
  braintree: 'Braintree: a key, then pending',
  braintreeVoid: 'Braintree: a void',
  robokassa: 'RoboKassa: no key',
};

const CAPTURED = '100.00';
const PART = '30.00';
const REST = '70.00';

/** The first refund of a plan is the one that a crash meets. */
export const FIRST = 0;

/**
 * Two refunds of one payment: a part, then everything that is left, which only completes if the first left neither its lane taken nor its amount
 * reserved. `alone`: the first only, where it will wait for a person and hold its lane. A void needs an empty lane.
 */
export function planOf(kind: Kind, alone: boolean): Plan {
  const provider = kind === 'braintreeVoid' ? 'braintree' : kind;
  const script = SCRIPTS[provider];
  const isVoid = kind === 'braintreeVoid';
  const runId = `c${randomBytes(6).toString('hex')}`;
  const wanted = isVoid ? [CAPTURED] : alone ? [PART] : [PART, null];
  const refunds = wanted.map((amount, index): PlannedRefund => ({
    refundId: `rf_${runId}_${String(index)}`,
    story: kind,
    payment: 'p1',
    wave: 'main',
    end: { state: 'completed', amount: amount ?? REST },
    bank: null,
  }));
  const payment = isVoid ? 'unsettled' : 'captured';
  return {
    seed: 0,
    runId,
    provider,
    mayNeedPerson: script.keyless,
    payments: [
      {
        ref: 'p1',
        amount: CAPTURED,
        currency: script.currency,
        kind: payment,
        fields: script.paymentFields(payment, script.currency),
        paymentId: null,
      },
    ],
    refunds,
    messages: refunds.map(({ refundId }, index) => ({
      story: kind,
      payment: 'p1',
      wave: 'main',
      fate: 'first',
      body: {
        text: JSON.stringify({
          refundId,
          provider,
          paymentId: PAYMENT_PLACEHOLDER,
          currency: script.currency,
          amount: wanted[index],
        }),
      },
      headers: [
        ['ce_specversion', '1.0'],
        ['ce_type', 'RefundRequested'],
        ['ce_id', refundId],
        ['ce_source', '/orders/crash'],
        ['content-type', 'application/json'],
      ],
    })),
    faults: [],
    deadLetters: 0,
    duplicates: 0,
  };
}
