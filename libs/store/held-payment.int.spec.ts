import { acceptRow, armRow, openStore, settleRow, type Session, type StoreFixture } from './testing/index.ts';
import type { ClaimedRefund } from './index.ts';

let store: StoreFixture;
let holder: Session;

beforeEach(async () => {
  store = await openStore();
  holder = await store.connect('report');
  await store.take(['a', 'b', 'c'].map((refundId) => acceptRow(refundId, { paymentId: `p-${refundId}` })));
});
afterEach(async () => {
  await holder.query('rollback');
  await store.close();
});

/** Somebody's transaction that has changed a payment and does not end. */
const hold = async ({ paymentNo }: ClaimedRefund): Promise<void> => {
  await holder.query('begin');
  await holder.query('update refundry.payment set handle = handle where payment_no = $1', [paymentNo]);
};

const claimAll = async (): Promise<[ClaimedRefund, ClaimedRefund, ClaimedRefund]> => {
  const [a, b, c] = (await store.claim()).toSorted((one, other) =>
    one.refundId.localeCompare(other.refundId),
  );
  if (a === undefined || b === undefined || c === undefined) throw new Error('not all were claimed');
  return [a, b, c];
};

describe('a payment that somebody holds a lock on', () => {
  it('delays the outcomes of its own refunds and of no others', async () => {
    const claimed = await claimAll();
    const done = await Promise.all(
      claimed.map(async (one) => {
        const armed = await store.executor.arm(armRow(one, { captured: null, refundedTotal: null }));
        if (armed.kind !== 'armed') throw new Error(`${one.refundId} was not armed`);
        return settleRow(one, { version: armed.version });
      }),
    );
    await hold(claimed[0]);
    const [a, b, c] = done.map(async (row) => await store.executor.settle(row));
    expect(await b).toMatchObject({ applied: true });
    expect(await c).toMatchObject({ applied: true });
    const { rows } = await store.sql.query('select state from refundry.refund order by refund_id');
    expect(rows).toEqual([{ state: 'submitting' }, { state: 'completed' }, { state: 'completed' }]);
    await holder.query('commit');
    expect(await a).toMatchObject({ applied: true });
  });

  it('delays the attempts of its own refunds and of no others, and those only until their lease is over', async () => {
    const claimed = await claimAll();
    await hold(claimed[0]);
    const [a, b, c] = claimed.map(
      async (one) => await store.executor.arm(armRow(one, { captured: null, refundedTotal: null })),
    );
    expect([(await b)?.kind, (await c)?.kind]).toEqual(['armed', 'armed']);
    await holder.query("update refundry.payment set lease_until = '-infinity'");
    await holder.query('commit');
    expect((await a)?.kind).toBe('lost');
  });

  it('is passed over by claims', async () => {
    const claimed = await claimAll();
    await store.executor.giveBack(claimed.map(({ paymentNo, token }) => ({ paymentNo, token, dueMs: 0 })));
    await hold(claimed[0]);
    expect((await store.claim()).map(({ refundId }) => refundId).toSorted()).toEqual(['b', 'c']);
  });
});
