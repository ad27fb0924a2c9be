import {
  AccountStore,
  Database,
  ExecutorStore,
  IntakeStore,
  RelayStore,
  type AcceptBatch,
  type AcceptRow,
  type ClaimedRefund,
} from '../index.ts';
import { PINS_OF, type ConnectionUse } from '../database.ts';
import { Session } from './interleaving.ts';
import { createTestDatabase } from './test-database.ts';

/** A store on a database of its own, with one account (number 1) and a plain connection to look at the tables. */
export interface StoreFixture {
  readonly url: string;
  readonly database: Database;
  readonly intake: IntakeStore;
  readonly executor: ExecutorStore;
  readonly relay: RelayStore;
  readonly sql: Session;
  /** A connection with the plans of the hot path or of accept; ended with the fixture. */
  connect(use?: ConnectionUse): Promise<Session>;
  /** Accepts rows as the next batch of the one partition. */
  take(rows: readonly AcceptRow[]): Promise<void>;
  claim(count?: number): Promise<ClaimedRefund[]>;
  claimOne(): Promise<ClaimedRefund>;
  /** Empties the tables; faster than a new database for each test of a file. */
  empty(): Promise<void>;
  close(): Promise<void>;
}

const FILLED =
  'payment, lane, refund_id, refund, attempt, call, provider_refund, external_refund, journal, outbox, look_up, dead_letter, intake_position, relay_member, webhook_event, republish, dead_letter_action, seal, erasure, external_change';

export async function openStore(): Promise<StoreFixture> {
  const test = await createTestDatabase();
  const database = new Database(test.url, () => undefined);
  const clients: Session[] = [];
  const connect = async (use: ConnectionUse = 'path'): Promise<Session> => {
    // Who waits here waits for the test, however busy the machine is.
    const options = `${PINS_OF[use]} -c lock_timeout=60000`;
    const client = new Session({ connectionString: test.url, options });
    // The database is dropped under a session that a failed test left waiting.
    client.on('error', () => undefined);
    await client.start();
    clients.push(client);
    return client;
  };
  const intake = new IntakeStore(database);
  const executor = new ExecutorStore(database, { gatherMs: () => 0, onFlush: () => undefined });
  await new AccountStore(database).register([
    { provider: 'razorpay', name: 'default', merchant: 'default', mode: 'test' },
  ]);
  const claim = async (count = 100): Promise<ClaimedRefund[]> =>
    await executor.claim([{ accountNo: 1, count }], 30_000);
  const sql = await connect('report');
  let offset = 0;
  return {
    url: test.url,
    database,
    intake,
    executor,
    relay: new RelayStore(database),
    sql,
    connect,
    take: async (rows) => {
      await intake.accept(acceptBatch(rows, { from: offset, next: offset + rows.length }));
      offset += rows.length;
    },
    claim,
    claimOne: async () => {
      const [claimed] = await claim(1);
      if (claimed === undefined) throw new Error('nothing was claimed');
      return claimed;
    },
    empty: async () => {
      const tables = FILLED.split(', ').map((table) => `refundry.${table}`);
      await sql.query(`truncate ${tables.join(', ')} restart identity`);
      offset = 0;
    },
    close: async () => {
      executor.close();
      await Promise.all(clients.map(async (client) => await client.end()));
      await database.close();
      await test.drop();
    },
  };
}

/** The first batch of partition 0 in group `g`; changed by `with`. */
export function acceptBatch(requests: readonly AcceptRow[], change: Partial<AcceptBatch> = {}): AcceptBatch {
  return {
    groupId: 'g',
    cluster: 'c1',
    topic: 'refunds.requested.v1',
    partition: 0,
    from: 0,
    next: requests.length,
    lastRecordAtMs: 1_700_000_000_000,
    requests,
    deadLetters: [],
    ...change,
  };
}
