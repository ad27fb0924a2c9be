import { Decimal } from 'decimal.js';
import fc from 'fast-check';
import { arm, refusedArm, withReading, type ArmDecision, type ArmFacts, type RefusedArm } from './arm.ts';
import { ZERO } from './money.ts';
import type { PaymentReading } from './outcome.ts';
import { amountLeft } from './payment-sums.ts';

const money = (text: number | string): Decimal => new Decimal(text);
const reading = (change: Partial<PaymentReading> = {}): PaymentReading => ({
  captured: money(100),
  currency: 'INR',
  refundedTotal: ZERO,
  refundable: 'now',
  because: null,
  ...change,
});
const facts = (change: Partial<ArmFacts> = {}): ArmFacts => ({
  asked: money(10),
  expectedRemaining: null,
  currency: 'INR',
  paymentCurrency: 'INR',
  sums: { captured: money(100), completed: money(20), reserved: money(5), external: money(15) },
  reading: null,
  attempted: null,
  alone: true,
  ...change,
});
const code = (decision: ArmDecision | ReturnType<typeof refusedArm>): string =>
  decision.kind === 'reject' ? decision.failure.code : decision.kind;

const cents = fc.integer({ min: 0, max: 20_000 }).map((value) => money(value).div(100));
const anyReading = fc.record<PaymentReading>({
  captured: cents,
  currency: fc.constantFrom('INR', 'USD'),
  refundedTotal: cents,
  refundable: fc.constantFrom('now', 'later', 'never'),
  because: fc.constantFrom(null, 'ALREADY_REFUNDED'),
});
const anyFacts = fc.record<ArmFacts>({
  asked: fc.option(cents),
  expectedRemaining: fc.option(cents),
  currency: fc.constantFrom('INR', 'USD'),
  paymentCurrency: fc.constantFrom(null, 'INR', 'USD'),
  sums: fc.record({ captured: fc.option(cents), completed: cents, reserved: cents, external: cents }),
  reading: fc.option(anyReading),
  attempted: fc.option(cents),
  alone: fc.boolean(),
});

describe('arming a stated amount', () => {
  it('asks the store for exactly that, and for what the caller expects to be left', () => {
    expect(arm(facts({ expectedRemaining: money(60) }))).toEqual({
      kind: 'arm',
      action: 'refund',
      amount: money(10),
      expected: money(60),
    });
  });

  it('leaves it to the store whether it fits: only the locked row knows', () => {
    expect(arm(facts({ asked: money(1000) }))).toMatchObject({ kind: 'arm', amount: money(1000) });
  });
});

describe('arming an omitted amount', () => {
  it('computes what is left, and makes the store compare it', () => {
    expect(arm(facts({ asked: null }))).toEqual({
      kind: 'arm',
      action: 'refund',
      amount: money(60),
      expected: money(60),
    });
  });

  it('computes it from the reading where there is one', () => {
    const fresh = reading({ captured: money(90), refundedTotal: money(30) });
    expect(arm(facts({ asked: null, reading: fresh }))).toMatchObject({
      amount: money(60),
      expected: money(60),
    });
    const more = reading({ captured: money(90), refundedTotal: money(70) });
    expect(arm(facts({ asked: null, reading: more }))).toMatchObject({ amount: money(20) });
  });

  it("keeps what is stored of others' refunds where the reading does not tell them", () => {
    const silent = reading({ captured: money(90), refundedTotal: null });
    const sums = { ...facts().sums, external: money(15) };
    const known = sums.completed.plus(sums.reserved).plus(15);
    expect(arm(facts({ asked: null, reading: silent, sums }))).toMatchObject({
      amount: money(90).minus(known),
    });
  });

  it('reads the payment first when nothing is known of it', () => {
    const sums = { ...facts().sums, captured: null };
    expect(arm(facts({ asked: null, sums }))).toEqual({ kind: 'read' });
  });

  it('asks for nothing when nothing is left, so that the store says why', () => {
    const sums = { ...facts().sums, completed: money(90) };
    expect(arm(facts({ asked: null, sums }))).toEqual({
      kind: 'arm',
      action: 'refund',
      amount: ZERO,
      expected: null,
    });
  });

  it('is what the caller expects to be left where they say so: the store grants it only if that is true', () => {
    const decision = arm(facts({ asked: null, expectedRemaining: money(80) }));
    expect(decision).toEqual({ kind: 'arm', action: 'refund', amount: money(80), expected: money(80) });
  });
});

describe('an attempt that was made before', () => {
  it('is armed with its own amount, whatever is left or expected by now', () => {
    fc.assert(
      fc.property(anyFacts, cents, (each, attempted) => {
        const paymentCurrency = each.currency;
        const decision = arm({ ...each, paymentCurrency, reading: null, attempted });
        expect(decision).toEqual({ kind: 'arm', action: 'refund', amount: attempted, expected: null });
      }),
    );
  });

  it('waits, or is rejected, for what a new reading of the payment says', () => {
    const attempted = money(10);
    expect(arm(facts({ attempted, reading: reading({ refundable: 'later' }) })).kind).toBe('wait');
    expect(
      code(arm(facts({ attempted, reading: reading({ refundable: 'never', because: 'PAYMENT_VOIDED' }) }))),
    ).toBe('PAYMENT_VOIDED');
    expect(arm(facts({ attempted, asked: null, reading: reading() }))).toMatchObject({ amount: attempted });
  });
});

describe('a payment that is not settled yet', () => {
  const unsettled = reading({ refundable: 'later', voidable: true });

  it('is voided where the refund takes all of it and nothing else of it goes on', () => {
    const whole = { kind: 'arm', action: 'void', amount: money(100) };
    for (const asked of [money(100), null])
      expect(arm(facts({ asked, reading: unsettled }))).toMatchObject(whole);
  });

  it.each<[string, Partial<ArmFacts>]>([
    ['of a part', { asked: money(99) }],
    ['beside another refund', { asked: money(100), alone: false }],
    ['of a payment that cannot be voided', { asked: null, reading: reading({ refundable: 'later' }) }],
  ])('waits for settlement with a refund %s', (_what, change) => {
    const decision = arm(facts({ reading: unsettled, ...change }));
    expect(decision).toEqual({ kind: 'wait', waitingFor: 'settlement' });
  });

  it('leaves more than it has to the store, which refuses it now instead of after the settlement', () => {
    const decision = arm(facts({ asked: money(101), reading: unsettled }));
    expect(decision).toMatchObject({ kind: 'arm', action: 'refund', amount: money(101) });
  });

  it('waits for settlement when another refund came into the lane before the void was armed', () => {
    const refused = { asked: null, expectedRemaining: null, attempted: null, doubtful: 0 };
    const decision = refusedArm({ ...refused, remaining: money(100), action: 'void' });
    expect(decision).toEqual({ kind: 'wait', waitingFor: 'settlement' });
  });
});

describe('a payment that the provider refunds as a whole only', () => {
  const escrow = reading({ fullOnly: true });

  it('rejects a part of it, and takes all of it', () => {
    expect(code(arm(facts({ asked: money(99), reading: escrow })))).toBe('PARTIAL_NOT_SUPPORTED');
    expect(arm(facts({ asked: money(100), reading: escrow })).kind).toBe('arm');
    expect(arm(facts({ asked: null, reading: escrow })).kind).toBe('arm');
  });
});

describe('what the payment says', () => {
  it('rejects another currency before anything else', () => {
    expect(code(arm(facts({ paymentCurrency: 'USD' })))).toBe('CURRENCY_MISMATCH');
    expect(code(arm(facts({ reading: reading({ currency: 'USD', refundable: 'later' }) })))).toBe(
      'CURRENCY_MISMATCH',
    );
    expect(code(arm(facts({ attempted: money(1), paymentCurrency: 'USD' })))).toBe('CURRENCY_MISMATCH');
  });

  it('believes the reading’s currency over the stored one', () => {
    expect(arm(facts({ paymentCurrency: 'USD', reading: reading() })).kind).toBe('arm');
  });

  it('takes a payment whose currency nobody knows yet', () => {
    expect(arm(facts({ paymentCurrency: null })).kind).toBe('arm');
  });

  it('waits for settlement', () => {
    const decision = arm(facts({ reading: reading({ refundable: 'later' }) }));
    expect(decision).toEqual({ kind: 'wait', waitingFor: 'settlement' });
  });

  it('rejects with the provider’s reason, or ours', () => {
    const never = reading({ refundable: 'never', because: 'ALREADY_REFUNDED' });
    expect(code(arm(facts({ reading: never })))).toBe('ALREADY_REFUNDED');
    expect(code(arm(facts({ reading: { ...never, because: null } })))).toBe('PAYMENT_NOT_REFUNDABLE');
  });
});

describe('a reading', () => {
  it('counts as external what the provider has refunded beyond ours, and never less than nothing', () => {
    fc.assert(
      fc.property(anyReading, cents, cents, cents, (fresh, completed, reserved, external) => {
        const sums = withReading({ captured: null, completed, reserved, external }, fresh);
        const ours = completed.plus(reserved);
        expect(sums.captured).toBe(fresh.captured);
        expect(sums.external.gte(ZERO)).toBe(true);
        expect(ours.plus(sums.external).eq(Decimal.max(ours, fresh.refundedTotal ?? 0))).toBe(true);
      }),
    );
  });
});

describe('any arming', () => {
  it('never asks for more than is left when it computes the amount itself', () => {
    fc.assert(
      fc.property(anyFacts, (each) => {
        const omitted = { ...each, asked: null, attempted: null, expectedRemaining: null };
        const decision = arm(omitted);
        const sums = each.reading === null ? each.sums : withReading(each.sums, each.reading);
        const left = amountLeft(sums) ?? ZERO;
        const amount = decision.kind === 'arm' ? decision.amount : ZERO;
        expect(amount.lte(Decimal.max(left, ZERO))).toBe(true);
        expect(amount.eq(ZERO) || (decision.kind === 'arm' && decision.expected?.eq(amount) === true)).toBe(
          true,
        );
      }),
    );
  });

  it('never asks in another currency than the payment’s', () => {
    fc.assert(
      fc.property(anyFacts, (each) => {
        const currency = each.reading?.currency ?? each.paymentCurrency;
        expect(arm(each).kind === 'arm' && currency !== null && currency !== each.currency).toBe(false);
      }),
    );
  });

  it('reads a payment at most once: a reading always gives another answer', () => {
    fc.assert(
      fc.property(anyFacts, anyReading, (each, fresh) => {
        expect(arm({ ...each, reading: fresh }).kind).not.toBe('read');
      }),
    );
  });
});

describe('a refused arming', () => {
  const refused = (change: Partial<RefusedArm> = {}): RefusedArm => ({
    asked: money(50),
    expectedRemaining: null,
    attempted: null,
    remaining: money(40),
    doubtful: 0,
    action: 'refund',
    ...change,
  });

  it('names the reason', () => {
    expect(code(refusedArm(refused()))).toBe('EXCEEDS_REMAINING');
    expect(code(refusedArm(refused({ remaining: ZERO })))).toBe('NOTHING_LEFT');
    expect(code(refusedArm(refused({ remaining: money(-5) })))).toBe('NOTHING_LEFT');
    expect(code(refusedArm(refused({ expectedRemaining: money(50) })))).toBe('EXPECTED_REMAINING_MISMATCH');
    expect(code(refusedArm(refused({ asked: null, remaining: ZERO })))).toBe('NOTHING_LEFT');
    expect(code(refusedArm(refused({ asked: null, expectedRemaining: money(50) })))).toBe(
      'EXPECTED_REMAINING_MISMATCH',
    );
  });

  it('computes an omitted amount again when something is left', () => {
    expect(refusedArm(refused({ asked: null }))).toEqual({ kind: 'again' });
    expect(refusedArm(refused({ asked: null, expectedRemaining: money(40) }))).toEqual({ kind: 'again' });
  });

  it('never computes the amount of an attempt again: it is refused like a stated one', () => {
    const again = refused({ asked: null, attempted: money(50) });
    expect(code(refusedArm(again))).toBe('EXCEEDS_REMAINING');
    expect(code(refusedArm({ ...again, expectedRemaining: money(99) }))).toBe('EXCEEDS_REMAINING');
    expect(code(refusedArm({ ...again, remaining: ZERO }))).toBe('NOTHING_LEFT');
    fc.assert(
      fc.property(
        fc.option(cents),
        fc.option(cents),
        cents,
        cents,
        fc.nat(2),
        (asked, expected, attempted, remaining, doubtful) => {
          const stated = { asked, expectedRemaining: expected, attempted, remaining, doubtful };
          const each = { ...stated, action: 'refund' } as const;
          expect(refusedArm(each).kind).not.toBe('again');
        },
      ),
    );
  });

  it('waits instead of rejecting while it is open whether money of this payment left', () => {
    fc.assert(
      fc.property(
        fc.option(cents),
        fc.option(cents),
        fc.option(cents),
        cents,
        (asked, expected, attempted, remaining) => {
          const doubted = refused({ asked, expectedRemaining: expected, attempted, remaining, doubtful: 1 });
          expect(refusedArm(doubted).kind).not.toBe('reject');
        },
      ),
    );
    expect(refusedArm(refused({ doubtful: 2 }))).toEqual({ kind: 'wait', waitingFor: 'turn' });
  });
});
