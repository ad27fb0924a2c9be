import { binaryArray } from './binary-array.ts';
import type { ClaimedRefund } from './index.ts';
import { SHARDS } from './shards.ts';
import { DEAD_LETTER_COLUMNS, REQUEST_COLUMNS } from './statements/accept.ts';
import { ARM_COLUMNS } from './statements/arm.ts';
import { SETTLE_COLUMNS } from './statements/settle.ts';
import {
  acceptBatch,
  acceptRow,
  armRow,
  freezeRelease,
  frozenValues,
  openStore,
  previousRelease,
  settleRow,
  type FrozenRelease,
  type Session,
  type StoreFixture,
} from './testing/index.ts';
import { viewOf, type ViewRow } from './view-row.ts';

/** How many refunds, and of how many payments. */
const REFUNDS = 300;
const PAYMENTS = 40;
const AT_ONCE = 10;

let previous: FrozenRelease;
let store: StoreFixture;
let session: Session;

beforeAll(async () => {
  if (process.env['FREEZE_RELEASE'] === '1') await freezeRelease();
  previous = await previousRelease();
});
beforeEach(async () => {
  store = await openStore();
  session = await store.connect('path');
});
afterEach(async () => {
  await store.close();
});

const ask = async <Row extends object>(name: string, values: unknown[]): Promise<Row[]> => {
  const text = previous.statements[name];
  if (text === undefined) throw new Error(`the previous release had no statement ${name}`);
  return await session.rows({ name, text }, values);
};

/** The previous release at work: each turn claims a few refunds, arms them and writes that they completed. */
const previousTurn = async (): Promise<number> => {
  const account = binaryArray('int4', [1]);
  const rows = await ask<ViewRow & { token: string }>('claim', [
    account,
    binaryArray('int4', [AT_ONCE]),
    30_000,
    binaryArray('bool', [false]),
  ]);
  const claimed = rows.map((row) => ({ ...viewOf(row), token: row.token }));
  const arms = claimed.map((one) => armRow(one, UNREAD));
  const armed = await ask<{ n: number; granted: boolean; version: number }>(
    'arm',
    frozenValues(previous.columns.arm, ARM_COLUMNS, arms),
  );
  const done = armed.map(({ n, version }) => settleRow(claimed[n] as ClaimedRefund, { version }));
  if (done.length > 0)
    await ask('settle', [...frozenValues(previous.columns.settle, SETTLE_COLUMNS, done), SHARDS]);
  return done.length;
};

/** The same by this release. */
const turn = async (): Promise<number> => {
  const claimed = await store.claim(AT_ONCE);
  await Promise.all(
    claimed.map(async (one) => {
      const armed = await store.executor.arm(armRow(one, UNREAD));
      if (armed.kind === 'armed') await store.executor.settle(settleRow(one, { version: armed.version }));
    }),
  );
  return claimed.length;
};

const UNREAD = { captured: '1000000.00', refundedTotal: null } as const;
const requests = (from: number, count: number) =>
  Array.from({ length: count }, (_none, index) => {
    const no = from + index;
    return acceptRow(`a-${String(no)}`, { paymentId: `pay_${String(no % PAYMENTS)}` });
  });

const acceptPreviously = async (first: number, count: number, partition: number): Promise<void> => {
  const batch = acceptBatch(requests(first, count), { partition, next: count });
  const { groupId, cluster, topic, from, next, lastRecordAtMs } = batch;
  const scalars = [groupId, cluster, topic, partition, from, next, lastRecordAtMs, SHARDS, null];
  await ask('accept', [
    ...scalars,
    ...frozenValues(previous.columns.requests, REQUEST_COLUMNS, batch.requests),
    ...frozenValues(previous.columns.deadLetters, DEAD_LETTER_COLUMNS, []),
  ]);
};

describe('the release before this one, on the schema of this one', () => {
  it('finds every table and column that it asks for', async () => {
    const missing: string[] = [];
    for (const [name, text] of Object.entries(previous.statements))
      await session.query(`prepare "${name}" as ${text}`).catch((error: unknown) => {
        missing.push(`${name}: ${String(error)}`);
      });
    expect(missing).toEqual([]);
    expect(Object.keys(previous.statements).length).toBeGreaterThan(20);
  });

  it('would say so if it did not', async () => {
    await session.query('alter table refundry.payment rename column lane_floor to first_in_lane');
    const [claim] = [previous.statements['claim'] ?? ''];
    await expect(session.query(`prepare claim as ${claim}`)).rejects.toThrow('lane_floor');
  });

  it('takes in, claims, arms and settles beside this one, and both leave the same behind', async () => {
    await Promise.all([
      acceptPreviously(0, REFUNDS / 2, 1),
      store.take(requests(REFUNDS / 4, REFUNDS - REFUNDS / 4)),
    ]);
    const done = { previous: 0, now: 0 };
    const isOver = async (): Promise<boolean> => {
      const { rows } = await store.sql.query(
        "select 1 from refundry.refund where state = 'requested' limit 1",
      );
      return rows.length === 0;
    };
    while (!(await isOver())) {
      const [before, after] = await Promise.all([previousTurn(), turn()]);
      done.previous += before;
      done.now += after;
    }
    expect(done.previous).toBeGreaterThan(0);
    expect(done.now).toBeGreaterThan(0);
    const { rows } = await store.sql.query(CHECK);
    expect(rows).toEqual([
      { refunds: REFUNDS, completed: REFUNDS, sums: 'as it is', entries: 2 * REFUNDS, broken: 0 },
    ]);
  });
});

/** Every refund completed once, its payment's sums with it, and each chain of the journal whole, whoever wrote which entry. */
const CHECK = `
with chain as (
  select hash, digest, lag(hash) over (partition by payment_no, ordinal order by sequence) as before, sequence,
    row_number() over (partition by payment_no, ordinal order by sequence) as place
  from refundry.journal),
sums as (
  select bool_and(p.completed = r.completed and p.reserved = 0 and p.waiting = 0) as agree
  from refundry.payment p join (select payment_no, sum(amount) as completed from refundry.refund group by payment_no) r using (payment_no))
select (select count(*)::int from refundry.refund) as refunds,
  (select count(*)::int from refundry.refund where state = 'completed') as completed,
  (select case when agree then 'as it is' end from sums) as sums,
  (select count(*)::int from chain) as entries,
  (select count(*)::int from chain where sequence <> place
    or hash <> case when before is null then sha256(digest) else sha256(before || digest) end) as broken`;
