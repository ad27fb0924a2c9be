import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { createEmbeddedBus, createKafkaBus, type Bus } from '#libs/bus';
import { kafkaAvailable, startKafka, startPostgres, type LocalKafka } from '#libs/local-stack';
import { migrate } from '#libs/store';

export type BusKind = 'kafka' | 'embedded';

/** A server that can be taken away and given back on the same address. */
interface Outage {
  /** `stop` lets it write everything first, `crash` does not. */
  down(how: 'stop' | 'crash'): Promise<void>;
  /** Does nothing while it runs. */
  up(): Promise<void>;
}

/** What all seeds of a run share: a PostgreSQL of our own and, on Kafka, a broker. */
export interface Servers {
  readonly busKind: BusKind;
  /** `host:port`; null on the embedded bus. */
  readonly brokers: string | null;
  readonly database: Outage;
  /** Null where the broker is not ours to stop. */
  readonly broker: Outage | null;
  /** A new, empty database; answers its address. `migrated`: with the schema already in it, which is copied from the first such one. */
  createDatabase(name: string, how?: 'migrated'): Promise<string>;
  dropDatabase(name: string): Promise<void>;
  /** Ends every connection to a database, in whatever it is. */
  cutConnections(databaseUrl: string): Promise<void>;
  /** A connection to the bus of one database's processors. */
  openBus(databaseUrl: string): Bus;
  close(): Promise<void>;
}

/** Starts them under `directory`. A broker that `givenBrokers` names is used as it is and never stopped. Rejects when interrupted before it has them. */
export async function startServers(
  busKind: BusKind,
  directory: string,
  givenBrokers: string | undefined,
  signal: AbortSignal,
): Promise<Servers> {
  const postgres = await openPostgres(join(directory, 'postgres'));
  try {
    signal.throwIfAborted();
    const kafka = busKind === 'kafka' && givenBrokers === undefined ? await openKafka(directory) : null;
    const brokers = busKind === 'kafka' ? (givenBrokers ?? kafka?.brokers ?? null) : null;
    let migrated: Promise<string> | null = null;
    const template = async (): Promise<string> => await (migrated ??= createTemplate(postgres.url()));
    return {
      busKind,
      brokers,
      database: postgres.outage,
      broker: kafka === null ? null : brokerOutage(kafka),
      createDatabase: async (name, how) => {
        const from = how === 'migrated' ? ` template ${await template()}` : '';
        await onServer(postgres.url(), `create database ${name}${from}`);
        return databaseOn(postgres.url(), name);
      },
      dropDatabase: async (name) => {
        await onServer(postgres.url(), `drop database if exists ${name} with (force)`);
      },
      cutConnections: async (databaseUrl) => {
        const name = new URL(databaseUrl).pathname.slice(1);
        const cut = `select pg_terminate_backend(pid) from pg_stat_activity where datname = '${name}'`;
        await onServer(postgres.url(), cut);
      },
      openBus: (databaseUrl) =>
        brokers === null
          ? createEmbeddedBus({ databaseUrl, log: () => undefined })
          : createKafkaBus({ brokers: brokers.split(','), clientId: 'chaos', log: () => undefined }),
      close: async () => {
        await kafka?.stop();
        await postgres.close();
      },
    };
  } catch (error) {
    await postgres.close();
    throw error;
  }
}

const TEMPLATE = 'chaos_template';

async function createTemplate(serverUrl: string): Promise<string> {
  await onServer(serverUrl, `create database ${TEMPLATE}`);
  await migrate(databaseOn(serverUrl, TEMPLATE));
  return TEMPLATE;
}

function databaseOn(serverUrl: string, name: string): string {
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  return url.href;
}

async function openKafka(directory: string): Promise<LocalKafka> {
  const available = await kafkaAvailable();
  if (!available.ok)
    throw new Error(
      `no Kafka to run on: KAFKA_BROKERS is not set, and ${available.why}; --bus embedded needs none`,
    );
  return await startKafka({ dataDir: directory });
}

function brokerOutage(kafka: LocalKafka): Outage {
  return {
    down: async (how) => {
      await (how === 'crash' ? kafka.crash() : kafka.stop());
    },
    up: async () => {
      await kafka.start();
    },
  };
}

async function openPostgres(
  dataDir: string,
): Promise<{ readonly outage: Outage; url(): string; close(): Promise<void> }> {
  let server = await startPostgres({ dataDir });
  const { port } = server;
  let isUp = true;
  // A second Ctrl-C, or an error of our own, must not leave it behind.
  process.on('exit', () => {
    if (isUp && isAlive(server.pid)) process.kill(server.pid, 'SIGQUIT');
  });
  const down = async (how: 'stop' | 'crash'): Promise<void> => {
    if (!isUp) return;
    isUp = false;
    // Immediate shutdown: no checkpoint, every session cut. The next start recovers from the log, as after a power cut.
    if (how === 'crash') {
      process.kill(server.pid, 'SIGQUIT');
      while (isAlive(server.pid)) await pause(20);
    }
    await server.stop();
  };
  return {
    url: () => server.url,
    outage: {
      down,
      up: async () => {
        if (isUp) return;
        server = await startPostgres({ dataDir, port });
        isUp = true;
      },
    },
    close: async () => {
      await down('stop');
    },
  };
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

async function onServer(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
