import fc from 'fast-check';
import type { LookUpResult, NotAppliedBecause, Outcome } from './outcome.ts';
import {
  afterLookUp,
  afterNotApplied,
  backOff,
  keyStillHolds,
  type AfterLookUp,
  type LookUpFacts,
  type RetryPolicy,
  type TriesSoFar,
} from './what-next.ts';

const SECOND = 1000;
const HOUR = 3600 * SECOND;
const policy: RetryPolicy = {
  resend: 'sameKey',
  lookUpByReference: true,
  rereadFirstMs: 86_400_000,
  rereadForMs: 0,
  visibilityDelayMs: 60 * SECOND,
  firstLookUpMs: 10 * SECOND,
  pollFirstMs: 30 * SECOND,
  pollMaxMs: HOUR,
  overdueMs: 48 * HOUR,
  retryFirstMs: SECOND,
  retryMaxMs: HOUR,
  callsMax: 8,
  waitingMaxMs: 24 * HOUR,
};
const keyless: RetryPolicy = { ...policy, resend: 'never' };

const REASONS: readonly NotAppliedBecause[] = [
  ...([
    'notSent',
    'busy',
    'rateLimited',
    'notSettled',
    'balance',
    'credentials',
    'optionUnsupported',
    'keyRefused',
    'keySpent',
  ] as const),
];
const notApplied = (
  because: NotAppliedBecause,
  retryAfterMs: number | null = null,
): Outcome & { readonly kind: 'notApplied' } => ({
  kind: 'notApplied',
  because,
  retryAfterMs,
  code: null,
  text: '',
});
const tries = (change: Partial<TriesSoFar> = {}): TriesSoFar => ({
  calls: 1,
  uncounted: 0,
  waitedMs: 0,
  random: 0.5,
  keyed: true,
  ...change,
});
const facts = (change: Partial<LookUpFacts> = {}): LookUpFacts => ({
  state: 'unknown',
  tries: 0,
  calls: 1,
  stateAgeMs: 0,
  ageMs: 5 * SECOND,
  sameKeyLeftMs: 20 * HOUR,
  random: 0.5,
  ...change,
});

const declined: Outcome = {
  kind: 'declined',
  code: 'BAD',
  text: '',
  actBy: 'merchant',
  mayRequestAgain: true,
  providerRefundId: 'r',
  readingStale: false,
};
const succeeded: Outcome = { kind: 'succeeded', providerRefundId: 'r', references: {}, completedAtMs: null };
const pending: Outcome = { kind: 'pending', providerRefundId: 'r', references: {} };
const unlisted: Outcome = { kind: 'unknown', phase: 'unlisted', text: '', providerRefundId: 'r' };
const mismatch: Outcome = { kind: 'unknown', phase: 'mismatch', text: '', providerRefundId: 'r' };
const found = (outcome: Outcome): LookUpResult => ({ kind: 'found', outcome });
const absent: LookUpResult = { kind: 'absent', asOfMs: 0 };
const unavailable: LookUpResult = { kind: 'unavailable', because: 'noAnswer', retryAfterMs: null, text: '' };
const ambiguous: LookUpResult = { kind: 'ambiguous', text: '' };
const perhaps: LookUpResult = { ...ambiguous, perhaps: { providerRefundIds: ['r'], otherwise: absent } };

const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
const anyFacts = fc.record<LookUpFacts>({
  state: fc.constantFrom('pending', 'unknown', 'review', 'completed', 'ended'),
  tries: fc.nat(100),
  calls: fc.nat(100),
  stateAgeMs: fc.nat(100 * HOUR),
  ageMs: fc.nat(100 * HOUR),
  sameKeyLeftMs: fc.option(fc.integer({ min: -100 * HOUR, max: 100 * HOUR })),
  random,
});
const anyResult = fc.constantFrom<LookUpResult>(
  ...[declined, succeeded, pending, unlisted, mismatch, notApplied('busy')].map(found),
  absent,
  unavailable,
  ambiguous,
  perhaps,
);
const anyPolicy = fc.constantFrom(policy, keyless);

describe('the pause between tries', () => {
  it('is never longer than the longest and never shorter than half of the first', () => {
    fc.assert(
      fc.property(fc.nat(1000), random, (count, spread) => {
        const inMs = backOff(policy.retryFirstMs, policy.retryMaxMs, count, spread);
        expect(inMs).toBeLessThanOrEqual(policy.retryMaxMs);
        expect(inMs).toBeGreaterThanOrEqual(policy.retryFirstMs / 2);
        expect(Number.isInteger(inMs)).toBe(true);
      }),
    );
  });

  it('grows with every try up to the longest, whatever the spread', () => {
    fc.assert(
      fc.property(fc.nat(40), random, (count, spread) => {
        const now = backOff(policy.retryFirstMs, policy.retryMaxMs, count, spread);
        const next = backOff(policy.retryFirstMs, policy.retryMaxMs, count + 1, spread);
        expect(next).toBeGreaterThanOrEqual(now);
      }),
    );
    expect(backOff(SECOND, HOUR, 20, 0.999_999)).toBeGreaterThan(0.99 * HOUR);
  });
});

describe('after a call that moved nothing', () => {
  it.each(['notSent', 'busy', 'rateLimited', 'balance', 'credentials'] as const)(
    'sends the same attempt again after a pause: %s',
    (because) => {
      const next = afterNotApplied(notApplied(because), tries(), policy);
      expect(next).toMatchObject({ kind: 'again', attempt: 'same' });
      expect(next.kind === 'again' && next.inMs).toBeGreaterThanOrEqual(policy.retryFirstMs);
    },
  );

  it.each(['optionUnsupported', 'keyRefused'] as const)(
    'makes a new attempt, at once, where the next one differs in what was refused: %s',
    (because) => {
      const next = afterNotApplied(notApplied(because), tries(), policy);
      expect(next).toEqual({ kind: 'again', inMs: 0, waitingFor: 'retry', attempt: 'new' });
    },
  );

  it.each(['keySpent', 'notSettled'] as const)(
    'makes a new attempt after a pause where the provider keeps the key with its refusal: %s',
    (because) => {
      const next = afterNotApplied(notApplied(because), tries(), policy);
      expect(next).toMatchObject({ kind: 'again', attempt: 'new' });
      expect(next.kind === 'again' && next.inMs).toBeGreaterThanOrEqual(policy.retryFirstMs);
    },
  );

  it.each(REASONS)('never sends an attempt without a key again, because it is fenced: %s', (because) => {
    const next = afterNotApplied(notApplied(because), tries({ keyed: false }), policy);
    expect(next).toMatchObject({ kind: 'again', attempt: 'new' });
  });

  it('waits at least as long as the provider asks', () => {
    expect(afterNotApplied(notApplied('rateLimited', 2 * HOUR), tries(), policy)).toMatchObject({
      inMs: 2 * HOUR,
      waitingFor: 'rateLimit',
    });
  });

  it('says what the refund waits for', () => {
    const waits = REASONS.map((because) => afterNotApplied(notApplied(because), tries(), policy));
    expect(waits.map((next) => next.kind === 'again' && next.waitingFor)).toEqual([
      'retry',
      'retry',
      'rateLimit',
      'settlement',
      'balance',
      'account',
      'retry',
      'retry',
      'retry',
    ]);
  });

  it('asks a person when the calls or the time are used up, whatever the reason', () => {
    for (const because of REASONS) {
      const { callsMax, waitingMaxMs } = policy;
      expect(afterNotApplied(notApplied(because), tries({ calls: callsMax }), policy)).toEqual({
        kind: 'review',
        reason: 'RETRIES_EXHAUSTED',
      });
      expect(afterNotApplied(notApplied(because), tries({ waitedMs: waitingMaxMs }), policy)).toEqual({
        kind: 'review',
        reason: 'WAITED_TOO_LONG',
      });
    }
  });

  it('comes to an end: no refund is called more often than allowed', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom(...REASONS), { minLength: 20, maxLength: 20 }),
        random,
        (reasons, spread) => {
          let calls = 0;
          for (const because of reasons) {
            calls += 1;
            if (
              afterNotApplied(notApplied(because), tries({ calls, random: spread }), policy).kind === 'review'
            )
              break;
          }
          expect(calls).toBe(policy.callsMax);
        },
      ),
    );
  });
});

describe('after a look-up that found the refund', () => {
  const states = ['pending', 'unknown', 'review'] as const;

  it.each([...states, 'completed', 'ended'] as const)('lets a final word decide what is %s', (state) => {
    for (const outcome of [succeeded, declined])
      expect(afterLookUp(found(outcome), facts({ state }), policy)).toEqual({ kind: 'decide', outcome });
  });

  it('lets pending decide only what is unknown', () => {
    const kinds = states.map((state) => afterLookUp(found(pending), facts({ state }), policy).kind);
    expect(kinds).toEqual(['look', 'decide', 'look']);
  });

  it('lets an answer that does not match decide only what is pending', () => {
    const kinds = states.map((state) => afterLookUp(found(mismatch), facts({ state }), policy).kind);
    expect(kinds).toEqual(['decide', 'look', 'look']);
  });

  it('asks a person about an unknown refund that is shown wrong after the visibility delay', () => {
    const late = facts({ ageMs: policy.visibilityDelayMs });
    expect(afterLookUp(found(mismatch), late, policy)).toEqual({ kind: 'review', reason: 'ANSWER_MISMATCH' });
  });

  it('looks again at a word that nobody listed', () => {
    expect(afterLookUp(found(unlisted), facts(), policy)).toMatchObject({ kind: 'look' });
  });
});

describe('after a look-up that found nothing', () => {
  it('sends the same attempt once more while its key lives', () => {
    expect(afterLookUp(absent, facts(), policy)).toEqual({ kind: 'resend' });
    expect(afterLookUp(absent, facts({ ageMs: HOUR }), policy)).toEqual({ kind: 'resend' });
  });

  it.each([null, -1, 0, 60 * SECOND])(
    'does not when %s ms of the key are left: a person is asked',
    (sameKeyLeftMs) => {
      const late = facts({ sameKeyLeftMs, ageMs: HOUR });
      const reason = sameKeyLeftMs === null ? 'NOT_FOUND_WITHOUT_KEY' : 'KEY_EXPIRED';
      expect(afterLookUp(absent, late, policy)).toEqual({ kind: 'review', reason });
      const young = facts({ sameKeyLeftMs, ageMs: SECOND });
      expect(afterLookUp(absent, young, policy)).toMatchObject({ kind: 'look' });
    },
  );

  it('never sends again without keys: it looks until the refund would be visible, then asks a person', () => {
    fc.assert(
      fc.property(anyFacts, anyResult, (each, result) => {
        expect(afterLookUp(result, each, keyless).kind).not.toBe('resend');
      }),
    );
    expect(afterLookUp(absent, facts({ ageMs: 59 * SECOND }), keyless)).toMatchObject({ kind: 'look' });
    expect(afterLookUp(absent, facts({ ageMs: 60 * SECOND }), keyless)).toMatchObject({ kind: 'review' });
  });

  it.each(['pending', 'review'] as const)('only looks again at what is %s', (state) => {
    expect(afterLookUp(absent, facts({ state, ageMs: HOUR }), policy)).toMatchObject({ kind: 'look' });
  });
});

describe('after any look-up', () => {
  const next = fc.tuple(anyResult, anyFacts, anyPolicy);

  it('never makes a new attempt, and decides only on what was found', () => {
    fc.assert(
      fc.property(next, ([result, each, rules]) => {
        const after = afterLookUp(result, each, rules);
        expect(['decide', 'look', 'resend', 'review', 'end']).toContain(after.kind);
        expect(after.kind !== 'decide' || (result.kind === 'found' && after.outcome === result.outcome)).toBe(
          true,
        );
      }),
    );
  });

  it('sends again only what is unknown, absent and has a living key', () => {
    fc.assert(
      fc.property(next, ([result, each, rules]) => {
        const resends = afterLookUp(result, each, rules).kind === 'resend';
        const allowed =
          result.kind === 'absent' &&
          each.state === 'unknown' &&
          rules.resend === 'sameKey' &&
          keyStillHolds(each.sameKeyLeftMs);
        expect(!resends || allowed).toBe(true);
      }),
    );
  });

  it('asks a person about whatever is pending or unknown for too long and still undecided', () => {
    fc.assert(
      fc.property(
        anyResult,
        fc.constantFrom('pending' as const, 'unknown' as const),
        anyPolicy,
        (result, state, rules) => {
          const after: AfterLookUp = afterLookUp(result, facts({ state, ageMs: rules.overdueMs }), rules);
          expect(['decide', 'review']).toContain(after.kind);
        },
      ),
    );
  });

  it('never asks a person a second time, nor about what has ended', () => {
    const states = fc.constantFrom('review' as const, 'completed' as const, 'ended' as const);
    fc.assert(
      fc.property(next, states, ([result, each, rules], state) => {
        expect(afterLookUp(result, { ...each, state }, rules).kind).not.toBe('review');
      }),
    );
  });

  it('ends only what has ended, and never because nobody answered', () => {
    fc.assert(
      fc.property(next, ([result, each, rules]) => {
        const ends = afterLookUp(result, each, rules).kind === 'end';
        const allowed = ['completed', 'ended'].includes(each.state) && result.kind !== 'unavailable';
        expect(!ends || allowed).toBe(true);
      }),
    );
  });

  it('looks again within the longest pause', () => {
    fc.assert(
      fc.property(next, ([result, each, rules]) => {
        const after = afterLookUp(result, each, rules);
        const inMs = after.kind === 'look' ? after.inMs : rules.pollMaxMs;
        expect(inMs).toBeGreaterThanOrEqual(rules.pollFirstMs / 2);
        expect(inMs).toBeLessThanOrEqual(rules.pollMaxMs);
      }),
    );
  });

  it('waits at least as long as the provider asks', () => {
    const limited: LookUpResult = {
      kind: 'unavailable',
      because: 'rateLimited',
      retryAfterMs: 5 * HOUR,
      text: '',
    };
    expect(afterLookUp(limited, facts(), policy)).toEqual({ kind: 'look', inMs: 5 * HOUR });
  });

  it('asks a person about more than one candidate', () => {
    expect(afterLookUp(ambiguous, facts(), policy)).toEqual({ kind: 'review', reason: 'AMBIGUOUS_LOOK_UP' });
    expect(afterLookUp(ambiguous, facts({ state: 'review' }), policy)).toMatchObject({ kind: 'look' });
  });
});

describe('a key', () => {
  it('holds only when it outlives the latest moment of sending by a minute', () => {
    expect(keyStillHolds(null)).toBe(false);
    expect(keyStillHolds(60 * SECOND)).toBe(false);
    expect(keyStillHolds(61 * SECOND)).toBe(true);
    expect(keyStillHolds(61 * SECOND, 2 * SECOND)).toBe(false);
    expect(keyStillHolds(91 * SECOND, 30 * SECOND)).toBe(true);
  });
});
