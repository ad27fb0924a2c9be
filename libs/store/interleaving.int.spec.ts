import { ACCEPT } from './statements/accept.ts';
import { ARM } from './statements/arm.ts';
import { CLAIM } from './statements/claim.ts';
import { SETTLE } from './statements/settle.ts';
import type { ClaimedLookUp, ClaimedRefund, SettleRow } from './index.ts';
import {
  acceptBatch,
  acceptOn,
  acceptRow,
  armOn,
  armRow,
  claimOn,
  holdPauses,
  letGo,
  openStore,
  pausedBefore,
  settleOn,
  settleRow,
  TO_UNKNOWN,
  untilBlocked,
  without,
  type Session,
  type StoreFixture,
} from './testing/index.ts';

/** Each test forces one order of two sessions: `first` has written and not committed, or a statement pauses between its snapshot and its locks. */
let store: StoreFixture;
let first: Session;
let second: Session;

beforeAll(async () => {
  store = await openStore();
  first = await store.connect();
  second = await store.connect();
});
beforeEach(async () => {
  // What a failed test may have left behind.
  await store.sql.query('select pg_advisory_unlock_all()');
  for (const session of [first, second]) await session.query('rollback');
  await store.empty();
});
afterAll(async () => {
  await store.close();
});

/** Claims the next refund and arms it; the row completes it. */
const armNext = async (): Promise<{ claimed: ClaimedRefund; done: SettleRow }> => {
  const claimed = await store.claimOne();
  const armed = await store.executor.arm(armRow(claimed, { captured: null, refundedTotal: null }));
  if (armed.kind !== 'armed') throw new Error(`${claimed.refundId} was not armed`);
  return { claimed, done: settleRow(claimed, { version: armed.version }) };
};

const leaseRunsOut = async (): Promise<void> => {
  await store.sql.query(`update refundry.payment set lease_until = '-infinity'`);
};

const NOT_APPLIED: Partial<SettleRow> = {
  to: 'requested',
  complete: '0',
  leaves: 0,
  bind: null,
  entry: null,
  waitingFor: 'retry',
};

/** Refund `a` is unknown after its call; answers a claimed look-up of it. */
const unknownA = async (change: Partial<SettleRow> = {}): Promise<ClaimedLookUp> => {
  const { done } = await armNext();
  await store.executor.settle({ ...done, ...TO_UNKNOWN, ...change });
  const [look] = await store.executor.claimLookUps([{ accountNo: 1, count: 1 }], 30_000);
  if (look === undefined) throw new Error('no look-up was claimed');
  return look;
};

interface PaymentRow {
  waiting: number;
  reserved: string;
  completed: string;
  doubtful: number;
  lane_floor: number;
  lanes: number;
  in_lane: number;
}

/** Sums and lanes of all payments together. */
const sums = async (): Promise<PaymentRow> => {
  const { rows } = await store.sql.query<PaymentRow>(
    `select sum(waiting)::int as waiting, sum(reserved)::text as reserved, sum(completed)::text as completed, sum(doubtful)::int as doubtful,
       min(lane_floor) as lane_floor, (select count(*)::int from refundry.lane) as lanes,
       (select count(*)::int from refundry.refund where in_lane) as in_lane from refundry.payment`,
  );
  const row = rows[0];
  if (row === undefined) throw new Error('no payment');
  return row;
};

/** Runs `work`, which must get stuck behind another session, then `meanwhile`, and answers what `work` answers. */
const whileStuck = async <T>(
  session: Session,
  work: () => Promise<T>,
  meanwhile: () => Promise<unknown>,
): Promise<T> => {
  const working = work();
  working.catch(() => undefined);
  await untilBlocked(store.sql, session);
  await meanwhile();
  return await working;
};

describe('a claim whose snapshot is older than an outcome', () => {
  const paused = pausedBefore(CLAIM, 'a.stopped_until is null');
  const unguarded = without(
    without(paused, / {2}join refundry\.payment seen on .* t\.version /),
    'order by r.ordinal limit 1 for no key update',
  );

  /** The worker's lease ran out; its outcome is committed while another claim has its snapshot and no lock yet. */
  const claimWhile = async (settled: SettleRow, statement = paused): Promise<unknown[]> => {
    await leaseRunsOut();
    await holdPauses(store.sql);
    return await whileStuck(
      first,
      async () => await claimOn(first, 10, statement),
      async () => {
        expect((await store.executor.settle(settled)).applied).toBe(true);
        await letGo(store.sql);
      },
    );
  };

  it('leaves a payment whose head was proved not applied for the next claim', async () => {
    await store.take([acceptRow('a')]);
    const { done } = await armNext();
    expect(await claimWhile({ ...done, ...NOT_APPLIED })).toEqual([]);
    expect(await store.claimOne()).toMatchObject({ refundId: 'a', state: 'requested', held: '0' });
  });

  it('would otherwise hand out a refund without a reservation as submitting', async () => {
    await store.take([acceptRow('a')]);
    const { done } = await armNext();
    expect(await claimWhile({ ...done, ...NOT_APPLIED }, unguarded)).toMatchObject([
      { refund_id: 'a', state: 'submitting', attempt_no: 1 },
    ]);
  });

  it('does not hand out a completed refund, nor pass over the one behind it', async () => {
    await store.take([acceptRow('a'), acceptRow('b')]);
    const { done } = await armNext();
    expect(await claimWhile(done)).toEqual([]);
    expect(await store.claimOne()).toMatchObject({ refundId: 'b', state: 'requested' });
  });

  it('takes nothing from a payment whose last refund was decided', async () => {
    await store.take([acceptRow('a')]);
    const { done } = await armNext();
    expect(await claimWhile(done)).toEqual([]);
    expect(await sums()).toMatchObject({ waiting: 0, lanes: 0, completed: '10.00' });
  });
});

describe('a resend that comes back into the lane while a claim runs', () => {
  const paused = pausedBefore(CLAIM, 'a.stopped_until is null');

  /** `a` is unknown and has left the lane, `b` waits behind it; the resend of `a` is committed while a claim has its snapshot. */
  const claimDuringResend = async (statement: typeof CLAIM): Promise<unknown[]> => {
    await store.take([acceptRow('a'), acceptRow('b')]);
    const look = await unknownA({ leaves: 1, laneMs: 0 });
    expect(await sums()).toMatchObject({ waiting: 1, lane_floor: 2 });
    const resend = settleRow(look, {
      ...TO_UNKNOWN,
      doubt: 0,
      leaves: -1,
      laneMs: 0,
      resend: true,
      lookUpMs: null,
    });
    await holdPauses(store.sql);
    return await whileStuck(
      first,
      async () => await claimOn(first, 10, statement),
      async () => {
        expect((await store.executor.settle(resend)).applied).toBe(true);
        await letGo(store.sql);
      },
    );
  };

  it('is not passed over: the floor stays at it and it is claimed next', async () => {
    expect(await claimDuringResend(paused)).toEqual([]);
    expect(await sums()).toMatchObject({ waiting: 2, in_lane: 2, lane_floor: 1 });
    expect(await store.claimOne()).toMatchObject({ refundId: 'a', state: 'unknown', resend: true });
  });

  it('would be lost below the floor if the claim did not compare the version', async () => {
    const unguarded = without(paused, / {2}join refundry\.payment seen on .* t\.version /);
    expect(await claimDuringResend(unguarded)).toMatchObject([{ refund_id: 'b' }]);
    expect(await sums()).toMatchObject({ waiting: 2, in_lane: 2, lane_floor: 2 });
  });
});

describe('an arming that waits for somebody who decides without the lease', () => {
  const unguarded = without(ARM, 'and p.version = i.version');

  const resendOfA = async (): Promise<ClaimedRefund> => {
    await store.take([acceptRow('a')]);
    const look = await unknownA();
    await store.executor.settle(
      settleRow(look, { ...TO_UNKNOWN, doubt: 0, laneMs: 0, resend: true, lookUpMs: null }),
    );
    return await store.claimOne();
  };

  /** A late look-up completes `a` while its resend is about to be armed. */
  const armDuringLookUp = async (statement: typeof ARM): Promise<unknown[]> => {
    const resend = await resendOfA();
    await first.query('begin');
    await settleOn(first, [settleRow(resend, { token: null, doubt: -1 })]);
    const row = armRow(resend, { fresh: false, resend: true, captured: null, refundedTotal: null });
    return await whileStuck(
      second,
      async () => await armOn(second, [row], statement),
      async () => await first.query('commit'),
    );
  };

  it('does not arm a refund that was completed meanwhile', async () => {
    expect(await armDuringLookUp(ARM)).toEqual([]);
    expect(await sums()).toMatchObject({ reserved: '0.00', completed: '10.00', waiting: 0, lanes: 0 });
  });

  it('would otherwise send a completed refund once more', async () => {
    expect(await armDuringLookUp(unguarded)).toMatchObject([{ granted: true }]);
  });

  it('does not arm a refund that a person cancelled meanwhile', async () => {
    await store.take([acceptRow('a')]);
    const claimed = await store.claimOne();
    await first.query('begin');
    const cancelled = { to: 'failed', release: '0', complete: '0', bind: null, call: null, token: null };
    expect(await settleOn(first, [settleRow(claimed, cancelled)])).toHaveLength(1);
    const armed = await whileStuck(
      second,
      async () => await armOn(second, [armRow(claimed)]),
      async () => await first.query('commit'),
    );
    expect(armed).toEqual([]);
    expect(await sums()).toMatchObject({ reserved: '0', waiting: 0, lanes: 0 });
  });

  it('arms beside a request that is accepted meanwhile', async () => {
    await store.take([acceptRow('a')]);
    const claimed = await store.claimOne();
    await first.query('begin');
    await acceptOn(first, acceptBatch([acceptRow('b')], { from: 1, next: 2 }));
    const armed = await whileStuck(
      second,
      async () => await armOn(second, [armRow(claimed)]),
      async () => await first.query('commit'),
    );
    expect(armed).toMatchObject([{ granted: true }]);
    expect(await sums()).toMatchObject({ reserved: '10.00', waiting: 2, lanes: 1 });
  });
});

describe('accept and the outcome of the last refund in a lane', () => {
  const next = acceptBatch([acceptRow('b')], { from: 1, next: 2 });

  /** What is left, and what is claimed next. */
  const left = async (): Promise<object> => ({ ...(await sums()), next: (await store.claimOne()).refundId });
  const oneLaneForB = { waiting: 1, lanes: 1, in_lane: 1, reserved: '0.00', completed: '10.00', next: 'b' };

  it('keeps a lane when the outcome comes first and the request waits for it', async () => {
    await store.take([acceptRow('a')]);
    const { done } = await armNext();
    await first.query('begin');
    expect(await settleOn(first, [done])).toEqual([{ n: 0, waiting: 0 }]);
    await whileStuck(
      second,
      async () => await acceptOn(second, next),
      async () => await first.query('commit'),
    );
    expect(await left()).toMatchObject(oneLaneForB);
  });

  it('keeps a lane when the request comes first and the outcome waits for it', async () => {
    await store.take([acceptRow('a')]);
    const { done } = await armNext();
    await first.query('begin');
    await acceptOn(first, next);
    const settled = await whileStuck(
      second,
      async () => await settleOn(second, [done]),
      async () => await first.query('commit'),
    );
    expect(settled).toEqual([{ n: 0, waiting: 1 }]);
    expect(await left()).toMatchObject(oneLaneForB);
  });

  it('keeps a lane when the outcome is committed after the request has its snapshot', async () => {
    await store.take([acceptRow('a')]);
    const { done } = await armNext();
    await holdPauses(store.sql);
    const paused = pausedBefore(ACCEPT, '(select yes from allowed)),\nids');
    await whileStuck(
      second,
      async () => await acceptOn(second, next, paused),
      async () => {
        await settleOn(first, [done]);
        await letGo(store.sql);
      },
    );
    expect(await left()).toMatchObject(oneLaneForB);
  });

  it('keeps a lane when the request is committed after the outcome has its snapshot', async () => {
    await store.take([acceptRow('a')]);
    const { done } = await armNext();
    await holdPauses(store.sql);
    const settled = await whileStuck(
      second,
      async () =>
        await settleOn(second, [done], pausedBefore(SETTLE, 'p.payment_no = o.payment_no and p.version')),
      async () => {
        await acceptOn(first, next);
        await letGo(store.sql);
      },
    );
    expect(settled).toEqual([{ n: 0, waiting: 1 }]);
    expect(await left()).toMatchObject(oneLaneForB);
  });
});
