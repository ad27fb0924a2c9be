import { coreOf } from '#libs/contracts';
import {
  acknowledgedIn,
  bookedIn,
  KINDS,
  ceIdOf,
  openBooksBench,
  resultsOf,
  sumOfLines,
  type BooksBench,
} from './books-bench.ts';

const events = [
  ...Array.from({ length: 40 }, (_, index) =>
    resultsOf(`rf_${String(index)}`, index % 5 === 0 ? 'reversed' : 'completed', `${String(index + 1)}.50`),
  ),
  resultsOf('failed', 'failed', '1.00'),
  resultsOf('rupees', 'completed', '7.00', { currency: 'INR', account: 'india' }),
  resultsOf('rehearsed', 'completed', '9.99', { mode: 'test' }),
].flat();
const acknowledgementsBy = (consumer: string): ReadonlySet<string> =>
  new Set(events.map((event) => `${consumer}.${ceIdOf(event)}`));

describe.each(KINDS)('accounting on %s', (kind) => {
  let bench: BooksBench;
  beforeEach(async () => {
    bench = await openBooksBench(kind);
  });
  afterEach(async () => {
    await bench.close();
  });

  it('books every result once, whatever is delivered twice, and acknowledges each', async () => {
    const { topics } = bench;
    await bench.publish(topics.results, [...events.slice(0, 20), ...events, ...events.toReversed()]);
    const accounting = await bench.start();
    await bench.caughtUp(topics.results);
    const statement = await accounting.statement();
    expect(bookedIn(statement)).toEqual(sumOfLines(events));
    expect(statement).toMatchObject({ results: events.length, suspects: {}, reversalsAlone: [] });
    expect(accounting.taken.duplicates).toBe(events.length + 20);
    const acknowledged = acknowledgedIn(await bench.acknowledgements());
    expect(new Set(acknowledged.keys())).toEqual(acknowledgementsBy('accounting'));
  });

  it('reads all of it again from the earliest: nothing changes, and all is acknowledged again', async () => {
    const { topics } = bench;
    await bench.publish(topics.results, events);
    const first = await bench.start();
    await bench.caughtUp(topics.results);
    const before = await first.statement();
    await first.stop();
    const again = await bench.start({ fromEarliest: true });
    await bench.caughtUp(topics.results);
    expect(await again.statement()).toEqual(before);
    expect(again.taken).toEqual({ applied: 0, duplicates: events.length, suspects: 0, ahead: 0 });
    const records = await bench.acknowledgements();
    expect(records).toHaveLength(2 * events.length);
    expect(acknowledgedIn(records).size).toBe(events.length);
  });

  it('shares the partitions of one consumer between two processes', async () => {
    const { topics } = bench;
    const running = [await bench.start(), await bench.start()];
    await bench.publish(topics.results, [...events, ...events]);
    await bench.caughtUp(topics.results);
    const [one, other] = running.map(({ taken }) => taken.applied);
    expect((one ?? 0) + (other ?? 0)).toBe(events.length);
    expect(bookedIn(await (running[0] as (typeof running)[0]).statement())).toEqual(sumOfLines(events));
  });

  it('gives a second consumer on a copied topic the same balances, in whatever order', async () => {
    const { topics } = bench;
    await bench.publish(topics.results, events);
    await bench.publish(topics.copy, events.toReversed());
    const live = await bench.start();
    const rehearsal = await bench.start({
      consumer: 'rehearsal',
      topic: topics.copy,
      acknowledgedTopic: null,
    });
    await bench.caughtUp(topics.results);
    await bench.caughtUp(topics.copy, 'rehearsal');
    const [one, other] = [await live.statement(), await rehearsal.statement()];
    expect(other.balances).toEqual(one.balances);
    expect(bookedIn(other)).toEqual(sumOfLines(events));
    expect([live.taken.ahead, rehearsal.taken.ahead]).toEqual([0, 8]);
    expect(other.reversalsAlone).toEqual([]);
    const acknowledged = acknowledgedIn(await bench.acknowledgements());
    expect(new Set(acknowledged.keys())).toEqual(acknowledgementsBy('accounting'));
  });

  it('keeps aside what is not sound, byte for byte, and books the rest of the batch', async () => {
    const { topics } = bench;
    const [sound] = resultsOf('sound', 'completed', '5.00');
    const [other] = resultsOf('sound', 'completed', '6.00');
    if (sound === undefined || other === undefined) throw new Error('results were made');
    const repeated = [
      { name: 'x', value: Buffer.from([0xff]) },
      { name: 'x', value: null },
    ];
    const poison = { ...sound, value: Buffer.from([0xff, 0]), headers: [...sound.headers, ...repeated] };
    const erased = { ...sound, value: Buffer.from(coreOf(sound.value?.toString() ?? '')) };
    const last = resultsOf('last', 'completed', '1.00');
    await bench.publish(topics.results, [poison, sound, other, erased, sound, ...last]);
    const accounting = await bench.start();
    await bench.caughtUp(topics.results);
    const statement = await accounting.statement();
    expect(bookedIn(statement)).toEqual(sumOfLines([sound, ...last]));
    expect(statement.suspects).toEqual({ RESULT_CONTRADICTS: 1, RESULT_UNREADABLE: 1 });
    expect(accounting.taken).toEqual({ applied: 2, duplicates: 2, suspects: 2, ahead: 0 });
    const { rows } = await bench.sql.query<{ value: Buffer; key: Buffer; headers: Buffer }>(
      'select key, value, headers from accounting.suspect order by reason desc',
    );
    expect(rows.map(({ value }) => value)).toEqual([poison.value, other.value]);
    expect(rows[0]?.key).toEqual(poison.key);
    const headers = JSON.parse(rows[0]?.headers.toString() ?? '') as unknown[];
    expect(headers.slice(-2)).toEqual([
      ['x', '/w=='],
      ['x', null],
    ]);
    expect([...acknowledgedIn(await bench.acknowledgements()).keys()].toSorted()).toEqual([
      'accounting.last.3',
      'accounting.sound.3',
    ]);
  });

  it('does not begin in the middle when its books are emptied under it', async () => {
    const { topics } = bench;
    await bench.publish(topics.results, events.slice(0, 20));
    const accounting = await bench.start();
    await bench.caughtUp(topics.results);
    await bench.sql.query(
      'truncate accounting.position, accounting.applied, accounting.entry, accounting.balance',
    );
    await bench.publish(topics.results, [...events.slice(20), ...events]);
    await bench.caughtUp(topics.results);
    expect(bookedIn(await accounting.statement())).toEqual(sumOfLines(events));
  });
});
