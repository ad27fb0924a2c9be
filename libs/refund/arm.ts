import type { Decimal } from 'decimal.js';
import { rejection } from './accept.ts';
import { ZERO } from './money.ts';
import type { Failure, PaymentReading } from './outcome.ts';
import { amountLeft, type PaymentSums } from './payment-sums.ts';
import type { WaitingFor } from './state.ts';

export interface ArmFacts {
  /** Null: everything that is left. */
  readonly asked: Decimal | null;
  readonly expectedRemaining: Decimal | null;
  readonly currency: string;
  /** Null while the payment's currency is not known. */
  readonly paymentCurrency: string | null;
  readonly sums: PaymentSums;
  /** Taken just now; null where the stored sums are fresh enough or the account does not verify. */
  readonly reading: PaymentReading | null;
  /** The amount of an attempt that may have left; it is never computed again. */
  readonly attempted: Decimal | null;
  /** No other refund of the payment waits, is under way or was completed: a void takes everything back. */
  readonly alone: boolean;
}

/**
 * `arm`: ask the store to reserve `amount`; it alone decides on the row it has locked. With `expected` the store also compares what is left:
 * for an omitted amount that is the amount itself, so a change in between refuses instead of refunding another sum.
 */
export type ArmDecision =
  | {
      readonly kind: 'arm';
      readonly action: 'refund' | 'void';
      readonly amount: Decimal;
      readonly expected: Decimal | null;
    }
  | { readonly kind: 'reject'; readonly failure: Failure }
  | { readonly kind: 'wait'; readonly waitingFor: WaitingFor }
  | { readonly kind: 'read' };

/** What to do with the head of a lane, as far as it can be said before the store locks the payment. */
export function arm(facts: ArmFacts): ArmDecision {
  const { reading } = facts;
  const currency = reading?.currency ?? facts.paymentCurrency;
  if (currency !== null && currency !== facts.currency)
    return reject('CURRENCY_MISMATCH', `the payment is in ${currency}, the request in ${facts.currency}`);
  return (reading === null ? null : notNow(facts, reading)) ?? armAmount(facts);
}

/** What the payment says instead of "now"; null when it may be refunded. */
function notNow(facts: ArmFacts, reading: PaymentReading): ArmDecision | null {
  switch (reading.refundable) {
    case 'later':
      return armUnsettled(facts, reading);
    case 'never':
      return reject(
        reading.because ?? 'PAYMENT_NOT_REFUNDABLE',
        'the provider says that this payment cannot be refunded',
      );
    case 'now':
      return reading.fullOnly !== true || asksForAll(facts, reading)
        ? null
        : reject('PARTIAL_NOT_SUPPORTED', 'the provider refunds all of this payment or nothing');
  }
}

function armAmount(facts: ArmFacts): ArmDecision {
  const { attempted, asked, expectedRemaining } = facts;
  if (attempted !== null) return refund(attempted, null);
  return asked === null ? armOmitted(facts) : refund(asked, expectedRemaining);
}

/** Not settled yet: taken back as a whole by a void, or waited for. */
function armUnsettled(facts: ArmFacts, reading: PaymentReading): ArmDecision {
  const wanted = facts.attempted ?? facts.asked;
  // More than the payment has: the store says so now, with its reason, instead of after the settlement.
  if (wanted !== null && wanted.gt(leftThere(facts, reading))) return refund(wanted, facts.expectedRemaining);
  if (reading.voidable !== true || !facts.alone || !asksForAll(facts, reading))
    return { kind: 'wait', waitingFor: 'settlement' };
  return { kind: 'arm', action: 'void', amount: reading.captured, expected: facts.expectedRemaining };
}

function asksForAll(facts: ArmFacts, reading: PaymentReading): boolean {
  const { attempted, asked } = facts;
  const wanted = attempted ?? asked;
  return wanted === null || wanted.eq(leftThere(facts, reading));
}

function leftThere({ sums }: ArmFacts, { captured, refundedTotal }: PaymentReading): Decimal {
  return captured.minus(refundedTotal ?? sums.completed.plus(sums.external));
}

function refund(amount: Decimal, expected: Decimal | null): ArmDecision {
  return { kind: 'arm', action: 'refund', amount, expected };
}

/** An omitted amount is what is left; zero is left to the store to refuse, with its reason. */
function armOmitted({ reading, sums, expectedRemaining }: ArmFacts): ArmDecision {
  const left = amountLeft(reading === null ? sums : withReading(sums, reading));
  if (left === null) return { kind: 'read' };
  // What the caller expects is then what they ask for. The store says whether it is true, and whether a doubtful refund makes this one wait.
  if (expectedRemaining !== null) return refund(expectedRemaining, expectedRemaining);
  return left.lte(ZERO) ? refund(ZERO, null) : refund(left, left);
}

/** The sums as they are once a reading is stored with them: what the provider counts beyond ours is external. */
export function withReading(sums: PaymentSums, reading: PaymentReading): PaymentSums {
  const { captured, refundedTotal } = reading;
  if (refundedTotal === null) return { ...sums, captured };
  const beyond = refundedTotal.minus(sums.completed).minus(sums.reserved);
  return { ...sums, captured, external: beyond.gt(ZERO) ? beyond : ZERO };
}

export interface RefusedArm {
  readonly asked: Decimal | null;
  readonly expectedRemaining: Decimal | null;
  /** The amount of the attempt that is armed again: neither computed anew nor compared with what the caller expected. */
  readonly attempted: Decimal | null;
  readonly remaining: Decimal;
  /** Refunds of the payment that are unknown or in review. */
  readonly doubtful: number;
  readonly action: 'refund' | 'void';
}

/** Why the store refused to reserve: `again` when an omitted amount has to be computed anew. */
export function refusedArm(
  facts: RefusedArm,
):
  | { readonly kind: 'again' }
  | { readonly kind: 'wait'; readonly waitingFor: 'turn' | 'settlement' }
  | { readonly kind: 'reject'; readonly failure: Failure } {
  const { attempted, remaining } = facts;
  const asked = attempted ?? facts.asked;
  const expected = attempted === null ? facts.expectedRemaining : null;
  if (fits(asked, expected, remaining)) {
    // A void was refused although it fits: another refund came into the lane and needs what it would take back.
    if (facts.action === 'void') return { kind: 'wait', waitingFor: 'settlement' };
    if (asked === null) return { kind: 'again' };
  }
  if (facts.doubtful > 0) return { kind: 'wait', waitingFor: 'turn' };
  if (expected !== null && !expected.eq(remaining)) return reject(...mismatch(expected, remaining));
  if (remaining.lte(ZERO)) return reject('NOTHING_LEFT', 'nothing is left to refund on this payment');
  return reject(
    'EXCEEDS_REMAINING',
    `the amount is more than the ${remaining.toFixed()} that is left on this payment`,
  );
}

function fits(asked: Decimal | null, expected: Decimal | null, remaining: Decimal): boolean {
  const amount = asked ?? remaining;
  return remaining.gt(ZERO) && amount.lte(remaining) && (expected === null || expected.eq(remaining));
}

function mismatch(expected: Decimal, left: Decimal): [string, string] {
  return [
    'EXPECTED_REMAINING_MISMATCH',
    `expected ${expected.toFixed()} to be left, but it is ${left.toFixed()}`,
  ];
}

function reject(code: string, message: string): { readonly kind: 'reject'; readonly failure: Failure } {
  return { kind: 'reject', failure: rejection({ code, message }) };
}
