import {
  acceptBatch,
  acceptOn,
  acceptRow,
  armOn,
  armRow,
  claimOn,
  openStore,
  settleOn,
  settleRow,
  type Session,
  type StoreFixture,
} from './testing/index.ts';

const REFUNDS = 10_000;
const BATCH = 500;

let store: StoreFixture;
let path: Session;
let accept: Session;

/** Rows that the database reads while something is done, whatever it makes of them. What is done is undone unless it is to be kept. */
const rowsRead = async (session: Session, act: () => Promise<unknown>, end: 'commit' | 'rollback') => {
  // Otherwise what was counted within the last second would be counted once more.
  await session.query('select pg_stat_force_next_flush()');
  await session.query('begin');
  await act();
  const { rows } = await session.query<{ read: number }>(
    "select sum(seq_tup_read + coalesce(idx_tup_fetch, 0))::int as read from pg_stat_xact_user_tables where schemaname = 'refundry'",
  );
  await session.query(end);
  return rows[0]?.read ?? 0;
};

const take = async (from: number, count: number): Promise<number> => {
  const requests = Array.from({ length: count }, (_none, index) => acceptRow(`a-${String(from + index)}`));
  const batch = acceptBatch(requests, { from, next: from + count });
  return await rowsRead(accept, async () => await acceptOn(accept, batch), 'commit');
};

/** The refunds up to this one have completed, in turn. */
const passTo = async (ordinal: number, laneFloor = ordinal): Promise<void> => {
  await store.sql.query(
    "update refundry.refund set state = 'completed', in_lane = false where ordinal < $1 and in_lane",
    [ordinal],
  );
  await store.sql.query('update refundry.payment set lane_floor = $1, waiting = $2', [
    laneFloor,
    REFUNDS - ordinal + 1,
  ]);
};

/** What the next refund of the payment costs, by statement. */
const nextRefund = async () => {
  const claim = await rowsRead(path, async () => await claimOn(path, 10), 'rollback');
  const claimed = await store.claimOne();
  let version = 0;
  const arm = await rowsRead(
    path,
    async () => {
      const [armed] = await armOn(path, [armRow(claimed, { captured: null, refundedTotal: null })]);
      version = armed?.version ?? 0;
    },
    'commit',
  );
  const done = settleRow(claimed, { version, bind: `rfnd_${String(claimed.ordinal)}` });
  const settle = await rowsRead(path, async () => await settleOn(path, [done]), 'commit');
  return { ordinal: claimed.ordinal, read: { claim, arm, settle } };
};

beforeAll(async () => {
  store = await openStore();
  path = await store.connect('path');
  accept = await store.connect('accept');
});
afterAll(async () => {
  await store.close();
});

describe('10,000 refunds of one payment', () => {
  const accepted: number[] = [];

  it('are taken in at the same price each, however many there are before', async () => {
    for (let from = 0; from < REFUNDS; from += BATCH) accepted.push(await take(from, BATCH));
    expect(Math.max(...accepted)).toBeLessThan(BATCH * 10);
    expect(accepted.at(-1)).toBeLessThanOrEqual((accepted[1] ?? 0) * 1.1);
    // What is not analysed could be planned as if it were empty.
    await store.sql.query('vacuum analyze');
  });

  it('are claimed, armed and settled at the same price each, the last one like the first', async () => {
    const first = await nextRefund();
    await passTo(REFUNDS / 2);
    const middle = await nextRefund();
    await passTo(REFUNDS - 1);
    const last = await nextRefund();
    expect([first.ordinal, middle.ordinal, last.ordinal]).toEqual([1, REFUNDS / 2, REFUNDS - 1]);
    for (const { read } of [first, middle, last])
      for (const count of Object.values(read)) expect(count).toBeLessThan(30);
  });

  it('that left the lane out of turn are passed over once, not by every claim', async () => {
    await store.sql.query('update refundry.refund set in_lane = true, state = $1 where ordinal = $2', [
      'requested',
      REFUNDS - 2,
    ]);
    await passTo(REFUNDS - 2, 1);
    const over = await rowsRead(path, async () => await claimOn(path, 10), 'rollback');
    expect(over).toBeGreaterThan(REFUNDS / 2);
    const claimed = await store.claimOne();
    await store.executor.giveBack([{ paymentNo: claimed.paymentNo, token: claimed.token, dueMs: 0 }]);
    expect((await nextRefund()).read.claim).toBeLessThan(30);
  });
});
