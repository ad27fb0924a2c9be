import { WriterAbandoned, type BusRecord } from '#libs/bus';
import { idOf, LEASE_MS, openRelayBench, TOPICS, type RelayBench } from './relay-bench.ts';

let bench: RelayBench;

const empty = async (): Promise<boolean> => (await bench.outboxRows()) === 0;
const ownerCount = async (): Promise<number> =>
  (await bench.sql.query('select distinct owner from refundry.shard_lease where until > now()')).rowCount ??
  0;

const waitingLetters = async (): Promise<number> =>
  (await bench.sql.query('select from refundry.dead_letter where published_at is null')).rowCount ?? 0;
const messageOf = (letter: BusRecord | undefined): string | undefined =>
  letter?.headers.find(({ name }) => name === 'dlq-message')?.value?.toString();
/** Names of headers that are not ours. */
const foreign = (letter: BusRecord | undefined): readonly string[] | undefined =>
  letter?.headers.flatMap(({ name }) => (name.startsWith('dlq-') ? [] : [name]));

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

describe('a relay that is told to stop', () => {
  it('while entries keep coming › stops all the same, and has deleted what it sent', async () => {
    const { relay, sent } = bench.relay('first');
    await bench.write(1, 'warm', [1]);
    await bench.until('it owns the shards', empty);
    let written = 0;
    let isOver = false;
    const writing = (async () => {
      while (!isOver) {
        written += 1;
        await bench.write(written, `r${String(written)}`, [1]);
      }
    })();
    await bench.until('it publishes', () => sent.length > 20);
    await relay.stop();
    isOver = true;
    await writing;
    const published = await bench.ids(TOPICS.results);
    expect(published).toHaveLength(new Set(published).size);
    expect(published.length + (await bench.outboxRows())).toBe(written + 1);
  });
});

describe('a relay whose database is another one when it deletes what it sent', () => {
  it('deletes nothing there that has the same number', async () => {
    const { store } = bench.relay('first');
    await bench.write(1, 'warm', [1]);
    await bench.until('it owns the shards', empty);
    let isExchanged = false;
    store.insteadOfDelete = async () => {
      // The standby that took over had not got the entry, and gives its number to the next one.
      const { rows } = await bench.sql.query<{ id: string }>('delete from refundry.outbox returning id');
      await bench.write(1, 'b', [1]);
      await bench.sql.query(
        `with entry as (delete from refundry.outbox returning shard, payment_no, ordinal, sequence)
         insert into refundry.outbox (shard, id, payment_no, ordinal, sequence) overriding system value
         select shard, $1, payment_no, ordinal, sequence from entry`,
        [rows[0]?.id],
      );
      isExchanged = true;
    };
    await bench.write(1, 'a', [1]);
    await bench.until('everything is published', async () => isExchanged && (await empty()));
    expect((await bench.ids(TOPICS.results)).toSorted()).toEqual(['a.1', 'b.1', 'warm.1']);
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
    await bench.until('it is published', async () => (await copies()) >= 1);
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
    // A send that is given up on a busy machine would leave copies.
    bench = await openRelayBench({ 'max.message.bytes': '2000' }, 30_000);
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
    await bench.bury({ value: Buffer.alloc(5000, 'x'), key: Buffer.from('k') });
    await bench.bury({ value: Buffer.from('small') });
    bench.relay('one');
    await bench.until('both are there', async () => (await bench.records(TOPICS.deadLetters)).length === 2);
    const [large, small] = await bench.records(TOPICS.deadLetters);
    expect([large?.value, large?.key?.toString()]).toEqual([null, 'k']);
    expect(messageOf(large)).toBe(
      'too large for this topic: value left out, kept in the store as dead letter 1; m',
    );
    expect(small?.value).toEqual(Buffer.from('small'));
  });

  it('a dead letter’s headers or key › are left out like its value, and those behind it are published', async () => {
    const big = Buffer.alloc(5000, 'x');
    const [value, key] = [Buffer.from('v'), Buffer.from('k')];
    await bench.bury({ value, key, headers: [{ name: 'h', value: big }] });
    await bench.bury({ value, key: big, headers: [{ name: 'h', value }] });
    await bench.bury({ value: Buffer.from('small') });
    bench.relay('one');
    await bench.until('all are there', async () => (await bench.records(TOPICS.deadLetters)).length === 3);
    const [headless, keyless, small] = await bench.records(TOPICS.deadLetters);
    expect([headless?.value, headless?.key?.toString(), foreign(headless)]).toEqual([null, 'k', []]);
    expect(messageOf(headless)).toContain('value, headers left out, kept in the store as dead letter 1');
    expect([keyless?.value, keyless?.key, foreign(keyless)]).toEqual([null, null, []]);
    expect(messageOf(keyless)).toContain('value, headers, key left out, kept in the store as dead letter 2');
    expect(small?.value).toEqual(Buffer.from('small'));
    await bench.until('none waits', async () => (await waitingLetters()) === 0);
  });
});

describe('dead letters that cannot be published', () => {
  const forDeadLetters = (messages: readonly { readonly topic: string }[]): boolean =>
    messages.some(({ topic }) => topic === TOPICS.deadLetters);

  it('because their topic is missing › keep neither events nor snapshots waiting, and follow when it is there', async () => {
    await bench.close();
    bench = await openRelayBench({}, LEASE_MS, [TOPICS.results, TOPICS.status]);
    await bench.sql.query(
      `update refundry.shard_lease set owner = 'dead', until = now() - interval '1 second'`,
    );
    await bench.bury({ value: Buffer.from('v') });
    await bench.write(1, 'a', [1]);
    bench.relay('one');
    await bench.until(
      'the snapshot is repeated after the takeover',
      async () => (await bench.ids(TOPICS.status)).length >= 2,
    );
    expect(bench.log.some((line) => line.includes('publishing dead letters failed'))).toBe(true);
    expect(bench.log.filter((line) => line.includes('the entries stay'))).toEqual([]);
    const admin = await bench.bus.admin();
    await admin.createTopics([{ topic: TOPICS.deadLetters, partitions: 1 }]);
    await admin.close();
    await bench.until('it is published', async () => (await waitingLetters()) === 0);
    const [letter] = await bench.records(TOPICS.deadLetters);
    expect(letter?.value?.toString()).toBe('v');
  });

  it('because their topic does not answer › keep no event waiting', async () => {
    const answer = Promise.withResolvers<void>();
    let isAsked = false;
    bench.relay('one', {
      onSend: async (messages, deliver) => {
        if (forDeadLetters(messages)) {
          isAsked = true;
          await answer.promise;
        }
        await deliver();
      },
    });
    await bench.bury({ value: Buffer.from('v') });
    await bench.until('it is being sent', () => isAsked);
    await bench.write(1, 'a', [1]);
    await bench.until('the event is published', empty);
    expect(await waitingLetters()).toBe(1);
    answer.resolve();
    await bench.until('it is published', async () => (await waitingLetters()) === 0);
  });

  it('together in time › go one by one', async () => {
    await bench.close();
    bench = await openRelayBench({}, 30_000);
    for (const value of ['1', '2', '3']) await bench.bury({ value: Buffer.from(value) });
    bench.relay('one', {
      onSend: async (messages, deliver) => {
        if (forDeadLetters(messages) && messages.length > 1) throw new WriterAbandoned('not waited for');
        await deliver();
      },
    });
    await bench.until('all are published', async () => (await waitingLetters()) === 0);
    expect((await bench.records(TOPICS.deadLetters)).map(({ value }) => value?.toString())).toEqual([
      '1',
      '2',
      '3',
    ]);
  });
});

it('sends dead letters of about a mebibyte at a time, a larger one alone', async () => {
  await bench.close();
  bench = await openRelayBench({ 'max.message.bytes': '4000000' }, 30_000);
  const sizes = [400_000, 400_000, 400_000, 1_500_000, 10];
  for (const size of sizes) await bench.bury({ value: Buffer.alloc(size) });
  const sends: number[][] = [];
  bench.relay('one', {
    onSend: async (messages, deliver) => {
      sends.push(messages.map(({ value }) => value?.length ?? 0));
      await deliver();
    },
  });
  await bench.until('all are published', async () => (await waitingLetters()) === 0);
  expect(sends).toEqual([[400_000, 400_000], [400_000], [1_500_000], [10]]);
});

it('waits out a lease before it takes what another owns', async () => {
  const untilMs = Date.now() + LEASE_MS;
  await bench.sql.query(
    `update refundry.shard_lease set owner = 'other', until = now() + interval '${String(LEASE_MS)} milliseconds'`,
  );
  await bench.write(1, 'a', [1]);
  bench.relay('one');
  await bench.until('it is published', empty);
  expect(Date.now()).toBeGreaterThanOrEqual(untilMs - 50);
});
