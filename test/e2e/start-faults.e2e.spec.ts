import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createConnection, createServer, type AddressInfo, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { createTestDatabase, type TestDatabase } from '#libs/store/testing';
import { startPostgres } from '#libs/local-stack';
import { launchChild, untilReady, type Child, type Launched } from '../support/child.ts';
import { until } from '../support/until.ts';
import { PROCESSOR } from './world.ts';

/** Where nobody listens: the port of a server that was closed. */
const closedPort = async (): Promise<number> => {
  const server = await listen(0);
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
};
const listen = async (port: number): Promise<Server> => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return server;
};

/** What PostgreSQL says to whom it asks for no password: authenticated, ready for a question. */
const LET_IN = Buffer.from('R\0\0\0\x08\0\0\0\0Z\0\0\0\x05I', 'latin1');

let directory: string;
let database: TestDatabase;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'refundry-start-'));
  database = await createTestDatabase();
});
afterEach(async () => {
  await database.drop();
  await rm(directory, { recursive: true, force: true });
});

/** Starts a processor with these settings and variables beside what every start needs; on the embedded bus of its database where no brokers are named. */
const launch = async (
  limits: Readonly<Record<string, number>>,
  variables: Readonly<Record<string, string>> = {},
  roles = 'executor',
): Promise<Launched> => {
  const file = join(directory, 'refundry.json');
  await writeFile(file, JSON.stringify({ limits }));
  const environment = {
    DATABASE_URL: database.url,
    SANDBOX_URL: `http://127.0.0.1:${String(await closedPort())}`,
    REFUNDRY_CONFIG: file,
    PORT: '0',
    LOG_LEVEL: 'warn',
  };
  return launchChild(PROCESSOR, ['--roles', roles], { ...environment, ...variables });
};
const start = async (...how: Parameters<typeof launch>): Promise<Child> =>
  await untilReady(await launch(...how));

/** What a start that must fail wrote, and the code it ended with. */
const failed = async (launching: Promise<Launched>): Promise<{ exit: number | null; said: string }> => {
  const launched = await launching;
  const said = await launched.ready.then(
    () => 'it started',
    (error: unknown) => String(error).trim(),
  );
  launched.kill('SIGKILL');
  return { exit: await launched.exited, said };
};

/** What it wrote last. It says by its exit code that it could not start. */
const complaint = async (launching: Promise<Launched>): Promise<string> => {
  const { exit, said } = await failed(launching);
  expect(exit).toBe(1);
  return said.split('\n').at(-1) ?? '';
};

const sql = async (...texts: readonly string[]): Promise<void> => {
  const client = new Client({ connectionString: database.url });
  await client.connect();
  for (const text of texts) await client.query(text);
  await client.end();
};

describe('a processor that cannot start', () => {
  it('says whose the schema is when it is not ours, and leaves it alone', async () => {
    await sql(
      'drop schema refundry cascade',
      'create schema refundry',
      'create table refundry.orders (id int)',
    );
    expect(await complaint(launch({}))).toMatch(
      /^the processor could not start: the schema refundry of this database is not ours: it holds orders/,
    );
    await sql('insert into refundry.orders values (1)');
  });

  it('says which release can use the schema when a newer one has changed it', async () => {
    await sql(
      'insert into refundry.compatibility (schema_version, min_compatible_version) values (1000, 999)',
    );
    expect(await complaint(launch({}))).toMatch(
      /^the processor could not start: this release knows schema \d+, the database requires at least 999/,
    );
  });

  it('says which database it waited for, without the password', async () => {
    const port = String(await closedPort());
    const url = `postgres://refundry:very-secret@127.0.0.1:${port}/refundry`;
    const said = await complaint(
      launch({ startWaitMs: 0 }, { DATABASE_URL: url, KAFKA_BROKERS: '127.0.0.1:1' }),
    );
    expect(said).toMatch(
      `the processor could not start: PostgreSQL at 127.0.0.1:${port} could not be reached`,
    );
    expect(said).not.toContain('very-secret');
  });

  it('says which brokers it waited for', async () => {
    const brokers = `127.0.0.1:${String(await closedPort())}`;
    expect(await complaint(launch({ startWaitMs: 0 }, { KAFKA_BROKERS: brokers }))).toMatch(
      `the processor could not start: Kafka at ${brokers} could not be reached`,
    );
  }, 60_000);

  it.each([
    ['never answers', Buffer.alloc(0)],
    ['lets it in and answers no question', LET_IN],
  ])(
    'takes a database that accepts it and %s for one that cannot be reached',
    async (_how, answer) => {
      const silent = await listen(0);
      silent.on('connection', (socket) => {
        socket.once('data', () => socket.write(answer)).on('error', () => undefined);
      });
      const host = `127.0.0.1:${String((silent.address() as AddressInfo).port)}`;
      const url = `postgres://refundry:very-secret@${host}/refundry`;
      expect(await complaint(launch({ startWaitMs: 0 }, { DATABASE_URL: url }))).toMatch(
        `the processor could not start: PostgreSQL at ${host} could not be reached`,
      );
      silent.close();
    },
    60_000,
  );

  it('says that the database refuses it, at once', async () => {
    const url = new URL(database.url);
    url.pathname = '/no_such_database';
    expect(await complaint(launch({}, { DATABASE_URL: url.toString() }))).toMatch('no_such_database');
  });

  it('names every fault of its configuration at once', async () => {
    const { exit, said } = await failed(launch({ graceMs: 1, typo: 2 }, { PORT: 'x', LOG_LEVEL: 'loud' }));
    expect(exit).toBe(2);
    for (const fault of ['limits.graceMs', 'limits.typo', 'PORT', 'LOG_LEVEL']) expect(said).toContain(fault);
  });
});

describe('a processor that is told to stop while it waits', () => {
  it('for its database, which accepts it and never answers › exits with 0', async () => {
    const silent = await listen(0);
    const { port } = silent.address() as AddressInfo;
    const reached = new Promise((resolve) => silent.once('connection', resolve));
    const waiting = await launch({}, { DATABASE_URL: `postgres://u:p@127.0.0.1:${String(port)}/d` });
    await reached;
    waiting.kill('SIGINT');
    expect(await waiting.exited).toBe(0);
    silent.close();
  }, 60_000);

  it('for Kafka, whose topics it does not make › exits with 0 and leaves no embedded database running', async () => {
    const waiting = await launch(
      {},
      {
        DATABASE_URL: '',
        REFUNDRY_DATA: directory,
        KAFKA_BROKERS: `127.0.0.1:${String(await closedPort())}`,
        TOPICS_CREATE: 'false',
      },
      'relay',
    );
    await until(
      'it waits',
      () => waiting.errors().includes('waiting for Kafka'),
      () => waiting.errors(),
    );
    expect(await waiting.stop()).toBe(0);
    const postgres = await startPostgres({ dataDir: directory });
    await postgres.stop();
    expect(postgres.started).toBe(true);
  }, 180_000);
});

describe('a processor whose database is not up yet', () => {
  it('waits for it and starts', async () => {
    const url = new URL(database.url);
    const { hostname, port: real } = url;
    let refused = 0;
    const gate = createServer((from) => {
      // Whoever comes first finds nobody who answers.
      if (refused < 3) {
        refused += 1;
        from.destroy();
        return;
      }
      const to = createConnection({ host: hostname, port: Number(real) });
      from.pipe(to).pipe(from);
      for (const socket of [from, to]) socket.on('error', () => undefined);
    });
    await new Promise<void>((resolve) => gate.listen(0, '127.0.0.1', resolve));
    url.port = String((gate.address() as AddressInfo).port);
    const starting = start({ startWaitMs: 120_000 }, { DATABASE_URL: url.toString() });
    const child = await starting;
    expect(child.errors()).toContain(`waiting for PostgreSQL at ${url.host}`);
    expect(await child.stop()).toBe(0);
    gate.close();
  }, 180_000);
});

describe('a processor whose brokers are away', () => {
  const away = async (): Promise<Readonly<Record<string, string>>> => ({
    KAFKA_BROKERS: `127.0.0.1:${String(await closedPort())}`,
    TOPICS_CREATE: 'false',
  });

  it('starts when it only takes webhooks', async () => {
    const child = await start({ startWaitMs: 0 }, await away(), 'http');
    expect(child.errors()).not.toContain('Kafka');
    expect(await child.stop()).toBe(0);
  }, 60_000);

  it('sends nothing before it knows from them that no rows were lost', async () => {
    expect(await complaint(launch({ startWaitMs: 0 }, await away(), 'executor'))).toContain(
      'the processor could not start: Kafka at',
    );
  }, 60_000);
});
