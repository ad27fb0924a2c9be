import {
  acceptRow,
  armRow,
  claimLookUpsOn,
  claimOn,
  lookAgainRow,
  openStore,
  settleOn,
  settleRow,
  TO_UNKNOWN,
  untilBlocked,
  type Session,
  type StoreFixture,
} from './testing/index.ts';
import type { ClaimedLookUp, ClaimedRefund } from './index.ts';

/** Who holds what while two sessions are in the middle of taking it: `first` has written and not committed. */
let store: StoreFixture;
let first: Session;
let second: Session;

beforeEach(async () => {
  store = await openStore();
  first = await store.connect();
  second = await store.connect();
});
afterEach(async () => {
  await store.close();
});

const armed = async (claimed: ClaimedRefund): Promise<number> => {
  const answer = await store.executor.arm(armRow(claimed));
  if (answer.kind !== 'armed') throw new Error(`${claimed.refundId} was not armed`);
  return answer.version;
};

const unknownWithLookUp = async (): Promise<ClaimedLookUp> => {
  const claimed = await store.claimOne();
  await store.executor.settle(settleRow(claimed, { version: await armed(claimed), ...TO_UNKNOWN }));
  const [look] = await store.executor.claimLookUps([{ accountNo: 1, count: 1 }], 30_000);
  if (look === undefined) throw new Error('no look-up was claimed');
  return look;
};

const payment = async (): Promise<Record<string, unknown>> => {
  const { rows } = await store.sql.query<Record<string, unknown>>(
    'select waiting, reserved::text, completed::text, doubtful, lease_token > 0 as leased from refundry.payment order by payment_no',
  );
  return rows[0] ?? {};
};

describe('claims', () => {
  it('never wait for each other and never share a payment', async () => {
    await store.take([acceptRow('a', { paymentId: 'p1' }), acceptRow('b', { paymentId: 'p2' })]);
    await first.query('begin');
    expect(await claimOn(first, 1)).toMatchObject([{ refund_id: 'a' }]);
    expect(await claimOn(second, 10)).toMatchObject([{ refund_id: 'b' }]);
    expect(await claimOn(second, 10)).toEqual([]);
    await first.query('commit');
    expect(await claimOn(second, 10)).toEqual([]);
  });

  it('of look-ups never wait for each other and never share one', async () => {
    await store.take([acceptRow('a')]);
    const look = await unknownWithLookUp();
    await store.executor.lookAgain(lookAgainRow(look));
    await first.query('begin');
    expect(await claimLookUpsOn(first, 10)).toHaveLength(1);
    expect(await claimLookUpsOn(second, 10)).toEqual([]);
    await first.query('commit');
    expect(await claimLookUpsOn(second, 10)).toEqual([]);
  });

  it('come back only after the lease, with another token that the old holder cannot use', async () => {
    await store.take([acceptRow('a')]);
    const [old] = await store.executor.claim([{ accountNo: 1, count: 1 }], 1);
    if (old === undefined) throw new Error('nothing was claimed');
    let next: ClaimedRefund | undefined;
    while (next === undefined) [next] = await store.claim();
    expect(next.token).not.toBe(old.token);
    expect(await store.executor.arm(armRow(old))).toEqual({ kind: 'lost' });
    await store.executor.giveBack([{ paymentNo: old.paymentNo, token: old.token, dueMs: 0 }]);
    expect(await payment()).toMatchObject({ leased: true });
    expect(await store.executor.arm(armRow(next))).toMatchObject({ kind: 'armed' });
  });
});

describe('two decisions on one refund', () => {
  it('apply once when the answer and a look-up are written at the same time', async () => {
    await store.take([acceptRow('a')]);
    const look = await unknownWithLookUp();
    const completed = settleRow(look, { doubt: -1 });
    await first.query('begin');
    expect(await settleOn(first, [completed])).toHaveLength(1);
    const late = settleOn(second, [completed]);
    await untilBlocked(store.sql, second);
    await first.query('commit');
    expect(await late).toEqual([]);
    expect(await payment()).toMatchObject({ waiting: 0, reserved: '0.00', completed: '10.00', doubtful: 0 });
  });

  it('keep the lane’s lease when a look-up decides another refund of the payment', async () => {
    await store.take([acceptRow('a'), acceptRow('b')]);
    const claimed = await store.claimOne();
    const pending = { ...TO_UNKNOWN, to: 'pending', doubt: 0, leaves: 1, laneMs: 0 };
    await store.executor.settle(settleRow(claimed, { version: await armed(claimed), ...pending }));
    const [look] = await store.executor.claimLookUps([{ accountNo: 1, count: 1 }], 30_000);
    const head = await store.claimOne();
    if (look === undefined) throw new Error('no look-up was claimed');
    const version = await armed(head);
    expect((await store.executor.settle(settleRow(look, { leaves: 0, version }))).applied).toBe(true);
    expect(await payment()).toMatchObject({ leased: true, completed: '10.00', reserved: '10.00' });
    expect((await store.executor.settle(settleRow(head, { version }))).applied).toBe(false);
    const now = await store.executor.read(head.paymentNo, head.ordinal);
    expect(now).toMatchObject({ state: 'submitting', leaseToken: head.token });
    const again = settleRow(head, { version: now?.version ?? -1 });
    expect((await store.executor.settle(again)).applied).toBe(true);
    expect(await payment()).toMatchObject({ waiting: 0, completed: '20.00', reserved: '0.00' });
  });
});

describe('a pending refund', () => {
  const lookUps = async (): Promise<number> =>
    (await store.sql.query('select from refundry.look_up')).rowCount ?? 0;

  it('keeps its look-up when the holder of the lane has nothing to add', async () => {
    await store.take([acceptRow('a')]);
    const look = await unknownWithLookUp();
    const resend = { ...TO_UNKNOWN, doubt: 0, laneMs: 0, resend: true, lookUpMs: null };
    await store.executor.settle(settleRow(look, resend));
    const claimed = await store.claimOne();
    const again = armRow(claimed, { fresh: false, resend: true, captured: null, refundedTotal: null });
    const answer = await store.executor.arm(again);
    const version = answer.kind === 'lost' ? -1 : answer.version;
    // A look-up that was on its way finds it pending before the call of the resend is answered.
    const pending = { ...TO_UNKNOWN, to: 'pending', doubt: -1, leaves: 1, laneMs: 0, lookUpMs: 50 };
    expect((await store.executor.settle(settleRow(look, { ...pending, version }))).applied).toBe(true);
    expect(await lookUps()).toBe(1);
    const now = await store.executor.read(claimed.paymentNo, claimed.ordinal);
    expect(now).toMatchObject({ state: 'pending', leaseToken: claimed.token });
    const nothing = { ...pending, doubt: 0, leaves: 0, lookUpMs: null, entry: null };
    const stay = settleRow(claimed, { ...nothing, version: now?.version ?? -1 });
    expect((await store.executor.settle(stay)).applied).toBe(true);
    expect(await payment()).toMatchObject({ leased: false, reserved: '10.00' });
    expect(await lookUps()).toBe(1);
  });
});

describe('one provider refund', () => {
  it('is bound to the first of two refunds that claim it at the same time', async () => {
    await store.take([acceptRow('a', { paymentId: 'p1' }), acceptRow('b', { paymentId: 'p2' })]);
    const [one, two] = await store.claim();
    if (one === undefined || two === undefined) throw new Error('both are due');
    const rows = [];
    for (const claimed of [one, two])
      rows.push(settleRow(claimed, { version: await armed(claimed), bind: 'rfnd_same' }));
    await first.query('begin');
    expect(await settleOn(first, rows.slice(0, 1))).toHaveLength(1);
    const other = settleOn(second, rows.slice(1));
    await untilBlocked(store.sql, second);
    await first.query('commit');
    expect(await other).toEqual([]);
    expect(await store.executor.ownerOf(1, 'rfnd_same')).toEqual({
      paymentNo: one.paymentNo,
      ordinal: one.ordinal,
    });
    expect(await store.executor.read(two.paymentNo, two.ordinal)).toMatchObject({
      state: 'submitting',
      held: '10.00',
    });
  });

  it('is not bound twice by two rows of one statement', async () => {
    await store.take([acceptRow('a', { paymentId: 'p1' }), acceptRow('b', { paymentId: 'p2' })]);
    const rows = [];
    for (const claimed of await store.claim())
      rows.push(settleRow(claimed, { version: await armed(claimed), bind: 'rfnd_same' }));
    expect(await settleOn(second, rows)).toEqual([{ n: 0, waiting: 0 }]);
  });
});
