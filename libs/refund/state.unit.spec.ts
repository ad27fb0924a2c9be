import {
  assertChange,
  isDoubtful,
  isFinal,
  mayChange,
  reserves,
  TRANSITIONS,
  visibleState,
  type RefundState,
} from './state.ts';

/** The table of the design, written a second time on purpose: a slip in the code shows as a difference. */
const DESIGNED: readonly string[] = [
  'requested>submitting',
  'requested>failed',
  'requested>review',
  'submitting>completed',
  'submitting>pending',
  'submitting>failed',
  'submitting>unknown',
  'submitting>requested',
  'pending>completed',
  'pending>failed',
  'pending>review',
  'unknown>completed',
  'unknown>pending',
  'unknown>failed',
  'unknown>requested',
  'unknown>review',
  'review>completed',
  'review>failed',
  'review>requested',
  'review>unknown',
  'completed>reversed',
];

const states = Object.keys(TRANSITIONS) as RefundState[];
const pairs = states.flatMap((from) =>
  states.map((to) => ({ from, to, designed: DESIGNED.includes(`${from}>${to}`) })),
);

describe('the state table', () => {
  it.each(pairs.filter(({ designed }) => designed))('allows $from to $to', ({ from, to }) => {
    expect(mayChange(from, to)).toBe(true);
    expect(() => {
      assertChange(from, to);
    }).not.toThrow();
  });

  it.each(pairs.filter(({ designed }) => !designed))('throws for $from to $to', ({ from, to }) => {
    expect(mayChange(from, to)).toBe(false);
    expect(() => {
      assertChange(from, to);
    }).toThrow(`no transition from ${from} to ${to}`);
  });

  it('has no other pair than the design, and every target is itself a state', () => {
    const written = states.flatMap((from) => TRANSITIONS[from].map((to) => `${from}>${to}`));
    expect(written.toSorted()).toEqual(DESIGNED.toSorted());
    expect(states).toEqual(expect.arrayContaining([...new Set(Object.values(TRANSITIONS).flat())]));
  });
});

describe('what a state means', () => {
  it('holds the amount back from the moment of submitting until the outcome is known', () => {
    expect(states.filter(reserves)).toEqual(['submitting', 'pending', 'unknown', 'review']);
  });

  it('is doubtful where nobody knows if money left', () => {
    expect(states.filter(isDoubtful)).toEqual(['unknown', 'review']);
  });

  it('is final only where nothing follows', () => {
    expect(states.filter(isFinal)).toEqual(['failed', 'reversed']);
  });

  it('shows submitting as requested and every other state as itself', () => {
    expect(states.map(visibleState)).toEqual(
      states.map((state) => (state === 'submitting' ? 'requested' : state)),
    );
  });
});
