import fc from 'fast-check';
import type { NotAppliedBecause, Outcome, UnknownPhase } from './outcome.ts';
import { settle, toReview, type Settlement } from './settle.ts';
import { isFinal, mayChange, TRANSITIONS, type RefundState } from './state.ts';

const states = Object.keys(TRANSITIONS) as RefundState[];
const OURS = 'rfnd_ours';
const OTHER = 'rfnd_other';

const succeeded = (providerRefundId: string): Outcome => ({
  kind: 'succeeded',
  providerRefundId,
  references: {},
  completedAtMs: null,
});
const pending = (providerRefundId: string): Outcome => ({
  kind: 'pending',
  providerRefundId,
  references: {},
});
const declined = (providerRefundId: string | null): Outcome => ({
  kind: 'declined',
  code: 'BAD',
  text: 'no',
  actBy: 'merchant',
  mayRequestAgain: true,
  providerRefundId,
  readingStale: false,
});
const notApplied = (because: NotAppliedBecause): Outcome => ({
  kind: 'notApplied',
  because,
  retryAfterMs: null,
  code: null,
  text: '',
});
const unknown = (phase: UnknownPhase): Outcome => ({
  kind: 'unknown',
  phase,
  text: '',
  providerRefundId: null,
});

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
const PHASES: readonly UnknownPhase[] = [
  ...([
    'sending',
    'waiting',
    'serverError',
    'redirect',
    'unreadable',
    'unlisted',
    'mismatch',
    'interrupted',
  ] as const),
];
const outcomes: readonly Outcome[] = [
  ...[OURS, OTHER].flatMap((id) => [succeeded(id), pending(id), declined(id)]),
  declined(null),
  ...REASONS.map(notApplied),
  ...PHASES.map(unknown),
];
const cases = states.flatMap((state) =>
  [null, OURS].flatMap((providerRefundId) =>
    outcomes.map((outcome) => ({ facts: { state, providerRefundId }, outcome, ...told(outcome) })),
  ),
);

function told(outcome: Outcome): { what: string } {
  const detail =
    'because' in outcome ? outcome.because : 'phase' in outcome ? outcome.phase : outcome.providerRefundId;
  return { what: `${outcome.kind} ${String(detail)}` };
}

/** Every change of the table, found by trying everything. */
const changes = cases.flatMap(({ facts, outcome }) => {
  const settlement = settle(facts, outcome);
  return settlement.kind === 'change' ? [{ facts, outcome, settlement }] : [];
});

const to = (facts: { state: RefundState; providerRefundId?: string | null }, outcome: Outcome): string => {
  const settlement = settle({ providerRefundId: null, ...facts }, outcome);
  return settlement.kind === 'change' ? settlement.to : settlement.kind;
};

describe('every outcome in every state', () => {
  it('changes only along the table', () => {
    expect(changes.filter(({ facts, settlement }) => !mayChange(facts.state, settlement.to))).toEqual([]);
    expect(changes.length).toBeGreaterThan(50);
  });

  it('completes only what succeeded, and never twice', () => {
    const completing = changes.filter(({ settlement }) => settlement.to === 'completed');
    expect(new Set(completing.map(({ outcome }) => outcome.kind))).toEqual(new Set(['succeeded']));
    expect(new Set(completing.map(({ facts }) => facts.state))).toEqual(
      new Set(['submitting', 'pending', 'unknown', 'review']),
    );
  });

  it('fails and reverses only what the provider declined, with its words', () => {
    const ending = changes.filter(({ settlement }) => ['failed', 'reversed'].includes(settlement.to));
    expect(new Set(ending.map(({ outcome }) => outcome.kind))).toEqual(new Set(['declined']));
    expect(ending.every(({ settlement }) => settlement.failure?.provider?.code === 'BAD')).toBe(true);
    expect(changes.filter(({ settlement }) => settlement.failure !== null)).toHaveLength(ending.length);
  });

  it('proposes a new call only for what was being submitted and surely moved nothing', () => {
    const again = changes.filter(({ settlement }) => settlement.to === 'requested');
    expect(new Set(again.map(({ facts, outcome }) => `${facts.state} ${outcome.kind}`))).toEqual(
      new Set(['submitting notApplied', 'unknown notApplied']),
    );
  });

  it('gives a reason exactly where a person is asked', () => {
    const asking = changes.filter(({ settlement }) => settlement.reviewReason !== null);
    expect(asking.every(({ settlement }) => settlement.to === 'review')).toBe(true);
    expect(changes.filter(({ settlement }) => settlement.to === 'review')).toHaveLength(asking.length);
  });

  it.each(['failed', 'reversed'] as const)('changes nothing that is %s', (state) => {
    expect(changes.filter(({ facts }) => facts.state === state)).toEqual([]);
  });

  it('decides the same answer once: after the change it adds nothing or contradicts', () => {
    // But for a refund that waited to be sent: a person is asked, and the next look-up that says the same completes it.
    const repeated = changes.filter(
      ({ facts, outcome }) =>
        (outcome.kind === 'succeeded' && facts.state !== 'requested') || outcome.kind === 'declined',
    );
    for (const { facts, outcome, settlement } of repeated) {
      const bound = 'providerRefundId' in outcome ? outcome.providerRefundId : null;
      const after = { state: settlement.to, providerRefundId: facts.providerRefundId ?? bound };
      expect(settle(after, outcome)).toEqual({ kind: 'none' });
    }
  });
});

describe('an outcome that cannot be true together with what is stored', () => {
  it.each(states)(
    'keeps what a second provider refund moved beside what is %s and bound to another',
    (state) => {
      const facts = { state, providerRefundId: OURS, secondIsCertain: true };
      expect(
        [succeeded(OTHER), pending(OTHER), declined(OTHER)].map((outcome) => to(facts, outcome)),
      ).toEqual(['external', 'external', 'contradiction']);
      expect(settle(facts, pending(OTHER))).toMatchObject({ providerRefundId: OTHER, shown: 'pending' });
    },
  );

  it.each(['pending', 'review', 'completed'] as const)(
    'counts no second refund beside what is %s where it may be the same, or another one’s',
    (state) => {
      const facts = { state, providerRefundId: OURS };
      for (const outcome of [succeeded(OTHER), pending(OTHER)])
        expect(to(facts, outcome)).toBe('contradiction');
    },
  );

  it.each(['pending', 'unknown', 'review', 'completed'] as const)(
    'never ends what is %s and bound by a decline that names no provider refund',
    (state) => {
      expect(to({ state, providerRefundId: OURS }, declined(null))).toBe('contradiction');
    },
  );

  it('names both provider refunds', () => {
    const settlement = settle({ state: 'pending', providerRefundId: OURS }, succeeded(OTHER));
    expect(settlement).toMatchObject({ text: expect.stringMatching(`${OURS}.*${OTHER}`) as string });
  });
});

describe.each(['failed', 'reversed'] as const)('money that moved for a refund that is %s', (state) => {
  const moved = [succeeded(OURS), pending(OURS)];

  it('is a refund of its own beside it, when nothing was known of it', () => {
    for (const outcome of moved)
      expect(settle({ state, providerRefundId: null }, outcome)).toMatchObject({
        kind: 'external',
        providerRefundId: OURS,
        shown: outcome.kind,
      });
  });

  it('may be old news of the very provider refund that failed: it is looked up', () => {
    for (const outcome of moved) expect(to({ state, providerRefundId: OURS }, outcome)).toBe('look');
  });

  it('is no old news when the question came after the end', () => {
    for (const outcome of moved) {
      const settlement = settle({ state, providerRefundId: OURS, askedSince: true }, outcome);
      expect(settlement.kind).toBe('external');
    }
  });
});

describe('what each answer does', () => {
  it('moves a refund that is being submitted to what the answer says', () => {
    const facts = { state: 'submitting' } as const;
    expect(to(facts, succeeded(OURS))).toBe('completed');
    expect(to(facts, pending(OURS))).toBe('pending');
    expect(to(facts, declined(null))).toBe('failed');
    for (const because of REASONS) expect(to(facts, notApplied(because))).toBe('requested');
    for (const phase of PHASES) expect(to(facts, unknown(phase))).toBe('unknown');
  });

  it('names what a person has to decide by a late answer, once, and leaves the decision to them', () => {
    expect(settle({ state: 'review', providerRefundId: null }, pending(OURS))).toEqual({ kind: 'name' });
    expect(settle({ state: 'review', providerRefundId: OURS }, pending(OURS))).toEqual({ kind: 'none' });
    expect(settle({ state: 'review', providerRefundId: OURS }, pending(OTHER)).kind).toBe('contradiction');
  });

  it('never has a refund sent that a late answer shows as paid: a person is asked first', () => {
    for (const outcome of [succeeded(OURS), pending(OURS)])
      expect(settle({ state: 'requested', providerRefundId: null }, outcome)).toEqual(
        toReview('ANSWER_AFTER_RETRY'),
      );
    expect(settle({ state: 'requested', providerRefundId: null }, unknown('mismatch'))).toEqual(
      toReview('ANSWER_MISMATCH'),
    );
    expect(to({ state: 'requested' }, unknown('waiting'))).toBe('none');
  });

  it('leaves unknown only by a word of the provider', () => {
    const facts = { state: 'unknown' } as const;
    expect(to(facts, succeeded(OURS))).toBe('completed');
    expect(to(facts, pending(OURS))).toBe('pending');
    expect(to(facts, declined(null))).toBe('failed');
    const proofs = REASONS.filter((because) => to(facts, notApplied(because)) === 'requested');
    // Under a key they are about the whole attempt; any other reason is about its own call alone.
    expect(new Set(proofs)).toEqual(new Set(['keySpent', 'notSettled']));
    const silent = REASONS.filter((because) => !proofs.includes(because)).map(notApplied);
    const words = [...silent, ...PHASES.map(unknown)].map((outcome) => to(facts, outcome));
    expect(new Set(words)).toEqual(new Set(['none']));
  });

  it('asks a person when the answer to a pending refund does not match the request', () => {
    const facts = { state: 'pending', providerRefundId: OURS } as const;
    expect(settle(facts, unknown('mismatch'))).toEqual(toReview('ANSWER_MISMATCH'));
    expect(to(facts, unknown('waiting'))).toBe('none');
  });

  it('reverses what was completed when its own provider refund is declined later', () => {
    expect(to({ state: 'completed', providerRefundId: OURS }, declined(OURS))).toBe('reversed');
    expect(to({ state: 'completed', providerRefundId: OURS }, pending(OURS))).toBe('none');
  });
});

describe('an answer to a question from before the last call', () => {
  it.each(states)('changes nothing of what is %s unless it names a provider refund', (state) => {
    const unnamed = outcomes.filter(({ kind }) => kind === 'notApplied' || kind === 'unknown');
    for (const outcome of [...unnamed, declined(null)])
      expect(settle({ state, providerRefundId: null, calledSince: true }, outcome)).toEqual({ kind: 'none' });
    for (const outcome of [succeeded(OURS), pending(OURS), declined(OURS)])
      expect(settle({ state, providerRefundId: null, calledSince: true }, outcome)).toEqual(
        settle({ state, providerRefundId: null }, outcome),
      );
  });
});

describe('a refund under any sequence of answers', () => {
  it('completes at most once, reverses only after that, and stays where it ended', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...outcomes), { maxLength: 40 }), (answers) => {
        let facts: { state: RefundState; providerRefundId: string | null } = {
          state: 'submitting',
          providerRefundId: null,
        };
        const visited: RefundState[] = [];
        for (const outcome of answers) {
          const settlement: Settlement = settle(facts, outcome);
          if (settlement.kind !== 'change') continue;
          visited.push(settlement.to);
          const named =
            'providerRefundId' in outcome && outcome.kind !== 'unknown' ? outcome.providerRefundId : null;
          facts = {
            // The lane sends a refund that moved nothing once more.
            state: settlement.to === 'requested' ? 'submitting' : settlement.to,
            providerRefundId: facts.providerRefundId ?? named,
          };
        }
        const count = (state: RefundState): number => visited.filter((each) => each === state).length;
        expect(count('completed')).toBeLessThanOrEqual(1);
        expect(count('reversed')).toBeLessThanOrEqual(count('completed'));
        expect(count('failed') + count('completed')).toBeLessThanOrEqual(1);
        const end = visited.findIndex((state) => isFinal(state));
        expect(visited.slice(end + 1)).toEqual(end < 0 ? visited : []);
      }),
      { numRuns: 500 },
    );
  });
});
