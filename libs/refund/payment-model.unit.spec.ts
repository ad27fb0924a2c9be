import { Decimal } from 'decimal.js';
import fc from 'fast-check';
import { arm, refusedArm, withReading } from './arm.ts';
import { invariant, ZERO } from './money.ts';
import type { LookUpResult, Outcome, PaymentReading } from './outcome.ts';
import { amountLeft, type PaymentSums } from './payment-sums.ts';
import { settle } from './settle.ts';
import { isDoubtful, isFinal, mayChange, reserves, type RefundState } from './state.ts';
import { afterLookUp, type RetryPolicy } from './what-next.ts';

/**
 * One payment with a few refunds, driven through the decisions only. `Ledger` does what the store does with them, `Provider` is a bank with keys
 * and a book of its own. Each step picks a refund and a fate; what a refund's state allows is done to it.
 */
const CAPTURED = new Decimal(100);
const policy: RetryPolicy = {
  resend: 'sameKey',
  lookUpByReference: true,
  rereadFirstMs: 86_400_000,
  rereadForMs: 0,
  visibilityDelayMs: 0,
  firstLookUpMs: 1,
  pollFirstMs: 1,
  pollMaxMs: 1,
  overdueMs: 1_000_000,
  retryFirstMs: 1,
  retryMaxMs: 1,
  callsMax: 1000,
  waitingMaxMs: 1_000_000,
};

interface Refund {
  readonly no: number;
  readonly asked: Decimal | null;
  state: RefundState;
  attempted: Decimal | null;
  held: Decimal;
  resend: boolean;
  providerRefundId: string | null;
}

type Booked = { readonly id: string; readonly amount: Decimal; status: 'pending' | 'processed' | 'failed' };

/** `guards`: refuses what exceeds the payment, as every real provider does. Without it, our own sums are all there is. */
class Provider {
  readonly refunds = new Map<number, Booked>();
  external = ZERO;

  constructor(private readonly guards: boolean) {}

  get refunded(): Decimal {
    const live = [...this.refunds.values()].filter(({ status }) => status !== 'failed');
    return live.reduce((sum, { amount }) => sum.plus(amount), this.external);
  }

  get reading(): PaymentReading {
    return {
      captured: CAPTURED,
      currency: 'INR',
      refundedTotal: this.refunded,
      refundable: 'now',
      because: null,
    };
  }

  /** The key is the refund's number: the second call is answered from the first. */
  submit(no: number, amount: Decimal, status: 'pending' | 'processed'): Outcome {
    if (!this.refunds.has(no)) {
      if (this.guards && this.refunded.plus(amount).gt(CAPTURED)) return declined(null);
      this.refunds.set(no, { id: `rfnd_${String(no)}`, amount, status });
    }
    return this.shown(no) ?? declined(null);
  }

  shown(no: number): Outcome | null {
    const booked = this.refunds.get(no);
    if (booked === undefined) return null;
    const { id: providerRefundId, status } = booked;
    switch (status) {
      case 'processed':
        return { kind: 'succeeded', providerRefundId, references: {}, completedAtMs: null };
      case 'pending':
        return { kind: 'pending', providerRefundId, references: {} };
      case 'failed':
        return declined(providerRefundId);
    }
  }
}

function declined(providerRefundId: string | null): Outcome {
  const words = {
    code: 'NO',
    text: '',
    actBy: 'merchant',
    mayRequestAgain: true,
    readingStale: true,
  } as const;
  return { kind: 'declined', ...words, providerRefundId };
}

const LOST: Outcome = { kind: 'unknown', phase: 'waiting', text: '', providerRefundId: null };
const NOT_SENT: Outcome = {
  kind: 'notApplied',
  because: 'notSent',
  retryAfterMs: null,
  code: null,
  text: '',
};

class Ledger {
  sums: PaymentSums = { captured: null, completed: ZERO, reserved: ZERO, external: ZERO };

  constructor(
    readonly refunds: readonly Refund[],
    readonly provider: Provider,
  ) {}

  change(refund: Refund, to: RefundState): void {
    invariant(to === refund.state || mayChange(refund.state, to), `${refund.state} to ${to}`);
    const amount = refund.attempted ?? ZERO;
    const released = reserves(to) ? ZERO : refund.held;
    const completed = to === 'completed' ? amount : to === 'reversed' ? amount.neg() : ZERO;
    const { sums } = this;
    this.sums = {
      ...sums,
      reserved: sums.reserved.minus(released),
      completed: sums.completed.plus(completed),
    };
    refund.held = refund.held.minus(released);
    refund.state = to;
  }

  arm(refund: Refund): void {
    const { asked, attempted } = refund;
    const reading = this.provider.reading;
    const facts = {
      asked,
      attempted,
      expectedRemaining: null,
      currency: 'INR',
      paymentCurrency: null,
      alone: false,
    };
    const decision = arm({ ...facts, sums: this.sums, reading });
    invariant(decision.kind === 'arm', 'readable and refundable: only the amount can be refused');
    this.sums = withReading(this.sums, reading);
    const remaining = amountLeft(this.sums) ?? ZERO;
    const fits = decision.amount.gt(ZERO) && decision.amount.lte(remaining);
    if (fits && (decision.expected === null || decision.expected.eq(remaining))) {
      refund.attempted = decision.amount;
      refund.held = decision.amount;
      this.sums = { ...this.sums, reserved: this.sums.reserved.plus(decision.amount) };
      this.change(refund, 'submitting');
      return;
    }
    const doubtful = this.refunds.filter(({ state }) => isDoubtful(state)).length;
    if (refusedArm({ ...facts, remaining, doubtful, action: 'refund' }).kind === 'reject')
      this.change(refund, 'failed');
  }

  answered(refund: Refund, outcome: Outcome): void {
    const settlement = settle(refund, outcome);
    const isExpected = ['change', 'none', 'name'].includes(settlement.kind);
    invariant(isExpected, `not expected: ${JSON.stringify(settlement)}`);
    refund.resend = false;
    if (settlement.kind === 'none') return;
    if ('providerRefundId' in outcome && outcome.kind !== 'unknown')
      refund.providerRefundId ??= outcome.providerRefundId;
    if (settlement.kind === 'change') this.change(refund, settlement.to);
  }

  lookUp(refund: Refund): void {
    if (!['pending', 'unknown', 'review', 'completed'].includes(refund.state)) return;
    const outcome = this.provider.shown(refund.no);
    const result: LookUpResult =
      outcome === null ? { kind: 'absent', asOfMs: 0 } : { kind: 'found', outcome };
    const state = refund.state as 'pending' | 'unknown' | 'review' | 'completed';
    const next = afterLookUp(
      result,
      { state, tries: 0, calls: 1, stateAgeMs: 0, ageMs: 1, sameKeyLeftMs: 100_000, random: 0 },
      policy,
    );
    if (next.kind === 'decide') this.answered(refund, next.outcome);
    if (next.kind === 'resend') refund.resend = true;
  }
}

const FATES = ['answered', 'slowBank', 'lostBefore', 'lostAfter', 'notSent', 'refused'] as const;
type Fate = (typeof FATES)[number];

/** One call with the same key; `lostAfter`: the provider did it and nobody heard. */
function call(ledger: Ledger, refund: Refund, fate: Fate): void {
  const { provider } = ledger;
  const amount = refund.attempted ?? ZERO;
  switch (fate) {
    case 'answered':
      ledger.answered(refund, provider.submit(refund.no, amount, 'processed'));
      return;
    case 'slowBank':
      ledger.answered(refund, provider.submit(refund.no, amount, 'pending'));
      return;
    case 'lostAfter':
      provider.submit(refund.no, amount, 'processed');
      ledger.answered(refund, LOST);
      return;
    case 'lostBefore':
      ledger.answered(refund, LOST);
      return;
    case 'notSent':
      ledger.answered(refund, NOT_SENT);
      return;
    case 'refused':
      ledger.answered(refund, provider.shown(refund.no) ?? declined(null));
      return;
  }
}

interface Step {
  readonly what: 'go' | 'lookUp' | 'bank' | 'elsewhere' | 'review';
  readonly no: number;
  readonly fate: Fate;
  readonly amount: Decimal;
}

/** What happens at the bank on its own. */
function bank(booked: Booked | undefined, fate: Fate): void {
  if (booked?.status === 'pending') booked.status = fate === 'refused' ? 'failed' : 'processed';
  else if (booked?.status === 'processed' && fate === 'refused') booked.status = 'failed';
}

function take({ what, no, fate, amount }: Step, ledger: Ledger): void {
  const { provider, refunds } = ledger;
  const refund = refunds[no % refunds.length];
  if (refund === undefined) return;
  switch (what) {
    case 'go':
      if (refund.state === 'requested') ledger.arm(refund);
      else if (refund.state === 'submitting' || refund.resend) call(ledger, refund, fate);
      return;
    case 'lookUp':
      ledger.lookUp(refund);
      return;
    case 'bank':
      bank(provider.refunds.get(refund.no), fate);
      return;
    case 'elsewhere':
      if (provider.refunded.plus(amount).lte(CAPTURED)) provider.external = provider.external.plus(amount);
      return;
    case 'review':
      if (refund.state === 'unknown' || refund.state === 'pending') ledger.change(refund, 'review');
      return;
  }
}

const cents = fc.integer({ min: 1, max: 6000 }).map((value) => new Decimal(value).div(100));
const steps = (kinds: readonly Step['what'][]): fc.Arbitrary<Step[]> =>
  fc.array(
    fc.record({
      what: fc.constantFrom(...kinds),
      no: fc.nat(9),
      fate: fc.constantFrom(...FATES),
      amount: cents,
    }),
    { maxLength: 80 },
  );
const asked = fc.array(fc.option(cents, { freq: 4 }), { minLength: 1, maxLength: 5 });
const ledgerOf = (amounts: readonly (Decimal | null)[], guards: boolean): Ledger =>
  new Ledger(
    amounts.map((amount, no) => ({
      no,
      asked: amount,
      state: 'requested',
      attempted: null,
      held: ZERO,
      resend: false,
      providerRefundId: null,
    })),
    new Provider(guards),
  );

/** What is wrong with the sums now. */
function faults({ sums, provider, refunds }: Ledger): string[] {
  const given = sums.completed.plus(sums.reserved).plus(sums.external);
  const held = refunds.reduce((total, refund) => total.plus(refund.held), ZERO);
  return [
    ...(given.gt(CAPTURED) ? [`${given.toFixed()} given away`] : []),
    ...(provider.refunded.gt(CAPTURED) ? [`${provider.refunded.toFixed()} paid out`] : []),
    ...(held.eq(sums.reserved) ? [] : [`${held.toFixed()} held, ${sums.reserved.toFixed()} reserved`]),
  ];
}

/** Everything works from now on: every refund comes to its end, or waits for one that only a person can end. */
function* calm(ledger: Ledger): Generator<Step> {
  for (let round = 0; round < 12; round += 1)
    for (const { no } of ledger.refunds)
      for (const what of ['go', 'bank', 'lookUp'] as const)
        yield { what, no, fate: 'answered', amount: ZERO };
}

/** All steps, then the calm; the sums are right after each. */
function live(ledger: Ledger, taken: readonly Step[]): string[] {
  for (const step of [...taken, ...calm(ledger)]) {
    take(step, ledger);
    const wrong = faults(ledger);
    if (wrong.length > 0) return wrong;
  }
  return differences(ledger);
}

/** Where our book and the provider's differ in the end. */
function differences({ refunds, sums, provider }: Ledger): string[] {
  const wrong = refunds.flatMap(({ no, state }) => {
    const booked = provider.refunds.get(no);
    const isPaid = booked !== undefined && booked.status !== 'failed';
    return (state === 'completed') === isPaid ? [] : [`${String(no)} is ${state}, paid: ${String(isPaid)}`];
  });
  const total = sums.completed.plus(provider.external);
  return total.eq(provider.refunded)
    ? wrong
    : [...wrong, `${total.toFixed()} booked, not ${provider.refunded.toFixed()}`];
}

describe('a payment whose provider compares no amounts', () => {
  it('never gives away more than was captured, and both books agree in the end', () => {
    fc.assert(
      fc.property(asked, steps(['go', 'go', 'go', 'lookUp', 'bank', 'review']), (amounts, taken) => {
        expect(live(ledgerOf(amounts, false), taken)).toEqual([]);
      }),
      { numRuns: 400 },
    );
  });
});

describe('a payment that is refunded elsewhere too', () => {
  it('never gives away more than was captured, and both books agree in the end', () => {
    fc.assert(
      fc.property(
        asked,
        steps(['go', 'go', 'go', 'lookUp', 'bank', 'review', 'elsewhere']),
        (amounts, taken) => {
          expect(live(ledgerOf(amounts, true), taken)).toEqual([]);
        },
      ),
      { numRuns: 400 },
    );
  });

  it('ends every refund unless a person is asked: the final states are the books', () => {
    fc.assert(
      fc.property(asked, steps(['go', 'lookUp', 'bank', 'elsewhere']), (amounts, taken) => {
        const ledger = ledgerOf(amounts, true);
        expect(live(ledger, taken)).toEqual([]);
        const open = ledger.refunds.filter(({ state }) => state !== 'completed' && !isFinal(state));
        expect(open).toEqual([]);
      }),
      { numRuns: 200 },
    );
  });
});
