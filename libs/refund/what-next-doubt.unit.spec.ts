import { isUncounted } from './account-stop.ts';
import type { LookUpResult } from './outcome.ts';
import { afterLookUp, afterNotApplied, type LookUpFacts, type RetryPolicy } from './what-next.ts';

const SECOND = 1000;
const HOUR = 3600 * SECOND;
const policy: RetryPolicy = {
  resend: 'sameKey',
  lookUpByReference: true,
  rereadFirstMs: 24 * HOUR,
  rereadForMs: 0,
  visibilityDelayMs: 60 * SECOND,
  firstLookUpMs: 10 * SECOND,
  pollFirstMs: HOUR,
  pollMaxMs: HOUR,
  overdueMs: 48 * HOUR,
  retryFirstMs: SECOND,
  retryMaxMs: 300 * SECOND,
  callsMax: 8,
  waitingMaxMs: 24 * HOUR,
};
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
const perhaps: LookUpResult = {
  kind: 'ambiguous',
  text: '',
  perhaps: { providerRefundIds: ['r'], otherwise: { kind: 'absent', asOfMs: 0 } },
};

describe("a provider refund that may be this one or anybody's", () => {
  const person = { kind: 'review', reason: 'AMBIGUOUS_LOOK_UP' };

  it('is told by the key, while it holds and tells', () => {
    expect(afterLookUp(perhaps, facts(), policy)).toEqual({ kind: 'resend' });
    expect(afterLookUp(perhaps, facts({ calls: 2 }), policy)).toEqual({ kind: 'resend' });
    expect(afterLookUp(perhaps, facts({ calls: 3 }), policy)).toEqual(person);
    for (const sameKeyLeftMs of [null, 60 * SECOND])
      expect(afterLookUp(perhaps, facts({ sameKeyLeftMs }), policy)).toEqual(person);
    expect(afterLookUp(perhaps, facts(), { ...policy, resend: 'never' })).toEqual(person);
  });

  it('changes nothing for a refund that a person is asked about, and is told of one that has ended', () => {
    expect(afterLookUp(perhaps, facts({ state: 'review' }), policy)).toMatchObject({ kind: 'look' });
    expect(afterLookUp(perhaps, facts({ state: 'ended' }), policy)).toMatchObject({ kind: 'end', alarm: '' });
  });
});

describe('a payment that is not settled', () => {
  const outcome = {
    kind: 'notApplied',
    because: 'notSettled',
    retryAfterMs: null,
    code: null,
    text: '',
  } as const;
  const after = (calls: number, waitedMs = 0) =>
    afterNotApplied(outcome, { calls, uncounted: calls, waitedMs, random: 0.5, keyed: true }, policy);

  it('is asked about more rarely each time, down to the pace of a pending refund', () => {
    const pauses = [1, 5, 10, 20, 200].map((calls) => {
      const next = after(calls);
      return next.kind === 'again' ? next.inMs : 0;
    });
    expect(pauses).toEqual([1500, 24_000, 768_000, 2_700_000, 2_700_000]);
  });

  it('is waited for as long as a refund may wait, and not as often as it may be called', () => {
    expect(isUncounted(outcome)).toBe(true);
    expect(after(200)).toMatchObject({ kind: 'again', waitingFor: 'settlement' });
    expect(after(200, policy.waitingMaxMs)).toEqual({ kind: 'review', reason: 'WAITED_TOO_LONG' });
  });
});
