import fc from 'fast-check';
import type { LookUpResult, Outcome } from './outcome.ts';
import { afterLookUp, nextReread, type LookUpFacts, type RetryPolicy } from './what-next.ts';

const DAY = 86_400_000;
const policy: RetryPolicy = {
  resend: 'sameKey',
  lookUpByReference: true,
  rereadFirstMs: DAY,
  rereadForMs: 30 * DAY,
  visibilityDelayMs: 60_000,
  firstLookUpMs: 10_000,
  pollFirstMs: 30_000,
  pollMaxMs: 3_600_000,
  overdueMs: 2 * DAY,
  retryFirstMs: 1000,
  retryMaxMs: 60_000,
  callsMax: 8,
  waitingMaxMs: DAY,
};

const facts = (change: Partial<LookUpFacts> = {}): LookUpFacts => ({
  state: 'completed',
  tries: 0,
  calls: 1,
  stateAgeMs: DAY,
  ageMs: 10 * DAY,
  sameKeyLeftMs: null,
  random: 0.5,
  ...change,
});
const found = (outcome: Outcome): LookUpResult => ({ kind: 'found', outcome });
const pending = found({ kind: 'pending', providerRefundId: 'r', references: {} });
const mismatch = found({ kind: 'unknown', phase: 'mismatch', text: 'another amount', providerRefundId: 'r' });
const absent: LookUpResult = { kind: 'absent', asOfMs: 0 };
const gone: LookUpResult = { kind: 'ambiguous', text: 'not there any more' };

describe('a completed refund', () => {
  it('is read again with a pause that doubles, a last time when its money is not expected back any more', () => {
    const days: number[] = [];
    let ageMs = 0;
    for (let inMs = nextReread(0, policy); inMs !== null; inMs = nextReread(ageMs, policy)) {
      ageMs += inMs;
      days.push(ageMs / DAY);
    }
    expect(days).toEqual([1, 3, 7, 15, 30]);
  });

  it('is never read again where no reversal is expected', () => {
    expect(nextReread(0, { ...policy, rereadForMs: 0 })).toBeNull();
  });

  it('comes to an end, whenever it is looked at in between', () => {
    fc.assert(
      fc.property(fc.nat(100 * DAY), (ageMs) => {
        const inMs = nextReread(ageMs, policy);
        expect(inMs === null).toBe(ageMs >= policy.rereadForMs);
        expect(ageMs + (inMs ?? 0)).toBeLessThanOrEqual(Math.max(ageMs, policy.rereadForMs));
      }),
    );
  });

  it('that is shown otherwise is told and read again: it may not go to a person any more', () => {
    for (const [shown, alarm] of [
      [mismatch, 'another amount'],
      [gone, 'not there any more'],
      [absent, 'the provider does not show it any more'],
      [pending, null],
    ] as const)
      expect(afterLookUp(shown, facts(), policy)).toEqual({ kind: 'end', againMs: 2 * DAY, alarm });
  });
});

describe('a failed or reversed refund', () => {
  const ended = facts({ state: 'ended' });

  it('that shows up under way is decided: its money has moved after all', () => {
    expect(afterLookUp(pending, ended, policy)).toMatchObject({ kind: 'decide' });
  });
});
