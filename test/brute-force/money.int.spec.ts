import { randomInt } from 'node:crypto';
import { Client } from 'pg';
import { AccountStore, Database, IntakeStore } from '#libs/store';
import { createTestDatabase, type TestDatabase } from '#libs/store/testing';
import { audit } from './audit.ts';
import { KeyedBank } from './keyed-bank.ts';
import { MortalWorker } from './mortal-worker.ts';
import { Published } from './published.ts';
import { pause, Random } from './random.ts';
import { planTraffic, takePartition, type Traffic } from './traffic.ts';

const WORKERS = 3;
/** Kills end when so few refunds are open that a killed worker would hardly hold one. */
const OPEN_MIN = 30;
const CHAOS_MAX_MS = 12_000;
const CALM_MAX_MS = 12_000;

let test: TestDatabase;
let sql: Client;
/** Every worker there was, and the ends of those that were killed. */
let workers: MortalWorker[];
let dying: Promise<void>[];

beforeEach(async () => {
  workers = [];
  dying = [];
  test = await createTestDatabase();
  sql = new Client({ connectionString: test.url });
  await sql.connect();
  const database = new Database(test.url, () => undefined);
  const account = { provider: 'razorpay', name: 'default', merchant: 'default', mode: 'test' } as const;
  await new AccountStore(database).register([account]);
  await database.close();
});
afterEach(async () => {
  await Promise.all(
    workers.map(async (worker) => {
      await worker.kill();
    }),
  );
  await sql.end();
  await test.drop();
});

const openRefunds = async (): Promise<number> => {
  const { rows } = await sql.query<{ open: number }>(
    `select count(*)::int as open from refundry.refund where state not in ('completed', 'failed')`,
  );
  return rows[0]?.open ?? 0;
};

/** What is still looked up; of refunds that have ended too, where an old answer came late. */
const lookUps = async (): Promise<number> => {
  const { rows } = await sql.query<{ left: number }>('select count(*)::int as left from refundry.look_up');
  return rows[0]?.left ?? 0;
};

const cutAConnection = async (): Promise<void> => {
  await sql.query(
    `select pg_terminate_backend(pid) from pg_stat_activity
     where datname = current_database() and pid <> pg_backend_pid() order by random() limit 1`,
  );
};

/** Kills workers and cuts connections until `isOver`. Answers the living. */
const chaos = async (
  start: () => MortalWorker,
  random: Random,
  isOver: () => Promise<boolean>,
): Promise<MortalWorker[]> => {
  let living = Array.from({ length: WORKERS }, start);
  while (!(await isOver())) {
    await pause(random.int(50, 350));
    const what = random.next();
    if (what < 0.25) await cutAConnection();
    if (what < 0.5) continue;
    const [victim, ...others] = random.shuffled(living);
    if (victim !== undefined) dying.push(victim.kill());
    living = [...others, start()];
  }
  return living;
};

const takeAll = async (traffic: Traffic, random: Random): Promise<void> => {
  const databases = [
    new Database(test.url, () => undefined),
    new Database(test.url, () => undefined),
  ] as const;
  const stores = [new IntakeStore(databases[0]), new IntakeStore(databases[1])] as const;
  await Promise.all(
    traffic.partitions.map(async (records, partition) => {
      await takePartition(stores, partition, records, random);
    }),
  );
  for (const database of databases) await database.close();
};

describe('brute force', () => {
  it('kills, stalls, lost and late answers, cut connections and repeated requests lose nothing and pay nothing twice', async () => {
    const seed = Number(process.env['BRUTE_SEED'] ?? randomInt(2 ** 31));
    process.stdout.write(`brute force: BRUTE_SEED=${String(seed)}\n`);
    const random = new Random(seed);
    const traffic = planTraffic(random);
    const bank = new KeyedBank(random);
    for (const [paymentId, captured] of traffic.payments) bank.openPayment(paymentId, captured);
    const relayDatabase = new Database(test.url, () => undefined);
    const published = new Published(relayDatabase, random);
    let isDone = false;
    const publishing = published.run(() => isDone);

    const startedAtMs = performance.now();
    const sinceStart = (): number => Math.round(performance.now() - startedAtMs);
    let isTaken = false;
    const taking = takeAll(traffic, random).then(() => {
      isTaken = true;
    });
    const living = await chaos(
      () => {
        const worker = new MortalWorker(test.url, bank, random);
        workers.push(worker);
        return worker;
      },
      random,
      async () => sinceStart() > CHAOS_MAX_MS || (isTaken && (await openRefunds()) < OPEN_MIN),
    );
    await taking;
    const chaosMs = sinceStart();
    bank.calm = true;
    while ((await openRefunds()) + (await lookUps()) > 0 && sinceStart() < chaosMs + CALM_MAX_MS)
      await pause(20);
    await Promise.all(
      living.map(async (worker) => {
        await worker.stop();
      }),
    );
    isDone = true;
    await publishing;
    await relayDatabase.close();
    await Promise.all(dying);

    const errors = workers.flatMap((worker) => worker.errors);
    process.stdout.write(
      `${String(traffic.wishes.length)} refunds, ${String(dying.length)} kills, ${String(published.repeats)} entries published again, ` +
        `${String(errors.filter((error) => error.includes('stopped by itself')).length)} stops, ${String(errors.length)} errors, ${String(chaosMs)} ms of chaos, ${String(sinceStart())} ms in all\n`,
    );
    expect(await audit(sql, traffic, bank, published)).toEqual([]);
    expect(errors.filter((error) => /constraint|invariant|duplicate key|contradicts/.test(error))).toEqual(
      [],
    );
  });
});
