import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { startChild, type Child } from '../support/child.ts';
import { until } from '../support/until.ts';
import {
  acknowledgedIn,
  KINDS,
  bookedIn,
  ceIdOf,
  openBooksBench,
  resultsOf,
  sumOfLines,
  type BooksBench,
} from './books-bench.ts';

/** The compiled program; `npm test` builds it first. */
const ACCOUNTING = join(import.meta.dirname, '../../dist/apps/accounting/main.js');

const events = Array.from({ length: 20 }, (_, index) =>
  resultsOf(`rf_${String(index)}`, index % 4 === 0 ? 'reversed' : 'completed', '2.25'),
).flat();
const everyId = events.map((event) => `accounting.${ceIdOf(event)}`).toSorted();

describe.each(KINDS)('accounting on %s, killed', (kind) => {
  let bench: BooksBench;
  let directory: string;
  let holder: Client;
  const children: Child[] = [];

  beforeEach(async () => {
    bench = await openBooksBench(kind);
    directory = await mkdtemp(join(tmpdir(), 'refundry-books-'));
    holder = new Client({ connectionString: bench.databaseUrl });
    await holder.connect();
    // Creates the schema, so that a test can hold its locks before the program runs.
    await (await bench.start({ topic: bench.topics.copy })).stop();
    await bench.publish(bench.topics.results, events);
  });
  afterEach(async () => {
    for (const child of children.splice(0)) child.kill('SIGKILL');
    await holder.end();
    await bench.close();
    await rm(directory, { recursive: true, force: true });
  });

  async function start(acknowledged = bench.topics.acknowledged): Promise<Child> {
    const file = join(directory, 'refundry.json');
    await writeFile(file, JSON.stringify({ topics: { results: bench.topics.results, acknowledged } }));
    const env = { ...bench.environment, REFUNDRY_CONFIG: file, TOPICS_CREATE: 'false' };
    const child = await startChild(ACCOUNTING, [], env);
    children.push(child);
    return child;
  }

  async function kill(child: Child): Promise<void> {
    child.kill('SIGKILL');
    await child.exited;
    // The server notices a dead client only when it next looks at it; what it held must be free before the next one starts.
    await bench.sql.query(
      `select pg_terminate_backend(pid, 5000) from pg_stat_activity where application_name = 'refundry-accounting' and datname = current_database()`,
    );
  }

  /** Holds a lock until it is let go. */
  async function hold(sql: string): Promise<void> {
    await holder.query('begin');
    await holder.query(sql);
  }

  async function waiting(): Promise<number> {
    const { rows } = await bench.sql.query<{ acks: number }>(
      'select count(*)::int as acks from accounting.ack',
    );
    return rows[0]?.acks ?? 0;
  }

  async function blocked(what: string, kind: 'relation' | 'advisory'): Promise<void> {
    await until(what, async () => {
      const { rows } = await bench.sql.query(
        `select 1 from pg_stat_activity where datname = current_database() and application_name = 'refundry-accounting'
           and wait_event_type = 'Lock' and wait_event = $1`,
        [kind],
      );
      return rows.length > 0;
    });
  }

  async function finish(): Promise<void> {
    await start();
    await bench.caughtUp(bench.topics.results);
    const books = await bench.start({ topic: bench.topics.copy });
    const statement = await books.statement();
    expect(bookedIn(statement)).toEqual(sumOfLines(events));
    expect(statement).toMatchObject({ results: events.length, unacknowledged: 0 });
  }

  it('before the commit: the batch is read again, and booked once', async () => {
    await hold('lock table accounting.balance in exclusive mode');
    const child = await start();
    await blocked('the batch at its balances', 'relation');
    await kill(child);
    await holder.query('commit');
    expect(await waiting()).toBe(0);
    await finish();
    expect([...acknowledgedIn(await bench.acknowledgements()).keys()].toSorted()).toEqual(everyId);
  });

  it('between the commit and the acknowledgement: it is published by the next process', async () => {
    // There is no such topic, so nothing that this process commits can be acknowledged.
    const child = await start(`${bench.topics.acknowledged}.missing`);
    await until(
      'every acknowledgement in its table',
      async () => (await waiting()) === events.length,
      () => child.errors(),
    );
    await kill(child);
    expect(await bench.acknowledgements()).toEqual([]);
    await finish();
    expect([...acknowledgedIn(await bench.acknowledgements()).keys()].toSorted()).toEqual(everyId);
  });

  it('after the bus has taken the acknowledgement: it is published again, the same', async () => {
    await bench.sql.query(
      `create function hold_deletes() returns trigger language plpgsql as $$ begin perform pg_advisory_xact_lock_shared(7240114); return old; end $$;
       create trigger hold_deletes before delete on accounting.ack for each row execute function hold_deletes()`,
    );
    await hold('select pg_advisory_xact_lock(7240114)');
    const child = await start();
    await blocked('the deletion of what was published', 'advisory');
    await kill(child);
    await holder.query('commit');
    const before = await bench.acknowledgements();
    expect(before.length).toBeGreaterThan(0);
    expect(await waiting()).toBeGreaterThan(0);
    await finish();
    const records = await bench.acknowledgements();
    expect(records.length).toBeGreaterThan(events.length);
    expect([...acknowledgedIn(records).keys()].toSorted()).toEqual(everyId);
  });
});

describe('npm run accounting', () => {
  it('prints one ready line, and its balances when it is stopped', async () => {
    const bench = await openBooksBench('embedded');
    const child = await startChild(ACCOUNTING, ['--topic', bench.topics.results], bench.environment);
    expect(child.ready).toEqual({
      accounting: 'ready',
      consumer: 'accounting',
      topic: bench.topics.results,
    });
    expect(await child.stop()).toBe(0);
    await bench.close();
  });
});
