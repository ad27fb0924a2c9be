import type { BusRecord } from '#libs/bus';
import { BROKERS } from '../e2e/world.ts';
import { idOf, openReplayBench, type ReplayBench } from './replay-bench.ts';

const onKafka = BROKERS === undefined && process.env['CI'] !== 'true' ? describe.skip : describe;

/** As after a restore to a moment before the first request, with the positions of intake kept. */
async function loseRows({ sql }: ReplayBench): Promise<void> {
  const { rows } = await sql.query<{ names: string }>(
    `select string_agg('refundry.' || table_name, ', ') as names from information_schema.tables
     where table_schema = 'refundry' and table_name not in ('account', 'merchant', 'compatibility', 'shard_lease', 'intake_position', 'migration')`,
  );
  await sql.query(`truncate ${rows[0]?.names ?? ''}`);
}

const bare = (records: readonly BusRecord[]): unknown[] =>
  records
    .map(({ key, value, headers }) => ({ id: idOf({ headers }), key, value, headers }))
    .toSorted((a, b) => (a.id < b.id ? -1 : 1));

const ENDED = ['completed', 'failed', 'review'];

async function haveEnded(bench: ReplayBench, refundIds: readonly string[]): Promise<void> {
  for (const refundId of refundIds)
    await bench.until(`${refundId} has ended`, async () =>
      ENDED.includes((await bench.state(refundId)) ?? ''),
    );
}

/** Refunds, each of a payment of its own, that have ended and been published. */
async function ended(bench: ReplayBench, provider: string, refundIds: readonly string[]): Promise<void> {
  for (const refundId of refundIds) await bench.request(provider, refundId, await bench.payment(provider));
  await haveEnded(bench, refundIds);
  await bench.until('all is published', async () => {
    const { rows } = await bench.sql.query<{ left: number }>(
      'select count(*)::int as left from refundry.outbox',
    );
    return rows[0]?.left === 0;
  });
}

function describeReplays(kind: 'embedded' | 'kafka'): void {
  let bench: ReplayBench;

  beforeEach(async () => {
    bench = await openReplayBench(kind);
    await bench.start();
  });
  afterEach(async () => {
    await bench.close();
  });

  it('publishes every result into a fresh topic byte for byte, and snapshots only as they are now', async () => {
    await ended(bench, 'razorpay', ['a', 'b', 'c']);
    const admin = await bench.bus.admin();
    await admin.createTopics(
      ['fresh', 'now'].map((name) => ({ topic: `${bench.topics.results}.${name}`, partitions: 2 })),
    );
    await admin.close();
    const fresh = `${bench.topics.results}.fresh`;
    const dry = await bench.run('replay', 'publish', '--topic', fresh, '--dry-run');
    expect([dry.exit, dry.out]).toEqual([0, expect.stringContaining('3 events would be published')]);
    expect(await bench.records(fresh)).toEqual([]);

    const { exit, json } = await bench.report('replay', 'publish', '--topic', fresh, '--by', 'ann');
    expect([exit, json.outcome, json['published']]).toEqual([0, 'clean', 3]);
    const results = bare(await bench.records(bench.topics.results));
    expect(results).toHaveLength(3);
    expect(bare(await bench.records(fresh))).toEqual(results);

    const now = `${bench.topics.results}.now`;
    await bench.report('replay', 'publish', '--events', 'status', '--topic', now, '--refund', 'b');
    const snapshots = (await bench.records(bench.topics.status)).filter((record) =>
      idOf(record).startsWith('b.'),
    );
    expect(bare(await bench.records(now))).toEqual(bare(snapshots.slice(-1)));

    const listed = await bench.run('operations', 'list', '--json', '--command', 'replay publish');
    expect(JSON.parse(listed.out)).toMatchObject([
      { by: expect.any(String) as string, outcome: 'clean', arguments: { refund: 'b' } },
      { by: 'ann', dryRun: false, outcome: 'clean', counts: { events: 3, published: 3, refused: 0 } },
      { dryRun: true, counts: { events: 3, published: 0 } },
    ]);
  });

  it('finds what of the results is missing, foreign, changed, repeated, out of order or stale, and heals what is stale', async () => {
    await ended(bench, 'razorpay', ['a', 'b', 'c']);
    const clean = await bench.report('replay', 'results');
    expect([clean.exit, clean.json.outcome]).toEqual([0, 'clean']);
    expect(clean.json.counts).toMatchObject({ missing: 0, extra: 0, different: 0, outOfOrder: 0, stale: 0 });

    const { results, status } = bench.topics;
    const [record] = await bench.records(results);
    if (record === undefined) throw new Error('nothing was published');
    const { key, value, headers } = record;
    const ofOther = headers.map((one) =>
      one.name === 'ce_id' ? { ...one, value: Buffer.from('zz.1') } : one,
    );
    const snapshots = (await bench.records(status)).filter((one) => idOf(one).startsWith('a.'));
    const [oldest] = snapshots;
    if (oldest === undefined) throw new Error('no snapshot was published');
    await bench.send([
      { topic: results, key, value, headers },
      { topic: results, key, value, headers: ofOther },
      { topic: results, key, value: Buffer.from('{}'), headers },
      { topic: status, key: oldest.key, value: oldest.value, headers: oldest.headers },
    ]);
    await bench.sql.query(
      `insert into refundry.journal (payment_no, ordinal, sequence, refund_id, payment_id, occurred_at, cause, status, result, result_type, digest, hash)
       select payment_no, ordinal, 9, refund_id, payment_id, now(), cause, status, result, result_type, digest, hash
       from refundry.journal where refund_id = 'c' and result is not null limit 1`,
    );
    const { exit, json } = await bench.report('replay', 'results');
    expect([exit, json.outcome]).toEqual([2, 'differences']);
    const ids = (of: string): unknown => json.findings[of]?.map(({ id }) => id);
    expect(ids('missing')).toEqual(['c.9']);
    expect(ids('extra')).toEqual(['zz.1']);
    expect(ids('different')).toEqual([idOf(record)]);
    expect(ids('stale')).toEqual(['a']);
    // The oldest snapshot came a second time: that is a repetition, not a disorder.
    expect(json.counts).toMatchObject({ outOfOrder: 0 });
    expect(json.counts['duplicated']).toBe(3);

    expect((await bench.report('replay', 'results', '--heal', '--dry-run')).json['healed']).toBe(0);
    expect((await bench.report('replay', 'results', '--heal', '--refund', 'a')).json['healed']).toBe(1);
    const healed = await bench.report('replay', 'results');
    expect(healed.json.counts).toMatchObject({ stale: 0 });
    expect(
      idOf((await bench.records(status)).filter((one) => idOf(one).startsWith('a.')).at(-1) ?? record),
    ).toBe(idOf(snapshots.at(-1) ?? record));
  });

  it('lists requests that are lost, takes them in only when told to, and never has one paid again', async () => {
    await ended(bench, 'razorpay', ['a', 'b']);
    await ended(bench, 'robokassa', ['k']);
    const paid = await bench.creates();
    const booked = (await bench.sandbox.refunds('razorpay')).length;
    expect(booked).toBe(2);
    await bench.request('razorpay', 'a', 'pay_another', '11.00');
    await bench.send([
      { topic: bench.topics.requested, key: null, value: Buffer.from('no json'), headers: [] },
    ]);
    await bench.until(
      'both are dead letters',
      async () => (await bench.records(bench.topics.deadLetters)).length === 2,
    );

    const clean = await bench.report('replay', 'requests');
    expect([clean.exit, clean.json.counts]).toEqual([
      0,
      expect.objectContaining({ equal: 3, conflict: 1, unreadable: 1, missing: 0, waiting: 0 }),
    ]);

    await bench.stop();
    await loseRows(bench);
    await bench.start(['executor', 'relay']);
    for (const args of [[], ['--ingest', '--dry-run']]) {
      const lost = await bench.report('replay', 'requests', ...args);
      expect(lost.exit).toBe(2);
      expect(lost.json.findings['missing']?.map(({ refundId }) => refundId).toSorted()).toEqual([
        'a',
        'a',
        'b',
        'k',
      ]);
      expect(lost.json.counts).toMatchObject({ unreadableNotKept: 1 });
    }
    expect(await bench.state('a')).toBeNull();
    const before = await bench.sql.query('select * from refundry.intake_position order by topic, partition');

    for (const refund of ['b', 'k']) {
      const { exit, json } = await bench.report('replay', 'requests', '--ingest', '--refund', refund);
      expect(json.findings['taken']?.map(({ refundId }) => refundId)).toEqual([refund]);
      // What cannot be read is nobody's: it is told of whatever is asked for.
      expect(exit).toBe(2);
    }
    await haveEnded(bench, ['b', 'k']);
    expect(await bench.state('b')).toBe('completed');
    expect(await bench.creates()).toBe(paid);
    expect(await bench.sandbox.refunds('razorpay')).toHaveLength(booked);
    const after = await bench.sql.query('select * from refundry.intake_position order by topic, partition');
    expect(after.rows).toEqual(before.rows);
    const again = await bench.report('replay', 'requests', '--ingest', '--refund', 'b');
    expect(again.json.counts).toMatchObject({ equal: 1, taken: 0, missing: 0 });
  });

  it('never calls what moves money, whatever is replayed', async () => {
    await ended(bench, 'razorpay', ['a', 'b']);
    const paid = await bench.creates();
    expect(paid).toBe(2);
    for (const args of [
      ['requests'],
      ['requests', '--ingest'],
      ['results'],
      ['results', '--heal'],
      ['publish'],
      ['publish', '--events', 'status'],
      ['requests', '--from', 'offset:0', '--to', 'offset:1', '--partition', '0'],
      ['results', '--from', '2020-01-01', '--to', '2030-01-01', '--provider', 'razorpay'],
    ])
      expect([args, (await bench.run('replay', ...args)).exit]).toEqual([args, 0]);
    expect(await bench.creates()).toBe(paid);
    // Published again to their own topics: repetitions, and nothing else.
    const { json } = await bench.report('replay', 'results');
    expect(json.counts).toMatchObject({ duplicated: 4, outOfOrder: 0, stale: 0, different: 0 });
  });
}

describe('replays on the embedded bus', () => {
  describeReplays('embedded');
});

onKafka('replays on Kafka', () => {
  describeReplays('kafka');
});
