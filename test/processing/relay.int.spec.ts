import { createEmbeddedBus, type Bus, type BusRecord } from '#libs/bus';
import { Relay, type Watch } from '#libs/processing';
import { AccountStore, Database, IntakeStore, RelayStore, type AcceptRow } from '#libs/store';
import { acceptRow, createTestDatabase, type TestDatabase } from '#libs/store/testing';

const TOPICS = { results: 'results', status: 'status', deadLetters: 'dlq' };
/** So that a machine that stands still for a moment costs neither a send nor a shard. */
const LEASE_MS = 3000;

let test: TestDatabase;
let database: Database;
let bus: Bus;
let intake: IntakeStore;
let position = 0;
const relays: Relay[] = [];

/** A watch that only strikes at a step. */
function watch(step: (name: string) => void = () => undefined): Watch {
  const nothing = (): void => undefined;
  return {
    log: nothing,
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
    step,
  };
}

function startRelay(owner: string, statusEvents = true, step?: (name: string) => void): Relay {
  const options = {
    owner,
    topics: TOPICS,
    statusEvents,
    leaseMs: LEASE_MS,
    sendTimeoutMs: LEASE_MS * 0.45,
    pollMs: 20,
  };
  const relay = new Relay(new RelayStore(database), bus, options, watch(step));
  relays.push(relay);
  relay.start();
  return relay;
}

async function store(
  requests: readonly AcceptRow[],
  deadLetters: Parameters<IntakeStore['accept']>[0]['deadLetters'] = [],
): Promise<void> {
  const next = position + requests.length + deadLetters.length;
  const origin = { groupId: 'g', cluster: 'c1', topic: 'requests', partition: 0 };
  await intake.accept({ ...origin, from: position, next, lastRecordAtMs: null, requests, deadLetters });
  position = next;
}

/** Everything on a topic, by partition, once at least `count` records are there. */
async function read(topic: string, count: number): Promise<BusRecord[]> {
  const records: BusRecord[] = [];
  const reader = bus.reader({ groupId: `read-${topic}-${String(Math.random())}` });
  let enough: () => void = () => undefined;
  const done = new Promise<void>((resolve) => {
    enough = resolve;
  });
  await reader.start([topic], async (batch) => {
    records.push(...batch.records);
    if (records.length >= count) enough();
    await Promise.resolve();
  });
  await done;
  await reader.stop();
  return records;
}

const header = (record: BusRecord, name: string): string | undefined =>
  record.headers.find((one) => one.name === name)?.value?.toString();

const rejected = (refundId: string): AcceptRow =>
  acceptRow(refundId, {
    state: 'failed',
    result: `{"refundId":"${refundId}","failed":true}`,
    resultType: 'RefundFailed',
  });

async function untilEmpty(): Promise<void> {
  const outbox = new RelayStore(database);
  const shards = Array.from({ length: 32 }, (_, shard) => shard);
  while ((await outbox.take(shards, 1)).length > 0) await new Promise((resolve) => setTimeout(resolve, 20));
}

beforeEach(async () => {
  test = await createTestDatabase();
  database = new Database(test.url, () => undefined);
  intake = new IntakeStore(database);
  position = 0;
  await new AccountStore(database).register([
    { provider: 'razorpay', name: 'default', merchant: 'default', mode: 'test' },
  ]);
  bus = createEmbeddedBus({ databaseUrl: test.url, log: () => undefined });
  const admin = await bus.admin();
  await admin.createTopics(Object.values(TOPICS).map((topic) => ({ topic, partitions: 2 })));
  await admin.close();
});

afterEach(async () => {
  for (const relay of relays.splice(0)) await relay.stop();
  await bus.close();
  await database.close();
  await test.drop();
});

it('publishes result and status with the stored bytes, keyed by payment and by refund', async () => {
  startRelay('one');
  await store([rejected('a')]);
  const [result] = await read(TOPICS.results, 1);
  const [status] = await read(TOPICS.status, 1);
  expect(result?.value?.toString()).toBe(rejected('a').result);
  expect(status?.value?.toString()).toBe(rejected('a').status);
  expect([result?.key?.toString(), status?.key?.toString()]).toEqual(['pay_1', 'a']);
  expect(result === undefined ? null : [header(result, 'ce_id'), header(result, 'ce_type')]).toEqual([
    'a.1',
    'RefundFailed',
  ]);
});

it('that fails between the acknowledgement and the delete › sends the same bytes under the same id again', async () => {
  let strikes = 1;
  startRelay('one', true, (name) => {
    if (name === 'relay.sent' && strikes > 0) {
      strikes -= 1;
      throw new Error('struck');
    }
  });
  await store([rejected('a'), rejected('b')]);
  await untilEmpty();
  const records = await read(TOPICS.results, 4);
  const copies = records.filter((record) => header(record, 'ce_id') === 'a.1');
  expect(copies).toHaveLength(2);
  expect(copies[0]?.value).toEqual(copies[1]?.value);
  expect(copies[0]?.headers).toEqual(copies[1]?.headers);
});

it('beside another relay › shares the shards, and nothing is missing or sent by both', async () => {
  startRelay('one');
  startRelay('two');
  const rows = Array.from({ length: 300 }, (_, n) => ({
    ...rejected(`r${String(n)}`),
    paymentId: `p${String(n)}`,
  }));
  await store(rows.slice(0, 150));
  await new Promise((resolve) => setTimeout(resolve, LEASE_MS));
  await store(rows.slice(150));
  await untilEmpty();
  const ids = (await read(TOPICS.results, 300)).map((record) => header(record, 'ce_id'));
  expect(ids).toHaveLength(300);
  expect(new Set(ids).size).toBe(300);
});

it('without status events › publishes results only', async () => {
  startRelay('one', false);
  await store([rejected('a')]);
  await read(TOPICS.results, 1);
  const admin = await bus.admin();
  expect((await admin.offsets(TOPICS.status)).every(({ high }) => high === 0)).toBe(true);
  await admin.close();
});

it('publishes a dead letter with its own bytes, key and headers, and why', async () => {
  startRelay('one');
  const headers = Buffer.from(JSON.stringify([['x', Buffer.from([0xff]).toString('base64')]]));
  const origin = { cluster: 'c1', topic: 'requests', partition: 0, offset: 7, recordAtMs: 1_700_000_000_000 };
  await store(
    [],
    [
      {
        origin,
        code: 'NOT_UTF8',
        message: 'm',
        key: Buffer.from([0xfe]),
        value: Buffer.from([0xc3, 0x28]),
        headers,
      },
    ],
  );
  const [letter] = await read(TOPICS.deadLetters, 1);
  expect(letter?.value).toEqual(Buffer.from([0xc3, 0x28]));
  expect(letter?.key).toEqual(Buffer.from([0xfe]));
  expect(letter?.headers.find(({ name }) => name === 'x')?.value).toEqual(Buffer.from([0xff]));
  const why = ['dlq-reason', 'dlq-topic', 'dlq-partition', 'dlq-offset', 'dlq-group'].map((name) =>
    letter === undefined ? null : header(letter, name),
  );
  expect(why).toEqual(['NOT_UTF8', 'requests', '0', '7', 'g']);
});

it('told to stop › publishes what is left first', async () => {
  const relay = startRelay('one');
  // It owns its shards once it has published something.
  await store([rejected('a')]);
  await read(TOPICS.results, 1);
  await store([rejected('b')]);
  await relay.stop();
  expect(await read(TOPICS.results, 2)).toHaveLength(2);
});
