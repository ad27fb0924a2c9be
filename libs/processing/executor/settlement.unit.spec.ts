import { Decimal } from 'decimal.js';
import fc from 'fast-check';
import { isDoubtful, mayChange, reserves, TRANSITIONS, type Outcome, type RefundState } from '#libs/refund';
import { PARKED, type AttemptView, type CallRow, type RefundView, type SettleRow } from '#libs/store';
import { BOOK_NAMES } from '../../../test/support/book-names.ts';
import type { ProcessingAccount } from '../accounts.ts';
import {
  answerRow,
  ownRow,
  resendRow,
  reviewRow,
  settlementOf,
  standingOf,
  toPerson,
  unblockRow,
  type SettleContext,
  type Standing,
} from './settlement.ts';

const states = Object.keys(TRANSITIONS) as RefundState[];

const attempt: AttemptView = {
  action: 'refund',
  key: 'key',
  reference: 'reference',
  content: '{}',
  amount: '10',
  currency: 'INR',
  armedAtMs: 0,
  calledMsAgo: 0,
  sameKeyLeftMs: 80_000_000,
  fenced: false,
  references: ['reference'],
};

const call: CallRow = {
  attemptNo: 1,
  verb: 'create',
  startedAtMs: 0,
  durationMs: 1,
  httpStatus: 200,
  answer: '{}',
  verdict: 'x',
};

/** In the lane are what has its turn or blocks it: always these, and where there are no keys what is in review too. */
function isInLane(state: RefundState, resend: 'sameKey' | 'never'): boolean {
  return ['requested', 'submitting', 'unknown'].includes(state) || (state === 'review' && resend === 'never');
}

function viewOf(
  state: RefundState,
  resend: 'sameKey' | 'never',
  change: Partial<RefundView> = {},
): RefundView {
  const bound = ['pending', 'completed', 'reversed'].includes(state);
  return {
    paymentNo: '1',
    ordinal: 1,
    handle: null,
    waiting: 1,
    paymentHandle: null,
    refundId: 'a',
    accountNo: 1,
    merchantNo: 1,
    paymentId: 'p',
    state,
    asked: '10',
    expected: null,
    amount: state === 'requested' ? null : '10',
    held: reserves(state) ? '10' : '0',
    attemptNo: 1,
    calls: 1,
    uncounted: 0,
    sequence: 1,
    inLane: isInLane(state, resend),
    resend: false,
    lookFirst: false,
    waitingFor: null,
    reviewReason: null,
    providerRefundId: bound ? 'rfnd_1' : null,
    requestedAtMs: 0,
    changedAtMs: 0,
    ceId: 'e',
    traceparent: null,
    provider: 'razorpay',
    account: 'default',
    mode: 'test',
    currency: 'INR',
    task: '{}',
    freeText: '',
    freeDigest: '',
    captured: '100',
    completed: '0',
    reserved: reserves(state) ? '10' : '0',
    external: '0',
    doubtful: Number(isDoubtful(state)),
    paymentCurrency: 'INR',
    stoppedBecause: null,
    version: 3,
    leaseToken: '7',
    verifiedMsAgo: null,
    attempt: resend === 'never' ? { ...attempt, key: null, sameKeyLeftMs: null } : attempt,
    ...change,
  };
}

function contextOf(resend: 'sameKey' | 'never', random = 0.5): SettleContext {
  const policy: ProcessingAccount['policy'] = {
    resend,
    lookUpByReference: true,
    rereadFirstMs: 86_400_000,
    rereadForMs: 0,
    visibilityDelayMs: 1000,
    firstLookUpMs: 10,
    pollFirstMs: 20,
    pollMaxMs: 200,
    overdueMs: 100_000,
    retryFirstMs: 5,
    retryMaxMs: 50,
    callsMax: 5,
    waitingMaxMs: 100_000,
  };
  // Only the numbers of the account are read here.
  const account = { policy, spacingMs: 3 } as ProcessingAccount;
  return { account, statusEvents: true, books: BOOK_NAMES, nowMs: 1000, random, cause: 'answer' };
}

const outcomes: readonly Outcome[] = [
  { kind: 'succeeded', providerRefundId: 'rfnd_1', references: {}, completedAtMs: null },
  { kind: 'pending', providerRefundId: 'rfnd_1', references: {} },
  ...[null, 'rfnd_1'].map((providerRefundId): Outcome => ({
    kind: 'declined',
    code: 'NO',
    text: 'no',
    actBy: 'merchant',
    mayRequestAgain: true,
    providerRefundId,
    readingStale: false,
  })),
  ...(['busy', 'notSettled', 'optionUnsupported'] as const).map((because): Outcome => ({
    kind: 'notApplied',
    because,
    retryAfterMs: null,
    code: null,
    text: '',
  })),
  ...(['waiting', 'mismatch'] as const).map((phase): Outcome => ({
    kind: 'unknown',
    phase,
    text: '',
    providerRefundId: null,
  })),
];

interface Case {
  readonly standing: Standing;
  readonly row: SettleRow;
}

/** Every row that is ever proposed: answers in every state with and without the lease, and the changes of our own. */
function everyRow(resend: 'sameKey' | 'never', calls: number): Case[] {
  const context = contextOf(resend);
  return states.flatMap((state) =>
    [null, '7'].flatMap((token) => {
      const standing = standingOf(viewOf(state, resend, { calls }), token);
      const answers = outcomes.map((outcome) => {
        const settlement = settlementOf(standing, standing, outcome);
        return settlement.kind === 'contradiction' || settlement.kind === 'external'
          ? null
          : answerRow(standing, settlement, outcome, call, context);
      });
      const own = [
        ...(mayChange(state, 'review') ? [reviewRow(standing, 'OVERDUE', call, context)] : []),
        ...(state === 'unknown' ? [unblockRow(standing, 50, call, context)] : []),
        ...(state === 'unknown' && resend === 'sameKey' ? [resendRow(standing, call, context)] : []),
        ...(state === 'requested' && token !== null
          ? [ownRow(standing, toPerson('EXHAUSTED'), context)]
          : []),
        ...(state === 'review' && token !== null ? [ownRow(standing, toPerson('EXHAUSTED'), context)] : []),
      ];
      return [...answers, ...own].flatMap((row) => (row === null ? [] : [{ standing, row }]));
    }),
  );
}

describe.each(['sameKey', 'never'] as const)('every row of a provider with resend %s', (resend) => {
  const cases = [1, 5].flatMap((calls) => everyRow(resend, calls));

  it('changes the state along the table or leaves it', () => {
    const wrong = cases.filter(({ standing, row }) => {
      const from = standing.view.state as RefundState;
      return row.to !== from && !mayChange(from, row.to as RefundState);
    });
    expect(wrong).toEqual([]);
    expect(cases.length).toBeGreaterThan(60);
  });

  it('moves sums so that the refund holds its amount, or has it completed, or neither', () => {
    for (const { standing, row } of cases) {
      const { view } = standing;
      const heldAfter = new Decimal(view.held).minus(row.release);
      expect(heldAfter.eq(row.held)).toBe(true);
      expect(heldAfter.eq(reserves(row.to as RefundState) ? view.held : 0)).toBe(true);
      const before = view.state === 'completed' ? 10 : 0;
      expect(new Decimal(before).plus(row.complete).eq(row.to === 'completed' ? 10 : 0)).toBe(true);
    }
  });

  it('counts doubt by the states on both sides', () => {
    for (const { standing, row } of cases)
      expect(Number(isDoubtful(standing.view.state as RefundState)) + row.doubt).toBe(
        Number(isDoubtful(row.to as RefundState)),
      );
  });

  it('leaves nothing without what will end it: its turn in the lane, or a look-up', () => {
    const open = cases.filter(({ row }) => !['completed', 'failed', 'reversed'].includes(row.to));
    for (const { standing, row } of open) {
      const inLane = Number(standing.view.inLane) - row.leaves === 1;
      const comesUp = inLane && row.laneMs !== PARKED && (row.to !== 'unknown' || row.resend);
      // Without a new time the store keeps the look-up of what is pending or in review.
      const isLookedUp =
        row.lookUpMs !== null || (row.to === standing.view.state && ['pending', 'review'].includes(row.to));
      expect({ row, ends: comesUp || isLookedUp }).toEqual({ row, ends: true });
    }
  });

  it('parks a lane whose head must not be called, so that it is not claimed again and again', () => {
    const heads = cases.filter(
      ({ standing, row }) =>
        standing.token !== null &&
        Number(standing.view.inLane) - row.leaves === 1 &&
        (row.to === 'review' || (row.to === 'unknown' && !row.resend)),
    );
    expect(heads.length).toBeGreaterThan(0);
    expect(heads.filter(({ row }) => row.laneMs !== PARKED)).toEqual([]);
  });

  it('never lets the lane’s lease end without a time when it goes on', () => {
    const held = cases.filter(({ standing }) => standing.token !== null);
    expect(held.filter(({ row }) => row.laneMs === null)).toEqual([]);
  });

  it('writes an entry exactly where a caller sees another state', () => {
    const visible = (state: string): string => (state === 'submitting' ? 'requested' : state);
    for (const { standing, row } of cases)
      expect(row.entry !== null).toBe(visible(standing.view.state) !== visible(row.to));
  });

  it('binds a provider refund only once', () => {
    for (const { standing, row } of cases)
      expect(row.bind === null || standing.view.providerRefundId === null).toBe(true);
  });
});

describe('a refund for a person', () => {
  const leaves = (key: string | null, resend: 'sameKey' | 'never'): number => {
    const view = viewOf('unknown', resend, { attempt: { ...attempt, key } });
    return reviewRow(standingOf(view, null), 'OVERDUE', call, contextOf(resend)).leaves;
  };

  it('whose attempt has no key › holds up its lane, though the provider knows keys', () => {
    expect(leaves(null, 'sameKey')).toBe(0);
  });

  it('whose attempt has a key › gives its lane free, though others of the account have none', () => {
    expect(leaves('key', 'never')).toBe(1);
  });
});

describe('the snapshot that a change publishes', () => {
  const notSettled: Outcome = {
    kind: 'notApplied',
    because: 'notSettled',
    retryAfterMs: null,
    code: null,
    text: '',
  };

  const snapshotOf = (state: RefundState, outcome: Outcome, change: Partial<RefundView> = {}): unknown => {
    const standing = standingOf(viewOf(state, 'sameKey', change), '7');
    const settlement = settlementOf(standing, standing, outcome);
    const row = answerRow(standing, settlement, outcome, call, contextOf('sameKey'));
    return JSON.parse(row?.entry?.status ?? 'null');
  };

  it('counts attempts, however often each was sent', () => {
    const succeeded: Outcome = {
      kind: 'succeeded',
      providerRefundId: 'rfnd_1',
      references: {},
      completedAtMs: null,
    };
    const snapshot = snapshotOf('submitting', succeeded, { attemptNo: 2, calls: 4 });
    expect(snapshot).toMatchObject({ state: 'completed', attempts: 2 });
    expect(snapshot).not.toHaveProperty('waitingFor');
  });

  it('says what a refund that is requested again waits for', () => {
    expect(snapshotOf('unknown', notSettled)).toMatchObject({
      state: 'requested',
      attempts: 1,
      waitingFor: 'settlement',
    });
  });
});

describe('a retry', () => {
  it('comes back within the longest pause', () => {
    fc.assert(
      fc.property(
        fc.nat(4),
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        (calls, random) => {
          const standing = standingOf(viewOf('submitting', 'sameKey', { calls }), '7');
          const busy: Outcome = {
            kind: 'notApplied',
            because: 'busy',
            retryAfterMs: null,
            code: null,
            text: '',
          };
          const row = answerRow(
            standing,
            settlementOf(standing, standing, busy),
            busy,
            call,
            contextOf('sameKey', random),
          );
          expect(row).toMatchObject({ to: 'requested', held: '0', release: '10', waitingFor: 'retry' });
          expect(row?.laneMs).toBeLessThanOrEqual(50);
        },
      ),
    );
  });
});

describe('an answer that is heard when a person has already been asked', () => {
  const pending: Outcome = { kind: 'pending', providerRefundId: 'rk_1', handle: 'a secret', references: {} };
  const rowFor = (change: Partial<RefundView>): SettleRow | null => {
    const standing = standingOf(viewOf('review', 'never', { reviewReason: 'LOST_ANSWER', ...change }), null);
    return answerRow(standing, settlementOf(standing, standing, pending), pending, call, contextOf('never'));
  };

  it('brings the name to ask by, and leaves the rest to a look-up', () => {
    expect(rowFor({})).toMatchObject({
      to: 'review',
      reviewReason: 'LOST_ANSWER',
      bind: 'rk_1',
      handle: 'a secret',
      held: '10',
      lookUpMs: 0,
      leaves: 0,
      entry: null,
    });
  });

  it('adds nothing where the name is known', () => {
    expect(rowFor({ providerRefundId: 'rk_1' })).toBeNull();
  });
});
