import { Decimal } from 'decimal.js';
import type { LookUpResult, Outcome } from './outcome.ts';
import {
  checkOfReview,
  NOTHING_MOVED,
  stepOfReview,
  type ReviewDecision,
  type ReviewFacts,
} from './review.ts';
import { TRANSITIONS, mayChange, type RefundState } from './state.ts';

const VISIBILITY_MS = 300_000;
const policy = { visibilityDelayMs: VISIBILITY_MS };
const keyed = { action: 'refund', keyed: true, sameKeyLeftMs: 3_600_000, endedMsAgo: 600_000 } as const;
const keyless = { ...keyed, keyed: false, sameKeyLeftMs: null } as const;

const lost: ReviewFacts = {
  state: 'review',
  reason: 'LOST_ANSWER',
  providerRefundId: null,
  named: null,
  amount: new Decimal(10),
  holds: true,
  attempt: keyless,
};
const completed: ReviewDecision = { as: 'completed', amount: null };
const failed: ReviewDecision = { as: 'failed', actBy: 'merchant', mayRequestAgain: true };
const retry = (absent: boolean): ReviewDecision => ({ as: 'retry', absent });

const step = (facts: Partial<ReviewFacts>, decision: ReviewDecision) =>
  stepOfReview({ ...lost, ...facts }, decision, policy);
const refusal = (facts: Partial<ReviewFacts>, decision: ReviewDecision): unknown => {
  const taken = step(facts, decision);
  return taken.kind === 'refused' ? taken.code : taken.kind;
};

describe('a refund that is not in review', () => {
  it.each((Object.keys(TRANSITIONS) as RefundState[]).filter((state) => state !== 'review'))(
    '%s › is decided by nobody',
    (state) => {
      for (const decision of [completed, failed, retry(true)])
        expect(refusal({ state, named: 'r_1' }, decision)).toBe('REVIEW_NOT_OPEN');
    },
  );
});

describe('what a decision leads to', () => {
  it('is a change that the table of states has', () => {
    for (const to of ['completed', 'failed', 'requested', 'unknown'] as const)
      expect(mayChange('review', to)).toBe(true);
  });
});

describe('completed', () => {
  it('needs the name of the refund at the provider, and takes no other than the one that is known', () => {
    expect(refusal({}, completed)).toBe('REVIEW_NAME_MISSING');
    expect(refusal({ providerRefundId: 'r_1', named: 'r_2' }, completed)).toBe('REVIEW_NAMED_OTHERWISE');
    expect(step({ named: 'r_1' }, completed)).toEqual({ kind: 'completed', amount: new Decimal(10) });
    expect(refusal({ providerRefundId: 'r_1', named: 'r_1' }, completed)).toBe('completed');
    expect(refusal({ providerRefundId: 'r_1' }, completed)).toBe('completed');
    expect(refusal({ attempt: { ...keyed, action: 'void' } }, completed)).toBe('completed');
  });

  it('needs an amount where nobody knows it, and takes no other than the known one', () => {
    const named = { named: 'r_1' };
    const of = (amount: number): ReviewDecision => ({ as: 'completed', amount: new Decimal(amount) });
    expect(refusal({ ...named, amount: null }, completed)).toBe('REVIEW_AMOUNT_MISSING');
    expect(step({ ...named, amount: null }, of(7))).toEqual({ kind: 'completed', amount: new Decimal(7) });
    expect(refusal(named, of(7))).toBe('REVIEW_AMOUNT_DIFFERS');
    expect(refusal(named, of(10))).toBe('completed');
  });

  it('may be said at once: money that is seen need not become visible', () => {
    const attempt = { ...keyless, endedMsAgo: -1 };
    expect(refusal({ named: 'r_1', attempt }, completed)).toBe('completed');
  });
});

describe('failed', () => {
  it('says that a person decided it, who can act and whether to ask again', () => {
    expect(step({}, { as: 'failed', actBy: 'customer', mayRequestAgain: false })).toMatchObject({
      kind: 'failed',
      failure: { kind: 'decided', code: 'DECIDED_BY_PERSON', actBy: 'customer', mayRequestAgain: false },
    });
  });

  it('is refused while a refund that was made may not be shown yet, and says for how long', () => {
    const attempt = { ...keyless, endedMsAgo: VISIBILITY_MS - 1 };
    expect(step({ attempt }, failed)).toMatchObject({ code: 'REVIEW_TOO_EARLY', inMs: 1 });
    expect(refusal({ attempt: { ...keyless, endedMsAgo: VISIBILITY_MS } }, failed)).toBe('failed');
    expect(refusal({ attempt, holds: false, reason: 'RETRIES_EXHAUSTED' }, failed)).toBe('failed');
  });
});

describe('retry', () => {
  it('with a key that surely lives › sends the same bytes again, without proof and at any time', () => {
    const attempt = { ...keyed, endedMsAgo: -1 };
    expect(step({ attempt }, retry(false))).toEqual({ kind: 'retry', attempt: 'resend' });
  });

  it.each([
    ['without a key', keyless],
    ['with a key that may be forgotten', { ...keyed, sameKeyLeftMs: 59_000 }],
  ])(
    '%s › needs proof, and time in which it would have become visible; then it is a new attempt',
    (_name, attempt) => {
      expect(refusal({ attempt }, retry(false))).toBe('REVIEW_ABSENCE_UNCONFIRMED');
      const young = { ...attempt, endedMsAgo: VISIBILITY_MS - 1000 };
      expect(step({ attempt: young }, retry(true))).toMatchObject({ code: 'REVIEW_TOO_EARLY', inMs: 1000 });
      expect(step({ attempt }, retry(true))).toEqual({ kind: 'retry', attempt: 'new' });
    },
  );

  it('of a request that may have been carried out before it came › needs proof as well', () => {
    const facts = { attempt: null, holds: false, reason: 'LOOK_UP_IMPOSSIBLE' };
    expect(refusal(facts, retry(false))).toBe('REVIEW_ABSENCE_UNCONFIRMED');
    expect(step(facts, retry(true))).toEqual({ kind: 'retry', attempt: 'same' });
  });

  it.each(NOTHING_MOVED)('after %s › needs none: nothing has moved', (reason) => {
    const facts = { reason, holds: false };
    expect(step({ ...facts, attempt: null }, retry(false))).toEqual({ kind: 'retry', attempt: 'same' });
    expect(step({ ...facts, attempt: keyed }, retry(false))).toEqual({ kind: 'retry', attempt: 'same' });
    // Fenced once, never sent again.
    expect(step({ ...facts, attempt: keyless }, retry(false))).toEqual({ kind: 'retry', attempt: 'new' });
    // A later call may have moved it, whatever the reason.
    expect(refusal({ reason, holds: true, attempt: keyless }, retry(false))).toBe(
      'REVIEW_ABSENCE_UNCONFIRMED',
    );
  });

  it('never replaces a refund that the provider has', () => {
    const facts = { providerRefundId: 'r_1', attempt: keyed };
    expect(refusal(facts, retry(true))).toBe('REVIEW_RETRY_IMPOSSIBLE');
  });
});

describe('what the provider shows beside a decision', () => {
  const found = (outcome: Outcome): LookUpResult => ({ kind: 'found', outcome });
  const references = {};
  const SHOWN: Readonly<Record<string, LookUpResult>> = {
    succeeded: found({ kind: 'succeeded', providerRefundId: 'r_1', references, completedAtMs: null }),
    pending: found({ kind: 'pending', providerRefundId: 'r_1', references }),
    declined: found({
      kind: 'declined',
      code: 'NO',
      text: 'no',
      actBy: 'merchant',
      mayRequestAgain: true,
      providerRefundId: 'r_1',
      readingStale: true,
    }),
    notApplied: found({
      kind: 'notApplied',
      because: 'notSettled',
      retryAfterMs: null,
      code: null,
      text: 't',
    }),
    mismatch: found({ kind: 'unknown', phase: 'mismatch', text: 'amount', providerRefundId: 'r_1' }),
    absent: { kind: 'absent', asOfMs: 0 },
    ambiguous: { kind: 'ambiguous', text: 'two' },
    unavailable: { kind: 'unavailable', because: 'noAnswer', retryAfterMs: null, text: 'down' },
  };
  const words = (as: ReviewDecision['as'], isNew: boolean) =>
    Object.fromEntries(
      Object.entries(SHOWN).map(([name, shown]) => {
        const check = checkOfReview(as, shown, isNew);
        return [
          name,
          'mayBeForced' in check ? `${check.kind} ${check.mayBeForced ? '!' : 'always'}` : check.kind,
        ];
      }),
    );

  it('is an end to take over, a name to remember, or a contradiction that a person may overrule where money was given back', () => {
    expect(words('completed', true)).toEqual({
      succeeded: 'agrees',
      pending: 'underWay',
      declined: 'contradicts !',
      notApplied: 'contradicts !',
      mismatch: 'contradicts !',
      absent: 'contradicts !',
      ambiguous: 'contradicts !',
      unavailable: 'unanswered !',
    });
    expect(words('completed', false)['pending']).toBe('contradicts !');
  });

  it('is never overruled where it shows that the money moved', () => {
    expect(words('failed', false)).toEqual({
      succeeded: 'contradicts always',
      pending: 'contradicts !',
      declined: 'agrees',
      notApplied: 'agrees',
      mismatch: 'contradicts !',
      absent: 'agrees',
      ambiguous: 'contradicts !',
      unavailable: 'unanswered !',
    });
  });

  it('is never overruled to send more while it shows anything', () => {
    expect(words('retry', false)).toEqual({
      succeeded: 'contradicts always',
      pending: 'contradicts always',
      declined: 'contradicts always',
      notApplied: 'agrees',
      mismatch: 'contradicts always',
      absent: 'agrees',
      ambiguous: 'contradicts !',
      unavailable: 'unanswered !',
    });
  });
});
