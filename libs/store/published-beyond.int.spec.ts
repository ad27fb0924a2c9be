import { acceptRow, openStore, type StoreFixture } from './testing/index.ts';

const MINUTE_MS = 60_000;

let store: StoreFixture;

beforeEach(async () => {
  store = await openStore();
  await store.take([acceptRow('r1')]);
  await store.sql.query('update refundry.refund set changed_at = now()');
});
afterEach(async () => {
  await store.close();
});

const beyond = async (refundId: string, sequence: number, inMs = 0): Promise<string | null> =>
  await store.intake.publishedBeyond([{ refundId, sequence, atMs: Date.now() + inMs }]);

describe('an event that was read from its topic', () => {
  it('beyond what the store knows of its refund › shows that rows were lost', async () => {
    expect(await beyond('r1', 2)).toBe('r1');
  });

  it('as the store knows it, or of a refund that it does not know › shows nothing', async () => {
    expect([await beyond('r1', 1), await beyond('stranger', 7)]).toEqual([null, null]);
  });

  it('from before the refund changed › shows nothing: it went on without what was lost', async () => {
    expect(await beyond('r1', 2, -2 * MINUTE_MS)).toBeNull();
    // Clocks differ.
    expect(await beyond('r1', 2, -MINUTE_MS / 2)).toBe('r1');
  });

  it('from before everything was marked for a loss › shows nothing new', async () => {
    expect(await store.intake.lookFirst('ann', { topic: 'results' })).toBe(1);
    expect(await beyond('r1', 2, -1000)).toBeNull();
    expect(await beyond('r1', 2, 1000)).toBe('r1');
    const { rows } = await store.sql.query(
      'select command, started_by, counts, report from refundry.operation',
    );
    expect(rows).toEqual([
      { command: 'look first', started_by: 'ann', counts: { refunds: 1 }, report: { topic: 'results' } },
    ]);
  });
});
