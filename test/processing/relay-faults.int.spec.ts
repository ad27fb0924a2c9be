import { WriterAbandoned } from '#libs/bus';
import { idOf, LEASE_MS, openRelayBench, TOPICS, type RelayBench } from './relay-bench.ts';

let bench: RelayBench;

const empty = async (): Promise<boolean> => (await bench.outboxRows()) === 0;
const ownerCount = async (): Promise<number> =>
  (await bench.sql.query('select distinct owner from refundry.shard_lease where until > now()')).rowCount ??
  0;

beforeEach(async () => {
  bench = await openRelayBench();
});

afterEach(async () => {
  await bench.close();
});

describe('a relay that stands still with entries in hand until another has taken over', () => {
  it('sends none of them when it goes on', async () => {
    const first = bench.relay('first');
    await bench.write(1, 'warm', [1]);
    await bench.until('the first owns the shards', empty);
    first.store.stall();
    await bench.write(1, 'a', [1]);
    const second = bench.relay('second');
    await bench.until('the second takes over', empty);
    await bench.write(1, 'a', [2]);
    await bench.until('the second goes on', empty);
    await bench.until('the second has repeated its last snapshot', () => second.sent.includes('a.2 status'));
    first.store.wake();
    await bench.until('both share the shards', async () => (await ownerCount()) === 2);
    expect(first.sent.filter((sent) => sent.startsWith('a.'))).toEqual([]);
    expect((await bench.ids(TOPICS.status)).filter((id) => id.startsWith('a.')).at(-1)).toBe('a.2');
    expect((await bench.ids(TOPICS.results)).filter((id) => id.startsWith('a.'))).toEqual(['a.1', 'a.2']);
  });
});

describe('a relay that takes over shards of one that never let go', () => {
  const dead = async (): Promise<void> => {
    await bench.sql.query(
      `update refundry.shard_lease set owner = 'dead', until = now() - interval '1 second'`,
    );
  };
  const copies = async (): Promise<number> =>
    (await bench.ids(TOPICS.status)).filter((id) => id === 'a.1').length;

  it.each([
    ['at once', 0],
    ['when the answer to its first renewal is lost', 1],
  ])('%s › repeats the last snapshot of what it published, after one lease', async (_when, renewalsLost) => {
    await dead();
    await bench.write(1, 'a', [1]);
    bench.relay('next', { renewalsLost });
    await bench.until('it is published', async () => (await copies()) === 1);
    await bench.until('the snapshot is repeated', async () => (await copies()) === 2);
    expect((await bench.ids(TOPICS.results)).filter((id) => id === 'a.1')).toHaveLength(1);
  });

  it('and whose repetition fails › repeats it again', async () => {
    await dead();
    await bench.write(1, 'a', [1]);
    let sends = 0;
    bench.relay('next', {
      onSend: async (_messages, deliver) => {
        sends += 1;
        if (sends === 2) throw new WriterAbandoned('not waited for');
        await deliver();
      },
    });
    await bench.until('the snapshot is repeated', async () => (await copies()) === 2);
    expect(sends).toBe(3);
  });
});

describe('a send that was not waited for', () => {
  it('is repeated byte for byte through another writer, and snapshots follow it', async () => {
    let sends = 0;
    bench.relay('one', {
      onSend: async (_messages, deliver) => {
        sends += 1;
        await deliver();
        if (sends === 1) throw new WriterAbandoned('not waited for');
      },
    });
    await bench.write(1, 'a', [1, 2]);
    await bench.until('it is published', empty);
    await bench.until('the last snapshot follows', async () => (await bench.ids(TOPICS.status)).length === 5);
    expect(await bench.ids(TOPICS.results)).toEqual(['a.1', 'a.2', 'a.1', 'a.2']);
    expect(await bench.ids(TOPICS.status)).toEqual(['a.1', 'a.2', 'a.1', 'a.2', 'a.2']);
    const [first, , again] = await bench.records(TOPICS.results);
    expect(again?.value).toEqual(first?.value);
    expect(again?.headers).toEqual(first?.headers);
    expect(again?.key).toEqual(first?.key);
  });
});

describe('many entries', () => {
  // Long enough for a busy machine: a lease that runs out meanwhile would have some of them sent twice.
  beforeEach(async () => {
    await bench.close();
    bench = await openRelayBench({}, 30_000);
  });

  it('of some shards › do not keep the others waiting', async () => {
    const many = Array.from({ length: 640 }, (_, n) => n + 1);
    for (let payment = 0; payment < 8; payment += 1)
      await bench.write(payment, `busy${String(payment)}`, many);
    await bench.write(31, 'a', [1]);
    const { sent } = bench.relay('one');
    await bench.until('the other shard has its turn', () => sent.includes('a.1 results'));
    expect(sent.indexOf('a.1 results')).toBeLessThan(2 * 1500);
    await bench.until('all is published', empty);
    for (let payment = 0; payment < 8; payment += 1) {
      const own = sent.filter(
        (each) => each.startsWith(`busy${String(payment)}.`) && each.endsWith('results'),
      );
      expect(own).toEqual(many.map((sequence) => `busy${String(payment)}.${String(sequence)} results`));
    }
  });

  it('are published to the last one when it is told to stop', async () => {
    const { relay } = bench.relay('one');
    await bench.write(1, 'warm', [1]);
    await bench.until('it owns the shards', empty);
    for (let payment = 0; payment < 40; payment += 1)
      await bench.write(
        payment,
        `r${String(payment)}`,
        Array.from({ length: 40 }, (_, n) => n + 1),
      );
    await relay.stop();
    expect(await bench.outboxRows()).toBe(0);
    expect(await bench.ids(TOPICS.results)).toHaveLength(1601);
    const { rowCount } = await bench.sql.query('select from refundry.shard_lease where owner is not null');
    expect(rowCount).toBe(0);
  });
});

describe('two relays that come and go', () => {
  it('never publish one refund out of order, nor leave anything out', async () => {
    const refunds = Array.from({ length: 64 }, (_, n) => `r${String(n)}`);
    const sequences = Array.from({ length: 30 }, (_, n) => n + 1);
    const first = bench.relay('first');
    const second = bench.relay('second');
    for (const sequence of sequences) {
      for (const [payment, refundId] of refunds.entries()) await bench.write(payment, refundId, [sequence]);
      if (sequence === 8) first.store.stall();
      if (sequence === 16) first.store.wake();
      if (sequence === 20) await second.relay.stop();
    }
    await bench.until('all is published', empty);
    const ids = (await bench.records(TOPICS.results)).map(idOf);
    for (const refundId of refunds) {
      const own = ids.filter((id) => id.startsWith(`${refundId}.`)).map((id) => Number(id.split('.')[1]));
      const firsts = own.filter((sequence, at) => own.indexOf(sequence) === at);
      expect(firsts).toEqual(sequences);
      expect(own).toEqual(own.toSorted((a, b) => a - b));
    }
  });
});

describe('what its topic does not take', () => {
  beforeEach(async () => {
    await bench.close();
    bench = await openRelayBench({ 'max.message.bytes': '2000' });
  });

  it('an event › stops its own refund only, without a gap', async () => {
    bench.relay('one');
    await bench.write(1, 'big', [1]);
    await bench.write(1, 'big', [2], 5000);
    await bench.write(1, 'big', [3]);
    await bench.write(1, 'a', [1]);
    await bench.write(2, 'b', [1]);
    await bench.until('the rest is published', async () => (await bench.outboxRows()) === 2);
    expect((await bench.ids(TOPICS.results)).toSorted()).toEqual(['a.1', 'b.1', 'big.1']);
    expect(bench.log.filter((line) => line.includes('larger than its topic takes'))).toHaveLength(1);
  });

  it('events of more refunds than one round takes › still leave the way free', async () => {
    for (let n = 0; n < 70; n += 1) await bench.write(1, `big${String(n)}`, [1], 5000);
    await bench.write(1, 'a', [1]);
    bench.relay('one');
    await bench.until(
      'the small one is published',
      async () => (await bench.ids(TOPICS.results)).length === 1,
    );
    expect(await bench.ids(TOPICS.results)).toEqual(['a.1']);
  });

  it('a dead letter › goes without its value and says where it is', async () => {
    await bench.sql.query(
      `insert into refundry.dead_letter (group_id, cluster, topic, partition, record_offset, record_at, code, message, value, headers)
       values ('g', 'c', 'requests', 0, 7, now(), 'NOT_UTF8', 'm', $1, '[]'), ('g', 'c', 'requests', 0, 8, now(), 'NOT_UTF8', 'm', $2, '[]')`,
      [Buffer.alloc(5000, 'x'), Buffer.from('small')],
    );
    bench.relay('one');
    await bench.until('both are there', async () => (await bench.records(TOPICS.deadLetters)).length === 2);
    const [large, small] = await bench.records(TOPICS.deadLetters);
    expect(large?.value).toBeNull();
    expect(large?.headers.find(({ name }) => name === 'dlq-message')?.value?.toString()).toContain(
      'dead letter 1',
    );
    expect(small?.value).toEqual(Buffer.from('small'));
  });
});

it('waits out a lease before it takes what another owns', async () => {
  await bench.sql.query(
    `update refundry.shard_lease set owner = 'other', until = now() + interval '${String(LEASE_MS)} milliseconds'`,
  );
  const untilMs = Date.now() + LEASE_MS;
  await bench.write(1, 'a', [1]);
  bench.relay('one');
  await bench.until('it is published', empty);
  expect(Date.now()).toBeGreaterThanOrEqual(untilMs - 50);
});
