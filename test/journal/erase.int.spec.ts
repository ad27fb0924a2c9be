import { ErasureStore } from '#libs/store';
import { openJournalBench, type JournalBench } from './journal-bench.ts';

let bench: JournalBench;
let erasures: ErasureStore;

const PERSON = { by: 'ann', reason: 'asked by the customer' };
const FREE = { reason: 'Zebra too small', requestedBy: 'orders/zebra', metadata: { note: 'Zebra' } };

/** As `openBenchTop` has it, but for a look at what has ended. */
beforeEach(async () => {
  bench = await openJournalBench({
    account: (configured) => ({
      ...configured,
      policy: { ...configured.policy, rereadFirstMs: 50, rereadForMs: 60_000 },
    }),
  });
  erasures = new ErasureStore(bench.top.database);
});
afterEach(async () => {
  await bench.close();
});

/** Every table that holds the word anywhere. */
async function tablesWith(word: string): Promise<readonly string[]> {
  const { rows: tables } = await bench.top.sql.query<{ name: string }>(
    `select relname as name from pg_class where relnamespace = 'refundry'::regnamespace and relkind = 'r' order by 1`,
  );
  const found: string[] = [];
  for (const { name } of tables) {
    const { rowCount } = await bench.top.sql.query(
      `select from refundry.${name} t where t::text ilike '%' || $1 || '%' limit 1`,
      [word],
    );
    if (rowCount === 1) found.push(name);
  }
  return found;
}

describe('a refund whose free text is erased', () => {
  it('has it nowhere any more, and the journal is as it was written', async () => {
    await bench.completed('a', FREE);
    await bench.completed('b', FREE);
    await bench.seal();
    expect(await tablesWith('zebra')).toEqual(['journal', 'refund_id']);
    const { rows: before } = await bench.top.sql.query(
      `select fingerprint, free_digest from refundry.refund_id where refund_id = 'a'`,
    );
    for (const refundId of ['a', 'b'])
      expect(await erasures.erase(refundId, PERSON)).toEqual({ kind: 'erased', entries: 2 });
    expect(await tablesWith('zebra')).toEqual([]);
    const { rows: after } = await bench.top.sql.query(
      `select fingerprint, free_digest from refundry.refund_id where refund_id = 'a'`,
    );
    expect(after).toEqual(before);
    expect(await bench.faults()).toEqual([]);
    await bench.seal();
    expect(await bench.faults(true)).toEqual([]);
  });

  it('says who erased it, when and why, once', async () => {
    await bench.completed('a', FREE);
    await erasures.erase('a', PERSON);
    expect((await bench.top.reports.refund('a'))?.erased).toMatchObject(PERSON);
    expect(await erasures.erase('a', { by: 'bob', reason: 'again' })).toMatchObject({
      kind: 'already',
      erasure: PERSON,
    });
    expect((await bench.top.reports.refund('a'))?.erased).toMatchObject(PERSON);
  });

  it('is still the same request when that comes again', async () => {
    const paymentId = await bench.completed('a', FREE);
    await erasures.erase('a', PERSON);
    await bench.top.request([{ refundId: 'a', paymentId, amount: '10.00', ...FREE }]);
    expect(bench.top.counts.get('duplicate')).toBe(1);
    expect(await tablesWith('zebra')).toEqual([]);
  });

  it('is published once more without it', async () => {
    await bench.completed('a', FREE);
    await bench.top.sql.query('truncate refundry.outbox');
    await erasures.erase('a', PERSON);
    const { rows } = await bench.top.sql.query<{ sequence: number }>('select sequence from refundry.outbox');
    expect(rows).toEqual([{ sequence: 2 }]);
  });

  it('is reversed afterwards without it, and the chain goes on', async () => {
    await bench.completed('a', FREE);
    const report = await bench.top.reports.refund('a');
    await erasures.erase('a', PERSON);
    await bench.top.sandbox.changeRefund('razorpay', report?.refund.providerRefundId ?? '', 'fail');
    await bench.top.until('a', 'reversed');
    expect(await tablesWith('zebra')).toEqual([]);
    await bench.seal();
    expect(await bench.faults(true)).toEqual([]);
  });

  it('makes whoever has read it before decide again', async () => {
    await bench.completed('a', FREE);
    const before = await bench.top.reports.refund('a');
    await erasures.erase('a', PERSON);
    const after = await bench.top.reports.refund('a');
    expect(after?.refund.version).toBeGreaterThan(before?.refund.version ?? Infinity);
  });

  it('and whose text is put back is named', async () => {
    await bench.completed('a', FREE);
    await erasures.erase('a', PERSON);
    await bench.top.sql.query(
      `update refundry.journal set status = left(status, -1) || ',"reason":"x"}' where refund_id = 'a' and sequence = 1`,
    );
    expect(await bench.faults()).toEqual(['ENTRY_CHANGED a/1']);
  });

  it('and of which no erasure tells is named', async () => {
    await bench.completed('a', FREE);
    await erasures.erase('a', PERSON);
    await bench.top.sql.query('delete from refundry.erasure');
    expect(await bench.faults()).toEqual(['FREE_TEXT_CHANGED a/1']);
  });
});

describe('nothing is erased', () => {
  it('of a refund that has not ended: its later events would carry the text again', async () => {
    await bench.top.sandbox.setBehaviour('razorpay', { newRefundStatus: 'pending' });
    const paymentId = await bench.top.payment('100.00');
    await bench.top.request([{ refundId: 'a', paymentId, amount: '10.00', ...FREE }]);
    await bench.top.until('a', 'pending');
    expect(await erasures.erase('a', PERSON)).toEqual({ kind: 'open', state: 'pending' });
    expect(await tablesWith('zebra')).toEqual(['journal', 'refund_id']);
  });

  it('of a refund that was never seen', async () => {
    expect(await erasures.erase('nobody', PERSON)).toEqual({ kind: 'unknown' });
  });
});
