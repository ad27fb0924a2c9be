import { StalePosition, type BusBatch } from '#libs/bus';
import { IntakeStore, type AcceptBatch, type AcceptVerdicts } from '#libs/store';
import { acceptBatch, acceptOn, acceptRow, Session } from '#libs/store/testing';
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

/** Keeps the parts it was given, and how many it had at a time; may die before one of them. */
class PartStore extends IntakeStore {
  readonly parts: AcceptBatch[] = [];
  diesAt = Infinity;
  atOnce = 0;
  atOnceMost = 0;

  override async accept(part: AcceptBatch): Promise<AcceptVerdicts> {
    if (this.parts.length === this.diesAt) throw new Error('killed');
    this.parts.push(part);
    this.atOnce += 1;
    this.atOnceMost = Math.max(this.atOnceMost, this.atOnce);
    return await super.accept(part).finally(() => {
      this.atOnce -= 1;
    });
  }
}

const column = async (sql: string): Promise<unknown[]> =>
  (await top.sql.query<{ it: unknown }>(sql)).rows.map(({ it }) => it);

const refundCount = async (): Promise<unknown> =>
  (await column('select count(*)::int as it from refundry.refund'))[0];
const position = async (): Promise<unknown> =>
  (await column('select next_offset::int as it from refundry.intake_position where partition = 0'))[0];

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

describe('a batch larger than one statement', () => {
  it.each([
    [200, [200]],
    [201, [200, 1]],
    [400, [200, 200]],
  ])(
    'of %d records › is stored in parts of 200, the last one at the end of the batch',
    async (count, sizes) => {
      const store = new PartStore(top.database);
      const asked = batch(7, requests(count));
      await top.intake({}, store).take({ ...asked, next: asked.next + 3 });
      expect(store.parts.map((part) => part.requests.length)).toEqual(sizes);
      expect(await refundCount()).toBe(count);
      expect(await position()).toBe(7 + count + 3);
    },
  );

  it('in bytes › is stored in parts of 4 MiB of values', async () => {
    const store = new PartStore(top.database);
    await top.intake({}, store).take(batch(0, requests(20, { reason: 'x'.repeat(255) })));
    const big = batch(20, requests(20, {}, 'big'));
    const filler = Buffer.alloc(255_000, ' ');
    const records = big.records.map((record) => ({
      ...record,
      value: Buffer.concat([record.value ?? Buffer.alloc(0), filler]),
    }));
    await top.intake({}, store).take({ ...big, records });
    expect(store.parts.map((part) => part.requests.length)).toEqual([20, 16, 4]);
  });

  it('cut off between its parts › goes on where it ended, and stores nothing twice', async () => {
    const dying = new PartStore(top.database);
    dying.diesAt = 1;
    const whole = batch(0, requests(401));
    await expect(top.intake({}, dying).take(whole)).rejects.toThrow('killed');
    expect(await position()).toBe(200);
    await expect(top.intake().take(whole)).rejects.toBeInstanceOf(StalePosition);
    expect(await refundCount()).toBe(200);
    await top.intake().take({ ...whole, from: 200, records: whole.records.slice(200) });
    expect(await refundCount()).toBe(401);
    expect(await position()).toBe(401);
    expect(top.counts.get('duplicate')).toBeUndefined();
  });

  it('beside those of other partitions › goes on two parts at a time, so that a backlog leaves the rest of the process its turn', async () => {
    const store = new PartStore(top.database);
    const intake = top.intake({}, store);
    const partitions = Array.from({ length: 6 }, (_, partition) => ({
      ...batch(0, requests(201, {}, `p${String(partition)}-`)),
      partition,
    }));
    await Promise.all(partitions.map(async (one) => await intake.take(one)));
    expect(store.atOnceMost).toBe(2);
    expect(store.parts.slice(0, 6).map((part) => part.partition)).toEqual([0, 1, 2, 3, 4, 5]);
    expect(await refundCount()).toBe(6 * 201);
  });

  it('without any record › still moves the position', async () => {
    await top.intake().take({ ...batch(0, []), next: 5 });
    expect(await position()).toBe(5);
  });
});

describe('a batch whose position is another by now', () => {
  it('is refused as stale and stores nothing', async () => {
    await top.intake().take(batch(0, requests(2)));
    await expect(top.intake().take(batch(0, requests(3, {}, 's')))).rejects.toBeInstanceOf(StalePosition);
    expect(await refundCount()).toBe(2);
  });

  it('is refused where two take the same first batch at once, and is stored by one of them', async () => {
    const both = await Promise.allSettled([
      top.intake().take(batch(0, requests(200))),
      top.intake().take(batch(0, requests(200))),
    ]);
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(await refundCount()).toBe(200);
    expect(await position()).toBe(200);
  });
});

describe('a refundId that another session is just storing', () => {
  let other: Session;

  beforeEach(async () => {
    other = new Session({ connectionString: top.database.url });
    await other.start();
  });
  afterEach(async () => {
    await other.end();
  });

  const raced = async (end: 'commit' | 'rollback'): Promise<void> => {
    await other.query('begin');
    await acceptOn(other, acceptBatch([acceptRow('r0')], { partition: 1 }));
    const taken = top.intake().take(batch(0, requests(3)));
    await untilWaiting();
    await other.query(end);
    await taken;
  };

  const untilWaiting = async (): Promise<void> => {
    for (;;) {
      const waiting = await column(
        `select pid as it from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`,
      );
      if (waiting.length > 0) return;
    }
  };

  it('with another content › is asked for again and laid aside, the rest is stored', async () => {
    await raced('commit');
    expect(await column('select code as it from refundry.dead_letter')).toEqual(['CONFLICTING_DUPLICATE']);
    expect(await refundCount()).toBe(3);
    expect(await position()).toBe(3);
  });

  it('and gives up › is stored', async () => {
    await raced('rollback');
    expect(await column('select code as it from refundry.dead_letter')).toEqual([]);
    expect(await refundCount()).toBe(3);
    expect(await position()).toBe(3);
  });
});

describe('a topic that is read again from its earliest, because it was created anew', () => {
  it('yields repetitions of what is known, however old its records are, and moves the position back to its end', async () => {
    const intake = top.intake();
    await intake.take(batch(40, requests(4)));
    await intake.take({ ...batch(0, requests(4), 1_600_000_000_000), from: 44 });
    expect(await position()).toBe(4);
    expect(await lookFirst()).toEqual({ r0: false, r1: false, r2: false, r3: false });
    expect(Object.fromEntries(top.counts)).toEqual({ requests: 8, duplicate: 4 });
    expect(await intake.load()).toEqual(
      new Map([
        ['refunds.requested.v1/0', expect.objectContaining({ next: 4, lastRecordAtMs: 1_600_000_000_000 })],
      ]),
    );
  });
});

describe('what intake counts', () => {
  const bad = { amount: '-1' };

  it('is each record once: new, rejected, repeated, laid aside', async () => {
    const intake = top.intake();
    await intake.take(batch(0, [...requests(2), ...requests(2, bad, 'bad')]));
    await intake.take(
      batch(4, [...requests(2), ...requests(2, bad, 'bad'), ...requests(1, { amount: '2.00' })]),
    );
    await intake.take(batch(9, [...requests(1, bad), ...requests(1, { amount: '3.00' })]));
    expect(Object.fromEntries(top.counts)).toEqual({
      requests: 11,
      'rejected AMOUNT_NOT_POSITIVE': 2,
      duplicate: 4,
      'deadLetter CONFLICTING_DUPLICATE': 3,
    });
  });
});
