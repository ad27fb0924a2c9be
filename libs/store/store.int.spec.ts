import { createHash } from 'node:crypto';
import { Client } from 'pg';
import {
  AccountStore,
  Database,
  ExecutorStore,
  IntakeStore,
  RelayStore,
  ReportStore,
  PARKED,
} from './index.ts';
import type { AcceptBatch, AcceptRow, ArmRow, ClaimedRefund } from './index.ts';
import { acceptRow, createTestDatabase, settleRow, type TestDatabase } from './testing/index.ts';

let test: TestDatabase;
let database: Database;
let intake: IntakeStore;
let executor: ExecutorStore;
let relay: RelayStore;
let sql: Client;

const batch = (requests: AcceptRow[], change: Partial<AcceptBatch> = {}): AcceptBatch => ({
  groupId: 'g',
  cluster: 'c1',
  topic: 'refunds.requested.v1',
  partition: 0,
  from: 0,
  next: requests.length,
  lastRecordAtMs: 1_700_000_000_000,
  requests,
  deadLetters: [],
  ...change,
});

const armRow = (claimed: ClaimedRefund, change: Partial<ArmRow> = {}): ArmRow => ({
  paymentNo: claimed.paymentNo,
  ordinal: claimed.ordinal,
  token: claimed.token,
  attemptNo: 1,
  fresh: true,
  resend: false,
  sum: '10.00',
  paymentHandle: null,
  expected: null,
  captured: '100.00',
  refundedTotal: '0',
  currency: 'USD',
  version: claimed.version,
  action: 'refund',
  key: 'key-1',
  reference: 'ref-1',
  content: '{"amount":1000}',
  sameKeyForMs: 86_400_000,
  ...change,
});

const claimOne = async (): Promise<ClaimedRefund> => {
  const [claimed] = await executor.claim([{ accountNo: 1, count: 10 }], 30_000);
  if (claimed === undefined) throw new Error('nothing was claimed');
  return claimed;
};

const payment = async (): Promise<Record<string, unknown>> => {
  const { rows } = await sql.query<Record<string, unknown>>(
    'select captured::text, completed::text, reserved::text, external::text, doubtful, waiting from refundry.payment order by payment_no',
  );
  return rows[0] ?? {};
};

beforeEach(async () => {
  test = await createTestDatabase();
  database = new Database(test.url, () => undefined);
  intake = new IntakeStore(database);
  executor = new ExecutorStore(database, { gatherMs: () => 0, onFlush: () => undefined });
  relay = new RelayStore(database);
  await new AccountStore(database).register([
    { provider: 'razorpay', name: 'default', merchant: 'default', mode: 'test' },
  ]);
  sql = new Client({ connectionString: test.url });
  await sql.connect();
});

afterEach(async () => {
  await sql.end();
  await database.close();
  await test.drop();
});

describe('accept', () => {
  it('stores requests, the first journal entry and the position in one statement', async () => {
    const answer = await intake.accept(batch([acceptRow('a'), acceptRow('b')]));
    expect(answer).toEqual({ stale: false, moved: true, verdicts: [] });
    expect(await intake.positions('g', 'c1')).toEqual([
      {
        topic: 'refunds.requested.v1',
        partition: 0,
        next: 2,
        lastRecordAtMs: 1_700_000_000_000,
        recoverBelow: null,
      },
    ]);
    expect(await payment()).toMatchObject({ waiting: 2 });
    const taken = await relay.take(
      Array.from({ length: 32 }, (_, shard) => shard),
      100,
    );
    expect(taken.map((row) => [row.refundId, row.sequence])).toEqual([
      ['a', 1],
      ['b', 1],
    ]);
  });

  it('absorbs the same content and names another content a conflict, without moving the position past it', async () => {
    await intake.accept(batch([acceptRow('a')]));
    const other = acceptRow('a', { fingerprint: Buffer.alloc(32, 7) });
    const answer = await intake.accept(batch([acceptRow('a'), acceptRow('c')], { from: 1, next: 3 }));
    expect(answer.verdicts).toEqual([{ index: 0, verdict: 'duplicate' }]);
    const conflict = await intake.accept(batch([other, acceptRow('d')], { from: 3, next: 5 }));
    expect(conflict).toMatchObject({
      moved: false,
      stale: false,
      verdicts: [{ index: 0, verdict: 'conflict' }],
    });
    const dead = {
      origin: other.origin,
      code: 'CONFLICTING_DUPLICATE',
      message: 'm',
      key: null,
      value: Buffer.from([0, 255]),
      headers: Buffer.from('[]'),
    };
    const again = await intake.accept(batch([acceptRow('d')], { from: 3, next: 5, deadLetters: [dead] }));
    expect(again).toMatchObject({ moved: true, verdicts: [{ index: 0, verdict: 'duplicate' }] });
    const [kept] = await relay.deadLetters(10, 1_000_000);
    expect(kept?.value).toEqual(Buffer.from([0, 255]));
  });

  it('writes nothing when the position is not where the batch starts', async () => {
    await intake.accept(batch([acceptRow('a')]));
    expect(await intake.accept(batch([acceptRow('b')], { from: 0, next: 1 }))).toMatchObject({ stale: true });
    expect(await new ReportStore(database).refund('b')).toBeNull();
  });

  it('gives one batch sent to two processes at once to one of them only', async () => {
    const rows = Array.from({ length: 200 }, (_, n) =>
      acceptRow(`r${String(n)}`, { paymentId: `p${String(n % 7)}` }),
    );
    const [one, two] = await Promise.all([
      intake.accept(batch(rows)),
      intake.accept(batch(rows.toReversed())),
    ]);
    const inserted =
      400 -
      (one?.verdicts.length ?? 0) -
      (two?.verdicts.length ?? 0) -
      (one?.stale === true || two?.stale === true ? 200 : 0);
    expect(inserted).toBe(200);
    const { rows: counted } = await sql.query(
      'select count(*)::int as n, sum(waiting)::int as waiting from refundry.refund r left join (select 0 as waiting) x on true',
    );
    expect(counted[0]).toMatchObject({ n: 200 });
  });
});

describe('claim, arm, settle', () => {
  it('takes one refund of a payment at a time and moves the sums', async () => {
    await intake.accept(batch([acceptRow('a'), acceptRow('b')]));
    const first = await claimOne();
    expect(first).toMatchObject({ refundId: 'a', state: 'requested', attempt: null });
    expect(await executor.claim([{ accountNo: 1, count: 10 }], 30_000)).toEqual([]);
    const armed = await executor.arm(armRow(first));
    expect(armed).toMatchObject({ kind: 'armed', remaining: '100.00', doubtful: 0 });
    expect(await payment()).toMatchObject({ reserved: '10.00', captured: '100.00' });
    const version = armed.kind === 'lost' ? -1 : armed.version;
    expect((await executor.settle(settleRow(first, { version }))).applied).toBe(true);
    expect(await payment()).toMatchObject({ reserved: '0.00', completed: '10.00', waiting: 1 });
    expect(await claimOne()).toMatchObject({ refundId: 'b', captured: '100.00' });
  });

  it('refuses what does not fit and says what is left', async () => {
    await intake.accept(batch([acceptRow('a')]));
    const claimed = await claimOne();
    const refused = await executor.arm(armRow(claimed, { sum: '95.00', refundedTotal: '10.00' }));
    expect(refused).toMatchObject({ kind: 'refused', remaining: '90.00' });
    expect(await payment()).toMatchObject({ reserved: '0', external: '10.00' });
  });

  it('keeps what is stored of others’ refunds when the provider does not tell them', async () => {
    await intake.accept(batch([acceptRow('a')]));
    const claimed = await claimOne();
    await sql.query(`update refundry.payment set external = 30`);
    const refused = await executor.arm(armRow(claimed, { sum: '80.00', refundedTotal: null }));
    expect(refused).toMatchObject({ kind: 'refused', remaining: '70.00' });
    expect(await payment()).toMatchObject({ external: '30' });
  });

  it('loses an arm whose lease is another’s, and an outcome whose payment has moved on, but keeps the answer', async () => {
    await intake.accept(batch([acceptRow('a')]));
    const claimed = await claimOne();
    expect(await executor.arm(armRow(claimed, { token: '999999' }))).toEqual({ kind: 'lost' });
    await executor.arm(armRow(claimed));
    expect((await executor.settle(settleRow(claimed, { version: claimed.version }))).applied).toBe(false);
    const report = await new ReportStore(database).refund('a');
    expect(report?.refund.state).toBe('submitting');
    expect(report?.calls).toMatchObject([{ verdict: 'succeeded', late: true }]);
  });

  it('keeps the amount of an unknown refund and lets a look-up without the lane decide it', async () => {
    await intake.accept(batch([acceptRow('a'), acceptRow('b')]));
    const claimed = await claimOne();
    const armed = await executor.arm(armRow(claimed));
    const version = armed.kind === 'lost' ? -1 : armed.version;
    const unknown = {
      to: 'unknown',
      release: '0',
      complete: '0',
      doubt: 1,
      leaves: 0,
      held: '10.00',
      bind: null,
      laneMs: PARKED,
      lookUpMs: 0,
    };
    expect((await executor.settle(settleRow(claimed, { version, ...unknown }))).applied).toBe(true);
    expect(await payment()).toMatchObject({ reserved: '10.00', doubtful: 1, waiting: 2 });
    expect(await executor.claim([{ accountNo: 1, count: 10 }], 30_000)).toEqual([]);
    const [look] = await executor.claimLookUps([{ accountNo: 1, count: 5 }], 30_000);
    expect(look).toMatchObject({ refundId: 'a', state: 'unknown', attempt: { references: ['ref-1'] } });
    if (look === undefined) return;
    expect((await executor.settle(settleRow(look, { doubt: -1 }))).applied).toBe(true);
    expect(await payment()).toMatchObject({ reserved: '0.00', completed: '10.00', doubtful: 0, waiting: 1 });
    expect(await claimOne()).toMatchObject({ refundId: 'b' });
  });

  it('never binds one provider refund to two of ours', async () => {
    await intake.accept(batch([acceptRow('a'), acceptRow('b', { paymentId: 'pay_2' })]));
    const claimed = await executor.claim([{ accountNo: 1, count: 10 }], 30_000);
    const settled: boolean[] = [];
    for (const one of claimed) {
      const armed = await executor.arm(armRow(one));
      const version = armed.kind === 'lost' ? -1 : armed.version;
      settled.push((await executor.settle(settleRow(one, { version, bind: 'rfnd_same' }))).applied);
    }
    expect(settled).toEqual([true, false]);
  });

  it('chains the journal of a refund', async () => {
    await intake.accept(batch([acceptRow('a')]));
    const claimed = await claimOne();
    const armed = await executor.arm(armRow(claimed));
    await executor.settle(settleRow(claimed, { version: armed.kind === 'lost' ? -1 : armed.version }));
    const { rows } = await sql.query<{ digest: Buffer; hash: Buffer }>(
      'select digest, hash from refundry.journal order by sequence',
    );
    const sha = (...parts: Buffer[]): Buffer => createHash('sha256').update(Buffer.concat(parts)).digest();
    const first = sha(rows[0]?.digest ?? Buffer.alloc(0));
    expect(rows[0]?.hash).toEqual(first);
    expect(rows[1]?.hash).toEqual(sha(first, rows[1]?.digest ?? Buffer.alloc(0)));
  });

  it('counts the age of an attempt from its last call, also when the first was refused days ago', async () => {
    await intake.accept(batch([acceptRow('a')]));
    const claimed = await claimOne();
    const armed = await executor.arm(armRow(claimed));
    const version = armed.kind === 'lost' ? -1 : armed.version;
    const refused = { to: 'requested', complete: '0', leaves: 0, bind: null, entry: null };
    await executor.settle(settleRow(claimed, { version, ...refused }));
    await sql.query(`update refundry.attempt set armed_at = armed_at - interval '3 days'`);
    await sql.query(`update refundry.refund set called_at = called_at - interval '3 days'`);
    const again = await claimOne();
    expect(again.attempt?.calledMsAgo).toBeGreaterThan(86_400_000);
    const rearmed = await executor.arm(armRow(again, { fresh: false, version: again.version }));
    expect(rearmed).toMatchObject({ kind: 'armed' });
    const now = await executor.read(again.paymentNo, again.ordinal);
    expect(now?.attempt?.calledMsAgo).toBeLessThan(60_000);
    expect(now?.attempt?.armedAtMs).toBe(again.attempt?.armedAtMs);
  });

  it('gives an unused lease back', async () => {
    await intake.accept(batch([acceptRow('a')]));
    const claimed = await claimOne();
    await executor.giveBack([{ paymentNo: claimed.paymentNo, token: claimed.token, dueMs: 0 }]);
    expect(await claimOne()).toMatchObject({ refundId: 'a' });
  });

  it('claims nothing of a stopped account', async () => {
    await intake.accept(batch([acceptRow('a')]));
    const accounts = new AccountStore(database);
    await accounts.stop('razorpay', 'default', { by: 'ann', reason: 'audit', untilMs: null });
    expect(await executor.claim([{ accountNo: 1, count: 10 }], 30_000)).toEqual([]);
    expect(await accounts.list()).toMatchObject([{ stopped: true, untilMs: null, by: 'ann' }]);
    await accounts.resume('razorpay', 'default');
    expect(await claimOne()).toMatchObject({ refundId: 'a' });
  });
});

describe('relay', () => {
  it('shares the shards between two relays and hands all back', async () => {
    const one = await relay.renew('one', 5000, []);
    expect(one.shards).toHaveLength(32);
    const two = await relay.renew('two', 5000, []);
    expect(two).toMatchObject({ shards: [], share: 0 });
    const renewed = await relay.renew(
      'one',
      5000,
      one.shards.slice(0, 16).map(({ shard }) => shard),
    );
    expect(renewed.shards).toHaveLength(16);
    const taken = await relay.renew('two', 5000, []);
    expect(taken.shards).toHaveLength(16);
    expect(taken.shards.every(({ takenOver }) => !takenOver)).toBe(true);
    await relay.release('one');
    expect((await relay.renew('two', 5000, [])).shards).toHaveLength(32);
  });
});
