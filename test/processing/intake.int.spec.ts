import type { BusBatch } from '#libs/bus';
import { batchOf, openBenchTop, type BenchTop, type Request } from './bench-top.ts';

let top: BenchTop;

const requests = (count: number, fields: Partial<Request> = {}, prefix = 'r'): Request[] =>
  Array.from({ length: count }, (_, n) => ({
    refundId: `${prefix}${String(n)}`,
    paymentId: 'pay_00000000000001',
    amount: '1.00',
    ...fields,
  }));

const batch = (from: number, asked: readonly Request[], recordAtMs = Date.now()): BusBatch =>
  batchOf(asked, from, recordAtMs);

const lookFirst = async (): Promise<Record<string, boolean>> => {
  const { rows } = await top.sql.query<{ refund_id: string; look_first: boolean }>(
    'select refund_id, look_first from refundry.refund order by refund_id',
  );
  return Object.fromEntries(rows.map((row) => [row.refund_id, row.look_first]));
};

beforeEach(async () => {
  top = await openBenchTop();
});

afterEach(async () => {
  await top.close();
});

describe('requests read again after rows were lost', () => {
  const rowsLost = (committed: number) =>
    ({
      kind: 'rowsLost',
      topic: 'refunds.requested.v1',
      partition: 0,
      stored: 0,
      committed,
      low: 0,
      high: 9,
    }) as const;

  it('are looked up first up to where the group had committed, and no further', async () => {
    const intake = top.intake();
    intake.report(rowsLost(2));
    await intake.take(batch(0, requests(3)));
    expect(await lookFirst()).toEqual({ r0: true, r1: true, r2: false });
  });

  it('are still looked up first by whoever goes on after a restart or a rebalance, when the group has committed less again', async () => {
    const first = top.intake();
    first.report(rowsLost(5));
    await first.take(batch(0, requests(2)));
    const second = top.intake();
    await second.load();
    await second.take(batch(2, requests(4, {}, 's')));
    expect(await lookFirst()).toEqual({ r0: true, r1: true, s0: true, s1: true, s2: true, s3: false });
  });

  it('stay so when a smaller loss is reported afterwards', async () => {
    const intake = top.intake();
    intake.report(rowsLost(5));
    intake.report(rowsLost(1));
    await intake.take(batch(0, requests(2)));
    expect(await lookFirst()).toEqual({ r0: true, r1: true });
  });
});
