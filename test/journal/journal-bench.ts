import { createEmbeddedBus, type Bus, type BusRecord, type BusWriter } from '#libs/bus';
import { Sealer, type SealerOptions, type Watch } from '#libs/processing';
import { publishedSeal, verifyJournal, type JournalFault, type PublishedSeal } from '#libs/reconciliation';
import { Database, JournalStore, SealStore } from '#libs/store';
import { openBenchTop, type BenchTop, type BenchTopOptions } from '../processing/bench-top.ts';
import { until } from '../support/until.ts';

const TOPIC = 'refunds.seals.v1';
const TABLES = ['journal', 'refund', 'refund_id', 'payment', 'seal', 'erasure'];

/** What a sealer may have that another has not. */
interface OwnSealer {
  readonly bus?: Bus;
  readonly store?: (database: Database) => SealStore;
  readonly options?: Partial<SealerOptions>;
}

/** Refunds at the sandbox, as in other suites, with sealers and a bus beside them. */
export interface JournalBench {
  readonly top: BenchTop;
  readonly seals: SealStore;
  readonly journal: JournalStore;
  readonly bus: Bus;
  readonly log: readonly string[];
  /** A sealer on connections of its own; started. */
  sealer(owner: string, own?: OwnSealer): Sealer;
  /** Requests a refund of a new payment and waits for its end. */
  completed(refundId: string, fields?: Readonly<Record<string, unknown>>): Promise<string>;
  /** Seals and publishes everything that is there. */
  seal(): Promise<void>;
  verify(withBus?: boolean): Promise<readonly JournalFault[]>;
  /** `CODE refundId/sequence` or `CODE seal n` of every fault. */
  faults(withBus?: boolean): Promise<readonly string[]>;
  published(): Promise<readonly BusRecord[]>;
  /** Remembers the tables as they are, and how they are brought back. */
  keep(): Promise<() => Promise<void>>;
  close(): Promise<void>;
}

export async function openJournalBench(options: BenchTopOptions = {}): Promise<JournalBench> {
  const top = await openBenchTop(options);
  top.executor.start();
  const bus = createEmbeddedBus({ databaseUrl: top.databaseUrl, log: () => undefined });
  const admin = await bus.admin();
  await admin.createTopics([{ topic: TOPIC, partitions: 1 }]);
  await admin.close();
  const database = new Database(top.databaseUrl, () => undefined);
  const seals = new SealStore(database);
  const journal = new JournalStore(database);
  const running: { readonly sealer: Sealer; readonly database: Database }[] = [];
  const log: string[] = [];
  const sealer: JournalBench['sealer'] = (owner, own = {}) => {
    const connections = new Database(top.databaseUrl, () => undefined);
    const full = { owner, topic: TOPIC, everyMs: 20, entriesMax: 1000, leaseMs: 1000, sendTimeoutMs: 5000 };
    const started = new Sealer(
      own.store?.(connections) ?? new SealStore(connections),
      own.bus ?? bus,
      { ...full, ...own.options },
      watch(log),
    );
    running.push({ sealer: started, database: connections });
    started.start();
    return started;
  };
  const verify = async (withBus = false): Promise<readonly JournalFault[]> => {
    const found: JournalFault[] = [];
    const published = withBus ? publishedSeals(bus) : null;
    const span = { fromMs: null, toMs: null };
    await verifyJournal(journal, seals, { span, published, onFault: (fault) => found.push(fault) });
    return found;
  };
  return {
    top,
    seals,
    journal,
    bus,
    log,
    sealer,
    completed: async (refundId, fields = {}) => {
      const paymentId = await top.payment('100.00');
      await top.request([{ refundId, paymentId, amount: '10.00', ...fields }]);
      await top.until(refundId, 'completed');
      return paymentId;
    },
    seal: async () => {
      const one = sealer(`once-${String(running.length)}`);
      const upTo = await seals.lastEntry();
      await until('everything is sealed', async () => ((await seals.lastSeal())?.lastEntry ?? -1) >= upTo);
      await one.stop();
    },
    verify,
    faults: async (withBus) => (await verify(withBus)).map(nameOf),
    published: async () => await recordsOf(bus),
    keep: async () => await keep(top),
    close: async () => {
      for (const one of running) {
        await one.sealer.stop();
        await one.database.close();
      }
      await bus.close();
      await database.close();
      await top.close();
    },
  };
}

function nameOf({ code, refundId, sequence, seal }: JournalFault): string {
  const entry = sequence === undefined ? '' : `/${String(sequence)}`;
  const where = seal === undefined ? (refundId ?? 'journal') : `seal ${String(seal)}`;
  return `${code} ${where}${entry}`;
}

async function* publishedSeals(bus: Bus): AsyncGenerator<readonly PublishedSeal[]> {
  yield (await recordsOf(bus)).flatMap(({ value }) => publishedSeal(value) ?? []);
}

async function recordsOf(bus: Bus): Promise<readonly BusRecord[]> {
  const admin = await bus.admin();
  const ranges = (await admin.offsets(TOPIC)).map(({ partition, low, high }) => ({
    partition,
    from: low,
    to: high,
  }));
  await admin.close();
  const records: BusRecord[] = [];
  for await (const batch of bus.scan(TOPIC, ranges, AbortSignal.timeout(20_000)))
    records.push(...batch.records);
  return records;
}

async function keep({ sql }: BenchTop): Promise<() => Promise<void>> {
  for (const table of TABLES)
    await sql.query(
      `drop table if exists kept_${table}; create temp table kept_${table} as table refundry.${table}`,
    );
  return async () => {
    for (const table of TABLES)
      await sql.query(
        `delete from refundry.${table}; insert into refundry.${table} overriding system value table kept_${table}`,
      );
  };
}

/** The bus, with something that happens to each send. */
export function sending(bus: Bus, onSend: (deliver: () => Promise<void>) => Promise<void>): Bus {
  const watched = (writer: BusWriter): BusWriter => ({
    send: async (messages, signal) => {
      await onSend(async () => {
        await writer.send(messages, signal);
      });
    },
    close: async () => {
      await writer.close();
    },
  });
  return { ...bus, writer: async () => watched(await bus.writer()) };
}

function watch(log: string[]): Watch {
  const nothing = (): void => undefined;
  return {
    log: (level, message, fields) => {
      log.push(`${level} ${message} ${JSON.stringify(fields ?? {})}`);
    },
    requests: nothing,
    rejected: nothing,
    duplicate: nothing,
    deadLetter: nothing,
    call: nothing,
    claiming: nothing,
    settled: nothing,
    late: nothing,
    webhook: nothing,
    contradiction: nothing,
    published: nothing,
    step: nothing,
  };
}
