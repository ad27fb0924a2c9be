import fc from 'fast-check';
import {
  accountNews,
  afterBalanceRefused,
  afterProbe,
  afterWork,
  nextTurn,
  type AccountChange,
  type AccountStanding,
} from './account-stop.ts';
import type { NotAppliedBecause, Outcome } from './outcome.ts';
import type { RetryPolicy } from './what-next.ts';

const policy: RetryPolicy = {
  resend: 'sameKey',
  lookUpByReference: true,
  rereadFirstMs: 0,
  rereadForMs: 0,
  visibilityDelayMs: 0,
  firstLookUpMs: 1,
  pollFirstMs: 1,
  pollMaxMs: 1,
  overdueMs: 1,
  retryFirstMs: 1000,
  retryMaxMs: 60_000,
  callsMax: 8,
  waitingMaxMs: 1,
};

const runs: AccountStanding = { stop: null, doubt: null };
const doubted = (refundId: string, ageMs = 0): AccountStanding => ({
  stop: null,
  doubt: { refundId, ageMs },
});
const stopped = (because: 'hand' | 'credentials' | 'balance', leftMs = 0): AccountStanding => ({
  stop: { because, leftMs, turns: 2 },
  doubt: null,
});
const notApplied = (because: NotAppliedBecause): Outcome => ({
  kind: 'notApplied',
  because,
  retryAfterMs: null,
  code: null,
  text: '',
});

const becauses = ['hand', 'credentials', 'balance'] as const;
const standing: fc.Arbitrary<AccountStanding> = fc.oneof(
  fc.constant(runs),
  fc.tuple(fc.constantFrom('a', 'b'), fc.nat(200_000)).map(([id, ageMs]) => doubted(id, ageMs)),
  fc
    .tuple(fc.constantFrom(...becauses), fc.integer({ min: -1000, max: 1000 }))
    .map(([because, leftMs]) => stopped(because, leftMs)),
);
const probe = fc.constantFrom('accepted' as const, 'refused' as const, 'unavailable' as const);

describe('what an answer tells of its account', () => {
  it('is that it works, or that its credentials or its balance were refused; anything else tells nothing', () => {
    const succeeded: Outcome = {
      kind: 'succeeded',
      providerRefundId: 'r',
      references: {},
      completedAtMs: null,
    };
    expect(accountNews(succeeded)).toBe('works');
    expect(accountNews({ kind: 'pending', providerRefundId: 'r', references: {} })).toBe('works');
    expect(accountNews(notApplied('credentials'))).toBe('credentials');
    expect(accountNews(notApplied('balance'))).toBe('balance');
    for (const because of ['notSent', 'busy', 'rateLimited', 'notSettled'] as const)
      expect(accountNews(notApplied(because))).toBeNull();
    expect(accountNews({ kind: 'unknown', phase: 'waiting', text: '', providerRefundId: null })).toBeNull();
  });
});

describe('refused credentials', () => {
  it('stop the account only when a harmless read is refused too', () => {
    expect(afterProbe(runs, 'refused', policy, 0).change).toMatchObject({
      kind: 'stop',
      because: 'credentials',
    });
    expect(afterProbe(runs, 'accepted', policy, 0)).toEqual({ change: null, alone: true });
    expect(afterProbe(runs, 'unavailable', policy, 0)).toEqual({ change: null, alone: false });
  });

  it('are no news of an account that is stopped for them or by a person', () => {
    for (const because of ['credentials', 'hand'] as const)
      expect(afterProbe(stopped(because), 'refused', policy, 0)).toEqual({ change: null, alone: false });
  });
});

describe('a balance that was too low', () => {
  it('for one refund, however often, never stops the account', () => {
    fc.assert(
      fc.property(fc.nat(200_000), (ageMs) => {
        for (const now of [runs, doubted('a', ageMs)])
          expect(afterBalanceRefused(now, 'a', policy, 0)).toEqual({ kind: 'doubt', refundId: 'a' });
      }),
    );
  });

  it('for a second one while the first still waits stops it', () => {
    expect(afterBalanceRefused(doubted('a', 60_000), 'b', policy, 0)).toMatchObject({
      kind: 'stop',
      because: 'balance',
    });
  });

  it('for a second one long after the first is only the next doubt', () => {
    expect(afterBalanceRefused(doubted('a', 120_001), 'b', policy, 0)).toEqual({
      kind: 'doubt',
      refundId: 'b',
    });
  });
});

describe('a refund that went through', () => {
  it('ends a doubt', () => {
    expect(afterWork(doubted('a'), false)).toEqual({ kind: 'run' });
    expect(afterWork(runs, false)).toBeNull();
  });

  it('lets an account go on only as its trial: others were sent before it stopped', () => {
    expect(afterWork(stopped('balance'), true)).toEqual({ kind: 'run' });
    expect(afterWork(stopped('balance'), false)).toBeNull();
    expect(afterWork(stopped('credentials'), true)).toBeNull();
  });
});

describe('the turn to try a stopped account', () => {
  it('comes when its pause is over, and sets the next, longer one', () => {
    expect(nextTurn(stopped('balance', 1), policy, 0)).toBeNull();
    const turn = nextTurn(stopped('balance'), policy, 0);
    expect(turn).toMatchObject({ kind: 'stop', because: 'balance', turns: 3, pauseMs: 4000 });
  });

  it('never comes for an account that runs', () => {
    expect(nextTurn(runs, policy, 0)).toBeNull();
  });
});

it('what a person stopped changes by nothing that happens', () => {
  fc.assert(
    fc.property(fc.integer({ min: -1000, max: 1000 }), probe, fc.boolean(), (leftMs, answer, isTrial) => {
      const hand = stopped('hand', leftMs);
      const changes: (AccountChange | null)[] = [
        afterProbe(hand, answer, policy, 0.5).change,
        afterBalanceRefused(hand, 'a', policy, 0.5),
        afterWork(hand, isTrial),
        nextTurn(hand, policy, 0.5),
      ];
      expect(changes).toEqual([null, null, null, null]);
    }),
  );
});

it('a stop lasts at most as long as the longest pause before it is tried again', () => {
  fc.assert(
    fc.property(standing, probe, (now, answer) => {
      const changes = [
        afterProbe(now, answer, policy, 0.9).change,
        afterBalanceRefused(now, 'b', policy, 0.9),
        nextTurn(now, policy, 0.9),
      ];
      for (const change of changes)
        expect(change?.kind === 'stop' ? change.pauseMs : 0).toBeLessThanOrEqual(policy.retryMaxMs);
    }),
  );
});
