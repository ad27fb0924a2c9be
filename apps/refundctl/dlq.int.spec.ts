import { randomBytes } from 'node:crypto';
import { Client } from 'pg';
import { createEmbeddedBus, type Bus, type BusRecord, type BusWriter, type OutgoingMessage } from '#libs/bus';
import { readConfig, type Config } from '#libs/config';
import { requestMessage } from '#libs/contracts';
import { luhn } from '#libs/contracts/testing';
import { createLogger } from '#libs/observability';
import { SandboxClient } from '#libs/scenario';
import { createTestDatabase, type TestDatabase } from '#libs/store/testing';
import { runCommand, type CommandRun } from '../../test/support/run-command.ts';
import { until } from '../../test/support/until.ts';
import { startProcessor, type RunningProcessor } from '../processor/start.ts';
import { startSandbox, type Sandbox } from '../sandbox/sandbox.ts';

let database: TestDatabase;
let server: Sandbox;
let sandbox: SandboxClient;
let config: Config;
let bus: Bus;
let writer: BusWriter;
let sql: Client;
let processor: RunningProcessor | null = null;

const CARD = luhn('411111111111111');
const forever = new AbortController().signal;

beforeEach(async () => {
  database = await createTestDatabase();
  server = await startSandbox();
  sandbox = new SandboxClient(server.url);
  config = readConfig({ DATABASE_URL: database.url, SANDBOX_URL: server.url, PORT: '0' });
  await start({ payloadBytesMax: 1024 });
  bus = createEmbeddedBus({ databaseUrl: database.url, log: () => undefined });
  writer = await bus.writer();
  sql = new Client({ connectionString: database.url });
  await sql.connect();
});
afterEach(async () => {
  await stop();
  await writer.close();
  await bus.close();
  await sql.end();
  await server.close();
  await database.drop();
});

async function start(limits: Partial<Config['limits']> = {}): Promise<void> {
  await stop();
  processor = await startProcessor(
    { ...config, limits: { ...config.limits, ...limits } },
    new Set(['intake', 'executor', 'relay']),
    createLogger({ level: 'silent', name: 'test' }),
  );
}

/** Once: a processor that was stopped twice would wait for the end of its grace. */
async function stop(): Promise<void> {
  const running = processor;
  processor = null;
  await running?.stop();
}

const run = async (...args: readonly string[]): Promise<CommandRun> =>
  await runCommand({ NODE_ENV: 'test', DATABASE_URL: database.url }, args);

/** Sends messages and waits until each is kept, one after the other because each partition is read for itself; answers their numbers in order. */
async function lay(...messages: readonly Partial<OutgoingMessage>[]): Promise<readonly string[]> {
  const before = (await numbers()).length;
  const topic = config.topics.requested;
  for (const [index, message] of messages.entries()) {
    await writer.send([{ key: Buffer.from('k'), value: null, headers: [], ...message, topic }], forever);
    await until('the dead letter', async () => (await numbers()).length === before + index + 1);
  }
  return (await numbers()).slice(before);
}

async function numbers(): Promise<readonly string[]> {
  const { rows } = await sql.query<{ no: string }>(
    'select dead_letter_no as no from refundry.dead_letter order by 1',
  );
  return rows.map(({ no }) => no);
}

/** Everything on a topic now, in order of arrival where that is told by the value. */
async function onTopic(topic: string): Promise<readonly BusRecord[]> {
  const admin = await bus.admin();
  const ranges = (await admin.offsets(topic)).map(({ partition, low, high }) => ({
    partition,
    from: low,
    to: high,
  }));
  await admin.close();
  const records: BusRecord[] = [];
  for await (const batch of bus.scan(topic, ranges, forever)) records.push(...batch.records);
  return records;
}

function content({ key, value, headers }: Pick<BusRecord, 'key' | 'value' | 'headers'>): string {
  const hex = (bytes: Buffer | null): string | null => bytes?.toString('hex') ?? null;
  return JSON.stringify([hex(key), hex(value), headers.map((one) => [one.name, hex(one.value)])]);
}

async function request(
  refundId: string,
  fields: Readonly<Record<string, unknown>> = {},
): Promise<OutgoingMessage> {
  const { paymentId } = await sandbox.createPayment({
    provider: 'razorpay',
    amount: '100.00',
    currency: 'INR',
  });
  return requestMessage(
    { refundId, provider: 'razorpay', paymentId, amount: '10.00', currency: 'INR', ...fields },
    { topic: config.topics.requested, ceId: refundId, ceSource: '/orders', time: new Date().toISOString() },
  );
}

/** Larger than the limit that the processor begins with, and acceptable. */
async function large(refundId: string): Promise<OutgoingMessage> {
  const metadata = Object.fromEntries(
    Array.from({ length: 6 }, (_, no) => [`k${String(no)}`, 'x'.repeat(250)]),
  );
  return await request(refundId, { metadata });
}

async function stateOf(refundId: string): Promise<string | null> {
  const { rows } = await sql.query<{ state: string }>(
    'select state from refundry.refund where refund_id = $1',
    [refundId],
  );
  return rows[0]?.state ?? null;
}

describe('refundctl dlq list and show', () => {
  it('list what could not be handled, by reason, time and status', async () => {
    expect((await run('dlq', 'list')).out).toBe('There are no such dead letters.\n');
    const [first = '', second = ''] = await lay({ value: Buffer.from('no json') }, { key: null });
    const { exit, out } = await run('dlq', 'list');
    expect(exit).toBe(0);
    expect(out).toMatch(
      new RegExp(
        ` ${first} +│ \\d{4}-.* CE_ATTRIBUTE_MISSING +│ refunds\\.requested\\.v1/\\d+/0 +│ k +│ 7 +│ open`,
      ),
    );
    expect(out).toMatch(new RegExp(` ${second} +│ .* VALUE_MISSING +│ .* │ – +│ – +│ open`));
    const some = async (...filter: readonly string[]): Promise<readonly string[]> =>
      (await run('dlq', 'list', '--json', ...filter)).out
        .split('\n')
        .filter((text) => text !== '')
        .map((text) => (JSON.parse(text) as { deadLetterNo: string }).deadLetterNo);
    expect(await some('--reason', 'VALUE_MISSING')).toEqual([second]);
    expect(await some('--limit', '1')).toEqual([first]);
    expect(await some('--from', '2020-01-01')).toEqual([first, second]);
    expect(await some('--to', '2020-01-01')).toEqual([]);
    expect(await some('--status', 'redriven')).toEqual([]);
    expect(await some('--status', 'all')).toEqual([first, second]);
    expect((await run('dlq', 'list', '--reason', 'NO_SUCH')).exit).toBe(2);
  });

  it('list what the topic holds, foreign letters too', async () => {
    await lay({ value: Buffer.from('no json') });
    await until('it is on its topic', async () => (await onTopic(config.topics.deadLetters)).length === 1);
    const foreign = { key: null, value: Buffer.from('?'), headers: [] };
    await writer.send([{ ...foreign, topic: config.topics.deadLetters }], forever);
    const { out } = await run('dlq', 'list', '--from-topic');
    expect(out).toMatch(/CE_ATTRIBUTE_MISSING +│ refunds\.requested\.v1\/\d+\/0 +│ refundry +│ k +│ 7/);
    expect(out).toMatch(/ – +│ \/\/ +│ – +│ – +│ 1 /);
    const one = await run('dlq', 'list', '--from-topic', '--json', '--reason', 'CE_ATTRIBUTE_MISSING');
    expect(JSON.parse(one.out)).toMatchObject({ key: { text: 'k' }, valueBytes: 7 });
  });

  it('show why, what it says and what to do, and no card number', async () => {
    const headers = [
      { name: 'x', value: Buffer.from('1') },
      { name: 'x', value: null },
    ];
    const [text = '', bytes = '', hidden = ''] = await lay(
      { value: Buffer.from(`pay ${CARD}`), headers },
      { value: Buffer.from([0xff, 0x41]), headers: (await request('a')).headers },
      {
        value: Buffer.concat([Buffer.from([0xff]), Buffer.from(CARD)]),
        headers: (await request('a')).headers,
      },
    );
    const { exit, out } = await run('dlq', 'show', text);
    expect(exit).toBe(0);
    expect(out).toMatch(/Why +│ CE_ATTRIBUTE_MISSING: /);
    expect(out).toMatch(/What to do +│ Add it/);
    expect(out).toMatch(/Header x +│ 1 +│\n.*Header x +│ – /);
    expect(out).toContain('pay [redacted]');
    expect((await run('dlq', 'show', bytes)).out).toContain('(no text, in hexadecimal) ff41');
    for (const args of [[text], [hidden], [text, '--json'], [hidden, '--json']]) {
      const shown = (await run('dlq', 'show', ...args)).out;
      expect(shown).not.toContain(CARD);
      expect(shown).not.toContain(Buffer.from(CARD).toString('hex'));
    }
    const none = await run('dlq', 'show', '4711');
    expect([none.exit, none.err.includes('DEAD_LETTER_NOT_FOUND')]).toEqual([2, true]);
  });
});

describe('refundctl dlq redrive', () => {
  it('sends the original bytes, key and headers', async () => {
    const headers = [
      { name: 'x', value: Buffer.from([0xff, 0x00]) },
      { name: 'dlq-reason', value: Buffer.from('of an earlier burial') },
      { name: 'x', value: null },
      { name: 'x', value: Buffer.alloc(0) },
    ];
    const messages = [
      { key: randomBytes(5), value: randomBytes(300), headers },
      { key: null, value: null, headers: [] },
      { key: Buffer.alloc(0), value: Buffer.alloc(0), headers: [] },
    ];
    const laid = await lay(...messages);
    const { exit, out } = await run('dlq', 'redrive', ...laid, '--by', 'ann');
    expect([exit, out]).toEqual([0, laid.map((no) => `${no}  redriven\n`).join('')]);
    const sent = (await onTopic(config.topics.requested)).map(content);
    const wanted = messages.map((message) =>
      content({ ...message, headers: message.headers.filter(({ name }) => !name.startsWith('dlq-')) }),
    );
    for (const one of wanted) expect(sent).toContain(one);
    expect(sent).toHaveLength(2 * messages.length);
  });

  it('brings a request that is acceptable now to its end, once', async () => {
    const [no = ''] = await lay(await large('big'));
    await start();
    const dry = await run('dlq', 'redrive', no, '--dry-run');
    expect([dry.exit, dry.out]).toEqual([0, `${no}  would be redriven\n`]);
    expect((await run('dlq', 'list')).out).toContain('PAYLOAD_TOO_LARGE');
    expect((await run('dlq', 'redrive', '--reason', 'PAYLOAD_TOO_LARGE', '--by', 'ann')).out).toBe(
      `${no}  redriven\n`,
    );
    await until('the refund is completed', async () => (await stateOf('big')) === 'completed');
    expect((await run('dlq', 'list', '--status', 'redriven')).out).toContain('redriven by ann');
    const again = await run('dlq', 'redrive', no);
    expect([again.exit, again.out.includes('redriven or discarded before')]).toEqual([2, true]);
    await run('dlq', 'redrive', no, '--force');
    const { rows } = await sql.query<{ action: string; reason: string | null; audited: boolean }>(
      'select action, reason, operation_no is not null as audited from refundry.dead_letter_action',
    );
    expect(rows).toEqual(
      Array.from({ length: 2 }, () => ({ action: 'redriven', reason: null, audited: true })),
    );
    expect((await run('operations', 'list')).out).toMatch(
      /ann +│ dlq redrive +│ clean +│ refused 0, redriven 1/,
    );
    expect(await sandbox.refunds('razorpay')).toHaveLength(1);
  });

  it('is taken once when it was interrupted after the send and sent again', async () => {
    const [no = ''] = await lay(await large('big'));
    await start();
    const holder = new Client({ connectionString: database.url });
    await holder.connect();
    await holder.query('begin; lock table refundry.dead_letter_action in exclusive mode');
    const first = run('dlq', 'redrive', no);
    const waiting = `from pg_stat_activity where datname = current_database() and wait_event = 'relation' and query like '%dead_letter_action%'`;
    await until('the record waits', async () => (await sql.query(`select 1 ${waiting}`)).rows.length > 0);
    await sql.query(`select pg_terminate_backend(pid) ${waiting}`);
    expect((await first).exit).toBe(1);
    await holder.query('commit');
    await holder.end();
    expect((await run('dlq', 'list', '--json')).out).toContain(`"deadLetterNo":"${no}"`);
    expect((await run('dlq', 'redrive', no)).exit).toBe(0);
    const { requested } = config.topics;
    expect((await onTopic(requested)).map(content)).toHaveLength(3);
    expect(new Set((await onTopic(requested)).map(content)).size).toBe(1);
    await until('the refund is completed', async () => (await stateOf('big')) === 'completed');
    expect(await sandbox.refunds('razorpay')).toHaveLength(1);
  });

  it('refuses what would only come back, or is nowhere read, unless it is forced', async () => {
    await start();
    const original = await request('taken');
    await writer.send([original], forever);
    await until('the first one is taken', async () => (await stateOf('taken')) !== null);
    const [no = ''] = await lay({ ...original, ...(await request('taken', { amount: '11.00' })) });
    const { exit, out, err } = await run('dlq', 'redrive', no, '999');
    expect(exit).toBe(2);
    expect(out).toContain(`${no}  not sent: its refundId is taken by a request with other content`);
    expect(out).toContain('999  not sent: this database has no such dead letter');
    expect(err).toContain('DEAD_LETTERS_REFUSED: 2 of 2 were not sent');
    expect((await run('dlq', 'redrive', no, '--force')).exit).toBe(0);
    await until('it came back', async () => (await numbers()).length === 2);
    await sql.query(`update refundry.dead_letter set topic = 'elsewhere', code = 'NOT_UTF8'`);
    const elsewhere = await run('dlq', 'redrive', '--reason', 'NOT_UTF8');
    expect([elsewhere.exit, elsewhere.out.includes('from another topic or cluster')]).toEqual([2, true]);
  });

  it('wants either numbers or a code', async () => {
    for (const args of [[], ['1', '--reason', 'NOT_UTF8'], ['1', '--limit', '2']]) {
      const { exit, err } = await run('dlq', 'redrive', ...args);
      expect([exit, err.includes('DEAD_LETTERS_UNNAMED')]).toEqual([2, true]);
    }
    expect((await run('dlq', 'redrive', '--reason', 'NOT_UTF8')).exit).toBe(0);
  });
});

describe('refundctl dlq discard', () => {
  it('needs a reason', async () => {
    const [no = ''] = await lay({});
    expect((await run('dlq', 'discard', no)).exit).toBe(2);
    for (const reason of ['  ', `card ${CARD}`, 'x'.repeat(256)])
      expect((await run('dlq', 'discard', no, '--reason', reason)).exit).toBe(2);
    expect((await run('dlq', 'list')).out).toContain('VALUE_MISSING');
  });

  it('marks a letter, says by whom and why, and keeps its bytes', async () => {
    const value = randomBytes(20);
    const [no = '', other = ''] = await lay({ value }, {});
    const args = ['--reason', 'a test of the order service', '--by', 'ann'];
    const { exit, out } = await run('dlq', 'discard', no, ...args);
    expect([exit, out]).toEqual([0, `${no}  discarded\n`]);
    expect((await run('dlq', 'show', no)).out).toMatch(/discarded by ann at .*: a test of the order service/);
    const { rows } = await sql.query<{ value: Buffer }>(
      'select value from refundry.dead_letter where dead_letter_no = $1',
      [no],
    );
    expect(rows).toEqual([{ value }]);
    const again = await run('dlq', 'discard', no, other, '999', ...args);
    expect(again.exit).toBe(2);
    expect(again.out).toBe(`${no}  unchanged: it is discarded already\n${other}  discarded\n`);
    expect(again.err).toContain('DEAD_LETTER_NOT_FOUND');
    expect((await run('dlq', 'redrive', no)).exit).toBe(2);
  });
});
