import { Client } from 'pg';
import {
  createEmbeddedBus,
  type Bus,
  type BusHeader,
  type BusRecord,
  type BusWriter,
  type OutgoingMessage,
} from '#libs/bus';
import { encodeHeaders } from '#libs/contracts';
import { Relay, type Watch } from '#libs/processing';
import { Database, RelayStore, type KeptDeadLetter, type OutboxRow } from '#libs/store';
import { createTestDatabase } from '#libs/store/testing';

export const TOPICS = { results: 'results', status: 'status', deadLetters: 'dlq' };
/** So that a machine that stands still for a moment costs neither a send nor a shard. */
export const LEASE_MS = 3000;
const UNTIL_MS = 20_000;

/** A relay's store that can stop answering, as when the process or its database stands still. */
class StallingStore extends RelayStore {
  private stalled: PromiseWithResolvers<void> | null = null;
  /** The renewal commits and its answer is lost, this often. */
  renewalsLost = 0;
  /** Runs once in place of the next statement that would delete what was published; then that statement has failed. */
  insteadOfDelete: (() => Promise<void>) | null = null;

  stall(): void {
    this.stalled ??= Promise.withResolvers();
  }

  wake(): void {
    this.stalled?.resolve();
    this.stalled = null;
  }

  override async take(...asked: Parameters<RelayStore['take']>): Promise<OutboxRow[]> {
    const { insteadOfDelete } = this;
    if (insteadOfDelete !== null && (asked[2]?.length ?? 0) > 0) {
      this.insteadOfDelete = null;
      await insteadOfDelete();
      throw new Error('connection terminated');
    }
    const rows = await super.take(...asked);
    await this.stalled?.promise;
    return rows;
  }

  override async renew(...asked: Parameters<RelayStore['renew']>): ReturnType<RelayStore['renew']> {
    await this.stalled?.promise;
    const owned = await super.renew(...asked);
    if (this.renewalsLost === 0) return owned;
    this.renewalsLost -= 1;
    throw new Error('connection terminated');
  }

  override async deadLetters(limit: number, bytesMax: number): Promise<KeptDeadLetter[]> {
    const letters = await super.deadLetters(limit, bytesMax);
    await this.stalled?.promise;
    return letters;
  }
}

interface RelayOf {
  readonly relay: Relay;
  readonly store: StallingStore;
  /** `relay ce_id topic` of every message handed to a writer, in order. */
  readonly sent: readonly string[];
}

/** What happens to one send: it goes through unless this throws. */
type OnSend = (messages: readonly OutgoingMessage[], deliver: () => Promise<void>) => Promise<void>;

/** What a relay may have that another has not. */
interface OwnRelay {
  readonly onSend?: OnSend;
  readonly renewalsLost?: number;
  readonly database?: Database;
}

/** Relays on a real database and a real (embedded) bus, with entries written straight into the journal. */
export interface RelayBench {
  readonly bus: Bus;
  readonly databaseUrl: string;
  readonly sql: Client;
  readonly log: readonly string[];
  relay(owner: string, own?: OwnRelay): RelayOf;
  /** A store of no relay. */
  store(): RelayStore;
  /** Journal entries of a refund on the payment, each with a result and a snapshot. */
  write(paymentNo: number, refundId: string, sequences: readonly number[], filler?: number): Promise<void>;
  /** Everything on a topic as it lies there: `ce_id` in order, of partitions one after the other. */
  ids(topic: string): Promise<string[]>;
  records(topic: string): Promise<BusRecord[]>;
  until(what: string, condition: () => Promise<boolean> | boolean): Promise<void>;
  outboxRows(): Promise<number>;
  /** Keeps a dead letter, as intake does. */
  bury(letter: {
    readonly value?: Buffer;
    readonly key?: Buffer;
    readonly headers?: readonly BusHeader[];
  }): Promise<void>;
  close(): Promise<void>;
}

export async function openRelayBench(
  config: Readonly<Record<string, string>> = {},
  leaseMs = LEASE_MS,
  topics: readonly string[] = Object.values(TOPICS),
): Promise<RelayBench> {
  const test = await createTestDatabase();
  const database = new Database(test.url, () => undefined);
  const bus = createEmbeddedBus({ databaseUrl: test.url, log: () => undefined });
  const admin = await bus.admin();
  await admin.createTopics(topics.map((topic) => ({ topic, partitions: 1, config })));
  await admin.close();
  const sql = new Client({ connectionString: test.url });
  await sql.connect();
  const log: string[] = [];
  const running: RelayOf[] = [];
  const records = async (topic: string): Promise<BusRecord[]> => await readAll(bus, topic);
  return {
    bus,
    databaseUrl: test.url,
    sql,
    log,
    relay: (owner, own = {}) => {
      const started = startRelay(own.database ?? database, bus, owner, log, { ...own, leaseMs });
      running.push(started);
      return started;
    },
    store: () => new RelayStore(database),
    write: async (paymentNo, refundId, sequences, filler = 0) => {
      await write(sql, paymentNo, refundId, sequences, filler);
    },
    ids: async (topic) => (await records(topic)).map(idOf),
    records,
    until,
    outboxRows: async () =>
      (await sql.query<{ rows: number }>('select count(*)::int as rows from refundry.outbox')).rows[0]
        ?.rows ?? 0,
    bury: async ({ value = null, key = null, headers = [] }) => {
      await sql.query(
        `insert into refundry.dead_letter (group_id, cluster, topic, partition, record_offset, record_at, code, message, key, value, headers)
         select 'g', 'c', 'requests', 0, count(*), now(), 'NOT_UTF8', 'm', $1, $2, $3 from refundry.dead_letter`,
        [key, value, encodeHeaders(headers)],
      );
    },
    close: async () => {
      for (const { store } of running) store.wake();
      for (const { relay } of running) await relay.stop();
      await bus.close();
      await sql.end();
      await database.close();
      await test.drop();
    },
  };
}

function startRelay(
  database: Database,
  bus: Bus,
  owner: string,
  log: string[],
  own: OwnRelay & { readonly leaseMs: number },
): RelayOf {
  const sent: string[] = [];
  const store = new StallingStore(database);
  store.renewalsLost = own.renewalsLost ?? 0;
  const options = {
    owner,
    topics: TOPICS,
    statusEvents: true,
    leaseMs: own.leaseMs,
    sendTimeoutMs: own.leaseMs * 0.45,
    pollMs: 20,
  };
  const watched = { ...bus, writer: async () => watchedWriter(await bus.writer(), sent, own.onSend) };
  const relay = new Relay(store, watched, options, watch(log));
  relay.start();
  return { relay, store, sent };
}

function watchedWriter(
  writer: BusWriter,
  sent: string[],
  onSend: OnSend = async (_messages, deliver) => {
    await deliver();
  },
): BusWriter {
  return {
    send: async (messages, signal) => {
      sent.push(...messages.map((message) => `${idOf(message)} ${message.topic}`));
      await onSend(messages, async () => {
        await writer.send(messages, signal);
      });
    },
    close: async () => {
      await writer.close();
    },
  };
}

export function idOf({ headers }: Pick<BusRecord, 'headers'>): string {
  return headers.find(({ name }) => name === 'ce_id')?.value?.toString() ?? 'none';
}

async function write(
  sql: Client,
  paymentNo: number,
  refundId: string,
  sequences: readonly number[],
  filler: number,
): Promise<void> {
  const body = JSON.stringify({ refundId, filler: 'x'.repeat(filler) });
  await sql.query(
    `with entry as (
       insert into refundry.journal (payment_no, ordinal, sequence, refund_id, payment_id, occurred_at, cause, status, result, result_type, digest, hash)
       select $1, hashtext($2::text) & 1073741823, s, $2::text, 'pay_' || $1::bigint, now(), 'test', $3, $3, 'RefundFailed', '', '' from unnest($4::int[]) as s
       returning payment_no, ordinal, sequence)
     insert into refundry.outbox (shard, payment_no, ordinal, sequence)
     select (payment_no % 32)::smallint, payment_no, ordinal, sequence from entry order by sequence`,
    [paymentNo, refundId, body, sequences],
  );
}

async function readAll(bus: Bus, topic: string): Promise<BusRecord[]> {
  const admin = await bus.admin();
  const high = (await admin.offsets(topic)).reduce((sum, partition) => sum + partition.high, 0);
  await admin.close();
  const found: BusRecord[] = [];
  if (high === 0) return found;
  const all = Promise.withResolvers<void>();
  const reader = bus.reader({ groupId: `read-${String(Math.random())}` });
  await reader.start([topic], async (batch) => {
    found.push(...batch.records);
    if (found.length >= high) all.resolve();
    await Promise.resolve();
  });
  await all.promise;
  await reader.stop();
  return found;
}

async function until(what: string, condition: () => Promise<boolean> | boolean): Promise<void> {
  const deadlineMs = performance.now() + UNTIL_MS;
  while (!(await condition())) {
    if (performance.now() > deadlineMs) throw new Error(`in vain: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
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
