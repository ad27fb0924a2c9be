import { Client } from 'pg';
import { WriterAbandoned, type Bus } from '#libs/bus';
import { SealRoot } from '#libs/contracts';
import { SealStore, type StoredSeal } from '#libs/store';
import { until } from '../support/until.ts';
import { openJournalBench, sending, type JournalBench } from './journal-bench.ts';

let bench: JournalBench;

beforeEach(async () => {
  bench = await openJournalBench();
});
afterEach(async () => {
  await bench.close();
});

const ids = async (): Promise<readonly string[]> =>
  (await bench.published()).map(
    ({ headers }) => headers.find(({ name }) => name === 'ce_id')?.value?.toString() ?? '',
  );

const sealedUpTo = async (): Promise<number> => (await bench.seals.lastSeal())?.lastEntry ?? 0;

/** Everything that is numbered by now is sealed and published. */
const allSealed = async (): Promise<void> => {
  const upTo = await bench.seals.lastEntry();
  await until('everything is sealed', async () => (await sealedUpTo()) >= upTo);
  await until('every seal is published', async () => (await bench.seals.unpublished(1)).length === 0);
};

/** The bus, and how many writers were taken from it and not closed. */
function counting(bus: Bus): {
  readonly bus: Bus;
  readonly writers: () => readonly [taken: number, open: number];
} {
  let taken = 0;
  let closed = 0;
  const writer: Bus['writer'] = async () => {
    const one = await bus.writer();
    taken += 1;
    return {
      send: async (messages, signal) => {
        await one.send(messages, signal);
      },
      close: async () => {
        closed += 1;
        await one.close();
      },
    };
  };
  return { bus: { ...bus, writer }, writers: () => [taken, taken - closed] };
}

/** A connection that has numbered a journal row and does not commit. */
async function openWriter(): Promise<Client> {
  const writer = new Client({ connectionString: bench.top.databaseUrl });
  await writer.connect();
  await writer.query('begin');
  await writer.query(
    `insert into refundry.journal (payment_no, ordinal, sequence, refund_id, payment_id, occurred_at, cause, status, digest, hash)
     values (4711, 1, 1, 'late', 'pay_late', now(), 'test', '{}', '', '')`,
  );
  return writer;
}

describe('the sealer', () => {
  it('seals what was written in ranges that follow each other, and publishes each seal as an event', async () => {
    await bench.completed('a');
    await bench.seal();
    await bench.completed('b');
    await bench.seal();
    expect(await ids()).toEqual(['seal.1', 'seal.2']);
    const [first, second] = (await bench.published()).map(
      ({ value }) => JSON.parse(value?.toString() ?? '') as Record<string, unknown>,
    );
    expect(first).toMatchObject({ seal: 1, firstEntry: 0, entries: 2, refunds: 1 });
    expect(second).toMatchObject({ seal: 2, entries: 2, refunds: 1, previous: first?.['hash'] });
    expect(second?.['firstEntry']).toBe(Number(first?.['lastEntry']) + 1);
    expect(await bench.verify(true)).toEqual([]);
  });

  it('makes no seal where nothing was written', async () => {
    await bench.completed('a');
    await bench.seal();
    await bench.top.sql.query(`select nextval('refundry.journal_entry_no')`);
    const sealer = bench.sealer('idle');
    await bench.completed('b');
    await allSealed();
    await sealer.stop();
    expect((await bench.seals.lastSeal())?.seal).toBeLessThanOrEqual(3);
    expect(await bench.verify(true)).toEqual([]);
  });

  it('waits for a transaction that has numbered a row and is still open, while others commit behind it', async () => {
    const writer = await openWriter();
    await bench.completed('a');
    let looks = 0;
    class Watched extends SealStore {
      override async stillWriting(writers: readonly string[]): Promise<readonly string[]> {
        looks += 1;
        return await super.stillWriting(writers);
      }
    }
    const sealer = bench.sealer('patient', { store: (database) => new Watched(database) });
    await until('the sealer has looked at the open transaction', () => looks > 10);
    expect(await bench.seals.lastSeal()).toBeNull();
    await writer.query('commit');
    await writer.end();
    await allSealed();
    await sealer.stop();
    expect((await bench.seals.lastSeal())?.entries).toBe(3);
    const found = await bench.verify(true);
    expect(found.filter(({ seal }) => seal !== undefined)).toEqual([]);
  });

  it('does not wait for a transaction that only reads', async () => {
    const reader = new Client({ connectionString: bench.top.databaseUrl });
    await reader.connect();
    await reader.query('begin isolation level repeatable read');
    await reader.query('select count(*) from refundry.journal');
    await bench.completed('a');
    await bench.seal();
    await reader.end();
    expect(await ids()).toEqual(['seal.1']);
  });

  it('seals first what is from before rows were numbered', async () => {
    await bench.completed('old1');
    await bench.completed('old2');
    await bench.top.sql.query('update refundry.journal set entry_no = 0');
    await bench.completed('new');
    await bench.seal();
    const seals: StoredSeal[] = [];
    for await (const page of bench.seals.seals()) seals.push(...page);
    expect(seals.map(({ firstEntry, entries }) => [firstEntry, entries])).toEqual([
      [0, 4],
      [1, 2],
    ]);
    expect(await bench.verify(true)).toEqual([]);
  });

  it('hashes rows in the database as they are hashed when they are verified, whatever stands in them', async () => {
    const odd = '"\\\b\f\n\r\t\u0001\u001f\u007f\u2028é😀</\u00a0';
    const before = await bench.seals.lastEntry();
    await bench.top.sql.query(
      `insert into refundry.journal (payment_no, ordinal, sequence, refund_id, payment_id, occurred_at, cause, traceparent, status, result_type, digest, hash)
       select n, 1, n % 3 + 1, $1::text || n, $1, now() - (n - 9223372036854775000) * interval '1.0009 seconds', $1, case n % 2 when 0 then $1 end, '{}', case n % 2 when 1 then $1 end, sha256($2), sha256($2)
       from generate_series(9223372036854775001, 9223372036854775010) n`,
      [odd, Buffer.from(odd)],
    );
    const upTo = await bench.seals.lastEntry();
    const root = new SealRoot();
    for await (const page of bench.seals.rows(before, upTo)) for (const row of page) root.add(row);
    expect(root.entries).toBe(10);
    const { entries, refunds } = root;
    expect(await bench.seals.rootOf(before, upTo)).toEqual({ entries, refunds, root: root.root() });
  });

  it('splits what has piled up into seals of bounded size', async () => {
    for (const refundId of ['a', 'b', 'c']) await bench.completed(refundId);
    const sealer = bench.sealer('small', { options: { entriesMax: 2 } });
    await allSealed();
    await sealer.stop();
    expect(await ids()).toEqual(['seal.1', 'seal.2', 'seal.3']);
    expect(await bench.verify(true)).toEqual([]);
  });

  it('says so and seals nothing when the numbers were set back below what is sealed', async () => {
    await bench.completed('a');
    await bench.seal();
    await bench.top.sql.query(`select setval('refundry.journal_entry_no', 1)`);
    bench.sealer('set back');
    await until('it says so', () => bench.log.some((text) => text.includes('set back')));
    expect((await bench.seals.lastSeal())?.seal).toBe(1);
  });
});

describe('a seal that was stored', () => {
  it('is published by the next sealer when the first was killed before it could', async () => {
    await bench.completed('a');
    const away = sending(bench.bus, async () => await Promise.reject(new Error('killed')));
    const first = bench.sealer('first', { bus: away });
    await until('a seal is stored', async () => (await bench.seals.lastSeal()) !== null);
    await first.stop();
    expect(await ids()).toEqual([]);
    bench.sealer('second');
    await allSealed();
    expect(await ids()).toEqual(['seal.1']);
    expect(await bench.verify(true)).toEqual([]);
  });

  it('is published once more, byte for byte, when the first was killed before it noted that', async () => {
    await bench.completed('a');
    let sends = 0;
    const dying = sending(bench.bus, async (deliver) => {
      sends += 1;
      if (sends === 1) await deliver();
      throw new Error('killed');
    });
    const first = bench.sealer('first', { bus: dying });
    await until('it was sent', () => sends > 0);
    await first.stop();
    bench.sealer('second');
    await allSealed();
    const records = (await bench.published()).map(({ key, value, headers }) =>
      JSON.stringify([
        key?.toString(),
        value?.toString(),
        headers.map(({ value: text }) => text?.toString()),
      ]),
    );
    expect(records).toHaveLength(2);
    expect(new Set(records).size).toBe(1);
    expect(await bench.verify(true)).toEqual([]);
  });

  it('waits for the bus, while sealing goes on', async () => {
    let isAway = true;
    const bus = sending(bench.bus, async (deliver) => {
      if (isAway) throw new Error('away');
      await deliver();
    });
    bench.sealer('alone', { bus });
    for (const refundId of ['a', 'b']) {
      await bench.completed(refundId);
      const upTo = await bench.seals.lastEntry();
      await until('it is sealed', async () => (await sealedUpTo()) >= upTo);
    }
    isAway = false;
    await allSealed();
    expect(await bench.verify(true)).toEqual([]);
  });
});

describe('a sealer that fails again and again', () => {
  it('keeps its one writer while the topic of the seals is missing, and closes it in the end', async () => {
    const { bus, writers } = counting(bench.bus);
    await bench.completed('a');
    const sealer = bench.sealer('alone', { bus, options: { topic: 'missing' } });
    const failures = (): number => bench.log.filter((line) => line.includes('no topic missing')).length;
    await until('it has failed three times', () => failures() >= 3);
    expect(writers()).toEqual([1, 1]);
    await sealer.stop();
    expect(writers()).toEqual([1, 0]);
  });

  it('keeps its one writer while the database does not take what was published', async () => {
    const { bus, writers } = counting(bench.bus);
    let failures = 0;
    class Failing extends SealStore {
      override async markPublished(seals: readonly StoredSeal[]): Promise<void> {
        failures += 1;
        if (failures <= 3) throw new Error('connection terminated');
        await super.markPublished(seals);
      }
    }
    await bench.completed('a');
    bench.sealer('alone', { bus, store: (database) => new Failing(database) });
    await allSealed();
    expect(failures).toBe(4);
    expect(writers()).toEqual([1, 1]);
  });

  it('never uses a writer again whose send was not waited for', async () => {
    const { bus, writers } = counting(bench.bus);
    let sends = 0;
    const slow = sending(bus, async (deliver) => {
      sends += 1;
      if (sends === 1) throw new WriterAbandoned('not waited for');
      await deliver();
    });
    await bench.completed('a');
    bench.sealer('alone', { bus: slow });
    await allSealed();
    expect(writers()[0]).toBe(2);
  });
});

describe('two sealers at once', () => {
  it('make every seal once, in order, and one goes on when the other ends', async () => {
    const first = bench.sealer('first', { options: { everyMs: 1, entriesMax: 2 } });
    bench.sealer('second', { options: { everyMs: 1, entriesMax: 2 } });
    for (const refundId of ['a', 'b']) await bench.completed(refundId);
    await first.stop();
    for (const refundId of ['c', 'd']) await bench.completed(refundId);
    await allSealed();
    const found = await ids();
    expect(found).toEqual(found.map((_id, index) => `seal.${String(index + 1)}`));
    expect(await bench.verify(true)).toEqual([]);
  });

  it('one of which has stood still past its lease add no second seal of a number', async () => {
    await bench.completed('a');
    const standing = Promise.withResolvers<void>();
    class Standing extends SealStore {
      override async add(seal: Parameters<SealStore['add']>[0]): Promise<boolean> {
        await standing.promise;
        return await super.add(seal);
      }
    }
    bench.sealer('slow', { store: (database) => new Standing(database), options: { leaseMs: 50 } });
    bench.sealer('quick');
    await allSealed();
    await bench.completed('b');
    await allSealed();
    standing.resolve();
    await bench.completed('c');
    await allSealed();
    expect(new Set(await ids()).size).toBe((await bench.seals.lastSeal())?.seal);
    expect(await bench.verify(true)).toEqual([]);
  });
});
