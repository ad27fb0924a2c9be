import { Client } from 'pg';
import { AccountStore, Database, IntakeStore } from '#libs/store';
import { createTestDatabase } from '#libs/store/testing';
import type { Bank } from './bank.ts';
import { MortalWorker } from './mortal-worker.ts';
import { Published } from './published.ts';
import { pause, type Random } from './random.ts';
import { takePartition, type Traffic } from './traffic.ts';

const WORKERS = 3;
/** Kills end when so few refunds are open that a killed worker would hardly hold one. */
const OPEN_MIN = 30;
const CHAOS_MAX_MS = 12_000;
/** Without anything coming to its end for so long, the rest will not either. A busy machine is slow, but it goes on. */
const STILL_MAX_MS = 15_000;

/** One database, one bank, and workers that are killed and started while requests come in. */
export class Arena {
  /** Every worker there was. */
  readonly workers: MortalWorker[] = [];
  /** The ends of those that were killed. */
  private readonly dying: Promise<void>[] = [];

  private constructor(
    readonly url: string,
    readonly sql: Client,
    private readonly drop: () => Promise<void>,
  ) {}

  static async open(): Promise<Arena> {
    const test = await createTestDatabase();
    const sql = new Client({ connectionString: test.url });
    await sql.connect();
    const database = new Database(test.url, () => undefined);
    const account = { provider: 'razorpay', name: 'default', merchant: 'default', mode: 'test' } as const;
    await new AccountStore(database).register([account]);
    await database.close();
    return new Arena(test.url, sql, async () => {
      await test.drop();
    });
  }

  /**
   * Takes the traffic in under kills and cut connections, then lets everything come to an end. Answers what was published on the way; every worker
   * has ended. `left`: how many refunds are still under way.
   */
  async run(bank: Bank, traffic: Traffic, random: Random, left: () => Promise<number>): Promise<Published> {
    const relayDatabase = new Database(this.url, () => undefined);
    const published = new Published(relayDatabase, random);
    let isDone = false;
    const publishing = published.run(() => isDone);

    const startedAtMs = performance.now();
    const sinceStart = (): number => Math.round(performance.now() - startedAtMs);
    let isTaken = false;
    const taking = this.take(traffic, random).then(() => {
      isTaken = true;
    });
    const isOver = async (): Promise<boolean> =>
      sinceStart() > CHAOS_MAX_MS || (isTaken && (await left()) < OPEN_MIN);
    const living = await this.chaos(bank, random, isOver);
    await taking;
    const chaosMs = sinceStart();
    bank.calm = true;
    await untilStill(left);
    await Promise.all(
      living.map(async (worker) => {
        await worker.stop();
      }),
    );
    isDone = true;
    await publishing;
    await relayDatabase.close();
    await Promise.all(this.dying);

    const stops = this.errors().filter((error) => error.includes('stopped by itself')).length;
    process.stdout.write(
      `${String(traffic.wishes.length)} refunds, ${String(this.dying.length)} kills, ${String(published.repeats)} entries published again, ` +
        `${String(stops)} stops, ${String(this.errors().length)} errors, ${String(chaosMs)} ms of chaos, ${String(sinceStart())} ms in all\n`,
    );
    return published;
  }

  errors(): readonly string[] {
    return this.workers.flatMap((worker) => worker.errors);
  }

  async close(): Promise<void> {
    await Promise.all(
      this.workers.map(async (worker) => {
        await worker.kill();
      }),
    );
    await this.sql.end();
    await this.drop();
  }

  /** Kills workers and cuts connections until `isOver`. Answers the living. */
  private async chaos(
    bank: Bank,
    random: Random,
    isOver: () => Promise<boolean>,
  ): Promise<readonly MortalWorker[]> {
    const start = (): MortalWorker => {
      const worker = new MortalWorker(this.url, bank, random);
      this.workers.push(worker);
      return worker;
    };
    let living = Array.from({ length: WORKERS }, start);
    while (!(await isOver())) {
      await pause(random.int(50, 350));
      const what = random.next();
      if (what < 0.25) await this.cutAConnection();
      if (what < 0.5) continue;
      const [victim, ...others] = random.shuffled(living);
      if (victim !== undefined) this.dying.push(victim.kill());
      living = [...others, start()];
    }
    return living;
  }

  private async cutAConnection(): Promise<void> {
    await this.sql.query(
      `select pg_terminate_backend(pid) from pg_stat_activity
       where datname = current_database() and pid <> pg_backend_pid() order by random() limit 1`,
    );
  }

  private async take(traffic: Traffic, random: Random): Promise<void> {
    const databases = [
      new Database(this.url, () => undefined),
      new Database(this.url, () => undefined),
    ] as const;
    const stores = [new IntakeStore(databases[0]), new IntakeStore(databases[1])] as const;
    await Promise.all(
      traffic.partitions.map(async (records, partition) => {
        await takePartition(stores, partition, records, random);
      }),
    );
    for (const database of databases) await database.close();
  }
}

/** Resolves when nothing is under way, or when what is left has not become less for a while. */
async function untilStill(left: () => Promise<number>): Promise<void> {
  let least = Number.POSITIVE_INFINITY;
  let sinceMs = performance.now();
  for (;;) {
    const now = await left();
    if (now < least) sinceMs = performance.now();
    least = Math.min(least, now);
    if (now === 0 || performance.now() - sinceMs > STILL_MAX_MS) return;
    await pause(20);
  }
}
