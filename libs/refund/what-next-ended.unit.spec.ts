import type { LookUpResult, Outcome } from './outcome.ts';
import { afterLookUp, type LookUpFacts, type RetryPolicy } from './what-next.ts';

const HOUR_MS = 3_600_000;
const policy = {
  resend: 'sameKey',
  pollFirstMs: 1000,
  pollMaxMs: HOUR_MS,
  overdueMs: HOUR_MS,
  rereadFirstMs: HOUR_MS,
  rereadForMs: 0,
} as RetryPolicy;
const facts = (state: 'completed' | 'ended'): LookUpFacts => ({
  state,
  tries: 0,
  calls: 1,
  stateAgeMs: HOUR_MS,
  ageMs: 1000 * HOUR_MS,
  sameKeyLeftMs: null,
  random: 0,
});
const found = (outcome: Outcome): LookUpResult => ({ kind: 'found', outcome });
const shown = (phase: 'mismatch' | 'unlisted', text: string): LookUpResult =>
  found({ kind: 'unknown', phase, text, providerRefundId: 'r' });

const pending = found({ kind: 'pending', providerRefundId: 'r', references: {} });
const refused = found({ kind: 'notApplied', because: 'busy', retryAfterMs: null, code: null, text: '' });
const absent: LookUpResult = { kind: 'absent', asOfMs: 0 };

describe('after a look-up of a refund that has ended', () => {
  const both = ['completed', 'ended'] as const;

  const end = (alarm: string | null): object => ({ kind: 'end', againMs: null, alarm });

  it('ends it without a word when a completed refund is shown under way, or any would be refused', () => {
    expect(afterLookUp(pending, facts('completed'), policy)).toEqual(end(null));
    for (const state of both) expect(afterLookUp(refused, facts(state), policy)).toEqual(end(null));
  });

  it.each([
    ['shown with other facts', shown('mismatch', 'amount 1 is 2'), 'amount 1 is 2'],
    ['shown with a word nobody listed', shown('unlisted', 'status odd'), 'status odd'],
    ['one of several', { kind: 'ambiguous', text: 'two of them' } as const, 'two of them'],
  ])('tells somebody when the refund is %s: it cannot go to review any more', (_what, result, alarm) => {
    for (const state of both) expect(afterLookUp(result, facts(state), policy)).toEqual(end(alarm));
  });

  it('tells somebody when completed money is not shown any more; what failed need not be shown', () => {
    const alarm = 'the provider does not show it any more';
    expect(afterLookUp(absent, facts('completed'), policy)).toEqual(end(alarm));
    expect(afterLookUp(absent, facts('ended'), policy)).toEqual(end(null));
  });

  it('asks again when the provider did not answer, however old the refund is', () => {
    const unavailable: LookUpResult = {
      kind: 'unavailable',
      because: 'rateLimited',
      retryAfterMs: 5 * HOUR_MS,
      text: '',
    };
    for (const state of both)
      expect(afterLookUp(unavailable, facts(state), policy)).toEqual({ kind: 'look', inMs: 5 * HOUR_MS });
  });
});
