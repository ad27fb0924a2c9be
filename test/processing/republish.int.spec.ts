import { openRelayBench, TOPICS, type RelayBench } from './relay-bench.ts';

let bench: RelayBench;

beforeEach(async () => {
  // Long enough for a busy machine: a send that is given up would leave copies.
  bench = await openRelayBench({}, 30_000);
});
afterEach(async () => {
  await bench.close();
});

const ask = async (
  paymentNo: number,
  refundId: string,
  sequences: readonly (number | null)[],
  topic: string | null = null,
): Promise<void> => {
  await bench.sql.query(
    `insert into refundry.republish (shard, payment_no, ordinal, sequence, topic)
     select ($1::bigint % 32)::smallint, $1, hashtext($2::text) & 1073741823, s, $4 from unnest($3::int[]) with ordinality as a(s, n) order by n`,
    [paymentNo, refundId, sequences, topic],
  );
};

const left = async (): Promise<number> =>
  (
    await bench.sql.query<{ rows: number }>(
      'select count(*)::int as rows from refundry.republish where not refused',
    )
  ).rows[0]?.rows ?? -1;

const drained = async (): Promise<void> => {
  await bench.until('the queue is empty', async () => (await left()) === 0);
};

/** The current state of a refund whose journal was written by the bench. */
const current = async (paymentNo: number, refundId: string, sequence: number): Promise<void> => {
  await bench.sql.query(
    `insert into refundry.refund (payment_no, ordinal, refund_id, account_no, state, sequence, hash, in_lane, look_first, requested_at, changed_at)
     values ($1, hashtext($2::text) & 1073741823, $2, 1, 'failed', $3, '', false, false, now(), now())
     on conflict (payment_no, ordinal) do update set sequence = excluded.sequence`,
    [paymentNo, refundId, sequence],
  );
};

describe('events that are asked for again', () => {
  it('go out with the bytes, headers and key of the first time, to their topic or to another', async () => {
    const admin = await bench.bus.admin();
    await admin.createTopics([{ topic: 'fresh', partitions: 1 }]);
    await admin.close();
    bench.relay('one');
    await bench.write(7, 'a', [1, 2]);
    await bench.until('they are published', async () => (await bench.ids(TOPICS.results)).length === 2);
    await ask(7, 'a', [1, 2]);
    await ask(7, 'a', [1, 2], 'fresh');
    await drained();
    const bare = (records: Awaited<ReturnType<RelayBench['records']>>): unknown[] =>
      records.map(({ key, value, headers }) => ({ key, value, headers }));
    const results = bare(await bench.records(TOPICS.results));
    expect(results).toHaveLength(4);
    expect(results.slice(2)).toEqual(results.slice(0, 2));
    expect(bare(await bench.records('fresh'))).toEqual(results.slice(0, 2));
    // A result is asked for, so no snapshot goes out.
    expect(await bench.ids(TOPICS.status)).toEqual(['a.1', 'a.2']);
  });

  it('as a snapshot › are the one that is current when it is sent', async () => {
    await bench.write(7, 'a', [1, 2]);
    await current(7, 'a', 1);
    await bench.sql.query('delete from refundry.outbox');
    await ask(7, 'a', [null]);
    await current(7, 'a', 2);
    bench.relay('one');
    await drained();
    expect(await bench.ids(TOPICS.status)).toEqual(['a.2']);
    expect(await bench.ids(TOPICS.results)).toEqual([]);
  });

  it('wait while the refund has entries in the outbox, and keep no other refund waiting', async () => {
    await bench.write(7, 'a', [1, 2]);
    await current(7, 'a', 2);
    await ask(7, 'a', [2, null]);
    await bench.write(7 + 32, 'b', [1]);
    await bench.sql.query(`delete from refundry.outbox where payment_no = 39`);
    await ask(7 + 32, 'b', [1]);
    const shards = [7];
    expect((await bench.store().takeAgain(shards, 10)).map(({ entry }) => entry?.refundId)).toEqual(['b']);
    bench.relay('one');
    await drained();
    const sequences = (ids: readonly string[]): string[] => ids.filter((id) => id.startsWith('a.'));
    expect(sequences(await bench.ids(TOPICS.results))).toEqual(['a.1', 'a.2', 'a.2']);
    expect(sequences(await bench.ids(TOPICS.status))).toEqual(['a.1', 'a.2', 'a.2']);
  });

  it('for a topic that is not there › are refused, and what is live goes on', async () => {
    bench.relay('one');
    await bench.write(7, 'a', [1]);
    await bench.until('it is published', async () => (await bench.ids(TOPICS.results)).length === 1);
    await ask(7, 'a', [1], 'nowhere');
    await ask(7, 'a', [1]);
    await drained();
    await bench.write(7, 'a', [2]);
    await bench.until('all are published', async () => (await bench.ids(TOPICS.results)).length === 3);
    expect(await bench.ids(TOPICS.results)).toEqual(['a.1', 'a.1', 'a.2']);
    expect(bench.log.join('\n')).toContain('are not taken by their topic');
  });

  it('of a journal entry that is gone › are dropped', async () => {
    bench.relay('one');
    await ask(7, 'never', [1, null]);
    await drained();
    expect(await bench.ids(TOPICS.results)).toEqual([]);
  });

  it('are published by the owner of their shard alone, each once', async () => {
    for (let payment = 1; payment <= 64; payment += 1) {
      await bench.write(payment, `r${String(payment)}`, [1]);
      await ask(payment, `r${String(payment)}`, [1]);
    }
    await bench.sql.query('delete from refundry.outbox');
    bench.relay('one');
    bench.relay('two');
    await drained();
    const ids = await bench.ids(TOPICS.results);
    expect(ids).toHaveLength(64);
    expect(new Set(ids).size).toBe(64);
  });
});
