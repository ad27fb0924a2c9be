import { ACCEPT } from './statements/accept.ts';
import { LOOK_AGAIN } from './statements/look-again.ts';
import { SETTLE } from './statements/settle.ts';
import type { AcceptRow, SettleRow } from './index.ts';
import {
  acceptBatch,
  acceptOn,
  acceptRow,
  armRow,
  holdPauses,
  letGo,
  lookAgainOn,
  lookAgainRow,
  openStore,
  pauseAt,
  pauseHere,
  settleOn,
  settleRow,
  takeWebhooksOn,
  TO_UNKNOWN,
  untilBlocked,
  webhookRow,
  without,
  type Session,
  type StoreFixture,
} from './testing/index.ts';

/** Two sessions that want the same rows: `first` stops in the middle of its statement, `second` runs into it, then both go on. */
let store: StoreFixture;
let first: Session;
let second: Session;

beforeEach(async () => {
  store = await openStore();
  first = await store.connect();
  second = await store.connect();
  await pauseHere(first);
  // A deadlock is looked for after one second by default.
  for (const session of [first, second]) await session.query(`set deadlock_timeout = '100ms'`);
});
afterEach(async () => {
  await store.close();
});

const orDeadlock = (error: unknown): 'deadlock' => {
  if ((error as { code?: string }).code === '40P01') return 'deadlock';
  throw error;
};

/** The outcome of both: `deadlock` for the one that PostgreSQL gave up. */
const collide = async <T>(
  one: () => Promise<T>,
  two: () => Promise<T>,
): Promise<readonly (T | 'deadlock')[]> => {
  await holdPauses(store.sql);
  const working = one().catch(orDeadlock);
  await untilBlocked(store.sql, first);
  const colliding = two().catch(orDeadlock);
  await untilBlocked(store.sql, second);
  await letGo(store.sql);
  return await Promise.all([working, colliding]);
};

const counted = async (): Promise<Record<string, unknown>> => {
  const { rows } = await store.sql.query<Record<string, unknown>>(
    `select (select count(*)::int from refundry.refund) as refunds, (select count(*)::int from refundry.lane) as lanes,
       sum(waiting)::int as waiting, sum(last_ordinal)::int as ordinals, sum(completed)::text as completed, sum(reserved)::text as reserved
     from refundry.payment`,
  );
  return rows[0] ?? {};
};

/** Payments `z` (number 1) and `a` (number 2): the order of their keys is not that of their numbers. */
const onTwoPayments = (prefix: string): AcceptRow[] => [
  acceptRow(`${prefix}1`, { paymentId: 'z' }),
  acceptRow(`${prefix}2`, { paymentId: 'a' }),
];

const twoArmed = async (): Promise<SettleRow[]> => {
  await store.take([acceptRow('r1', { paymentId: 'z' })]);
  await store.take([acceptRow('r2', { paymentId: 'a' })]);
  const done: SettleRow[] = [];
  for (const claimed of (await store.claim()).toSorted((x, y) => x.ordinal - y.ordinal)) {
    const armed = await store.executor.arm(armRow(claimed));
    if (armed.kind !== 'armed') throw new Error(`${claimed.refundId} was not armed`);
    done.push(settleRow(claimed, { version: armed.version }));
  }
  return done.toSorted((x, y) => Number(x.paymentNo) - Number(y.paymentNo));
};

describe('two accepts of the same batch in opposite order', () => {
  const rows = [acceptRow('m1'), acceptRow('m2'), acceptRow('m3')];
  const both = async (statement = ACCEPT): Promise<readonly unknown[]> => {
    await pauseAt(store.sql, 'insert', 'refund_id', `new.refund_id = 'm2'`);
    return await collide(
      async () => await acceptOn(first, acceptBatch(rows), statement),
      async () => await acceptOn(second, acceptBatch(rows.toReversed()), statement),
    );
  };

  it('store every row once; the later one gets no verdict yet and its position does not move', async () => {
    const [one, two] = await both();
    expect(one).toEqual([{ n: -1, verdict: 'moved' }]);
    expect(two).toEqual([
      { n: 0, verdict: 'again' },
      { n: 1, verdict: 'again' },
      { n: 2, verdict: 'again' },
      { n: -1, verdict: 'pending' },
    ]);
    expect(await acceptOn(second, acceptBatch(rows))).toEqual([{ n: -1, verdict: 'stale' }]);
    expect(await counted()).toMatchObject({ refunds: 3, waiting: 3, ordinals: 3, lanes: 1 });
  });

  it('would deadlock if the ids were not written in one order', async () => {
    expect(await both(without(ACCEPT, 'order by refund_id'))).toContain('deadlock');
  });
});

describe('accept and outcomes on the same payments', () => {
  const both = async (statement = ACCEPT): Promise<readonly unknown[]> => {
    const done = await twoArmed();
    await pauseAt(store.sql, 'update', 'payment', `new.payment_id = 'a'`);
    return await collide<unknown>(
      async () => await acceptOn(first, acceptBatch(onTwoPayments('n'), { from: 2, next: 4 }), statement),
      async () => await settleOn(second, done),
    );
  };

  it('lock payments by number, whatever their ids', async () => {
    const [accepted, settled] = await both();
    expect(accepted).toEqual([{ n: -1, verdict: 'moved' }]);
    expect(settled).toEqual([
      { n: 0, waiting: 1 },
      { n: 1, waiting: 1 },
    ]);
    expect(await counted()).toMatchObject({
      refunds: 4,
      waiting: 2,
      lanes: 2,
      completed: '20.00',
      reserved: '0.00',
    });
  });

  it('would deadlock if accept locked them by id', async () => {
    expect(await both(without(ACCEPT, 'where (select count(*) from locked) >= 0'))).toContain('deadlock');
  });
});

describe('the same outcomes from two sessions in opposite order', () => {
  const both = async (change: Partial<SettleRow>, statement = SETTLE): Promise<readonly unknown[]> => {
    const done = (await twoArmed()).map((row) => ({ ...row, ...change }));
    await pauseAt(store.sql, 'update', 'payment', `new.payment_id = 'z'`);
    return await collide(
      async () => await settleOn(first, done, statement),
      async () => await settleOn(second, done.toReversed(), statement),
    );
  };

  const once = [
    [
      { n: 0, waiting: 0 },
      { n: 1, waiting: 0 },
    ],
    [],
  ];

  it('are applied once', async () => {
    expect(await both({})).toEqual(once);
    expect(await counted()).toMatchObject({ waiting: 0, lanes: 0, completed: '20.00', reserved: '0.00' });
    const { rows } = await store.sql.query(
      'select late, count(*)::int as calls from refundry.call group by late order by late',
    );
    expect(rows).toEqual([
      { late: false, calls: 2 },
      { late: true, calls: 2 },
    ]);
  });

  it('are applied once where they bind nothing', async () => {
    expect(await both({ bind: null })).toEqual(once);
  });

  it('would deadlock if they were not sorted', async () => {
    const unsorted = without(SETTLE, /order by i\.payment_no(?=\) o)/);
    expect(await both({ bind: null }, unsorted)).toContain('deadlock');
  });
});

describe('look-ups given back while outcomes end them', () => {
  /** Both refunds are unknown and their look-ups claimed. `first` ends one after the other, `second` gives both back in between. */
  const both = async (statement = LOOK_AGAIN): Promise<readonly unknown[]> => {
    for (const row of await twoArmed()) await store.executor.settle({ ...row, ...TO_UNKNOWN });
    const looks = (await store.executor.claimLookUps([{ accountNo: 1, count: 10 }], 30_000)).toSorted(
      (x, y) => Number(x.paymentNo) - Number(y.paymentNo),
    );
    const ended = looks.map((look) => settleRow(look, { doubt: -1 }));
    const given = looks.flatMap((look) => lookAgainRow(look)).toReversed();
    await first.query('begin');
    await settleOn(first, ended.slice(0, 1));
    const giving = lookAgainOn(second, given, statement).catch(orDeadlock);
    await untilBlocked(store.sql, second);
    const ending = settleOn(first, ended.slice(1)).catch(orDeadlock);
    const settled = await ending;
    await first.query('commit');
    return [settled, await giving];
  };

  it('are given back in the order in which outcomes end them', async () => {
    expect(await both()).toEqual([[{ n: 0, waiting: 0 }], []]);
    expect(await counted()).toMatchObject({ waiting: 0, completed: '20.00' });
  });

  it('would deadlock in the order in which they came', async () => {
    expect(await both(without(LOOK_AGAIN, 'order by payment_no, ordinal'))).toContain('deadlock');
  });
});

describe('look-ups of which some end while webhooks ask for all of them', () => {
  /** `first` takes the webhooks of one payment after the other, `second` ends the look-up of the one and gives back the other in between. */
  const both = async (): Promise<readonly unknown[]> => {
    for (const row of await twoArmed()) await store.executor.settle({ ...row, ...TO_UNKNOWN });
    const looks = (await store.executor.claimLookUps([{ accountNo: 1, count: 10 }], 30_000)).toSorted(
      (x, y) => Number(x.paymentNo) - Number(y.paymentNo),
    );
    const given = looks.map((look, index) => lookAgainRow(look, { dueMs: index === 0 ? null : 0 }));
    const about = (paymentId: string): ReturnType<typeof webhookRow> =>
      webhookRow(`e-${paymentId}`, { paymentId, providerRefundId: null });
    await first.query('begin');
    await takeWebhooksOn(first, [about('z')]);
    const giving = lookAgainOn(second, given).catch(orDeadlock);
    await untilBlocked(store.sql, second);
    const taken = await takeWebhooksOn(first, [about('a')]).catch(orDeadlock);
    await first.query('commit');
    return [taken, await giving];
  };

  it('are ended and given back in one order', async () => {
    expect(await both()).toEqual([[{ n: 0, hinted: true }], []]);
  });
});
