import { readdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runner } from 'node-pg-migrate';
import { Client, type ClientConfig } from 'pg';

/** The schema this release was written for. A database whose `min_compatible_version` is above it belongs to a newer release. */
export const SCHEMA_VERSION = 11;

export class SchemaTooNew extends Error {
  override readonly name = 'SchemaTooNew';
  readonly code = 'SCHEMA_TOO_NEW';
}

class SchemaForeign extends Error {
  override readonly name = 'SchemaForeign';
  readonly code = 'SCHEMA_FOREIGN';
}

/**
 * A server behind dropped packets would be waited for longer than two minutes, one that accepts and never answers for ever: neither could be told
 * from one that works. Longer than a busy server needs to let somebody in.
 */
const CONNECT_TIMEOUT_MS = 10_000;
/** For questions to the catalogue only: a migration may take its time, and so may another process that migrates. */
const ANSWER_TIMEOUT_MS = 10_000;

const directory = dirname(fileURLToPath(import.meta.resolve('#store/migrations/0001_refunds.sql')));

/**
 * Brings the database to this release's schema under an advisory lock; a second process waits for the first. Answers what was applied.
 * @throws SchemaTooNew when a newer release has made the schema incompatible with this one; nothing was changed.
 * @throws SchemaForeign when the schema holds tables that no migration of ours has made; nothing was changed.
 */
export async function migrate(databaseUrl: string): Promise<readonly string[]> {
  await assertCompatible(databaseUrl);
  const quiet = (): void => undefined;
  return await withClient({ connectionString: databaseUrl }, async (dbClient) => {
    const applied = await runner({
      dbClient,
      dir: directory,
      direction: 'up',
      migrationsTable: 'migration',
      schema: 'refundry',
      createSchema: true,
      advisoryLockMode: 'wait',
      checkOrder: true,
      logger: { info: quiet, warn: quiet, error: quiet, debug: quiet },
    });
    return applied.map((migration) => migration.name);
  });
}

/** Migrations of this release that the database does not have yet. */
export async function pendingMigrations(databaseUrl: string): Promise<readonly string[]> {
  const files = (await readdir(directory)).filter((file) => file.endsWith('.sql')).sort();
  const names = files.map((file) => file.replace(/\.sql$/, ''));
  return await withClient(asking(databaseUrl), async (client) => {
    if (!(await exists(client, 'refundry.migration'))) return names;
    const { rows } = await client.query<{ name: string }>('select name from refundry.migration');
    const done = new Set(rows.map((row) => row.name));
    return names.filter((name) => !done.has(name));
  });
}

async function assertCompatible(databaseUrl: string): Promise<void> {
  await withClient(asking(databaseUrl), async (client) => {
    await assertOurs(client);
    if (!(await exists(client, 'refundry.compatibility'))) return;
    const { rows } = await client.query<{ least: number | null }>(
      'select max(min_compatible_version) as least from refundry.compatibility',
    );
    const least = rows[0]?.least ?? 0;
    if (least > SCHEMA_VERSION)
      throw new SchemaTooNew(
        `this release knows schema ${String(SCHEMA_VERSION)}, the database requires at least ${String(least)}: start the newer release; nothing was changed`,
      );
  });
}

/** Without our list of migrations whatever is there was made by somebody else, and our tables would be made among theirs. */
async function assertOurs(client: Client): Promise<void> {
  if (await exists(client, 'refundry.migration')) return;
  const { rows } = await client.query<{ name: string }>(
    "select relname as name from pg_class where relnamespace = to_regnamespace('refundry') and relkind in ('r', 'v', 'm', 'S', 'p', 'f') order by relname limit 5",
  );
  if (rows.length > 0)
    throw new SchemaForeign(
      `the schema refundry of this database is not ours: it holds ${rows.map(({ name }) => name).join(', ')} and no list of migrations; nothing was changed`,
    );
}

async function exists(client: Client, table: string): Promise<boolean> {
  const { rows } = await client.query<{ found: boolean }>('select to_regclass($1) is not null as found', [
    table,
  ]);
  return rows[0]?.found === true;
}

function asking(databaseUrl: string): ClientConfig {
  return { connectionString: databaseUrl, query_timeout: ANSWER_TIMEOUT_MS };
}

async function withClient<T>(config: ClientConfig, use: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ ...config, connectionTimeoutMillis: CONNECT_TIMEOUT_MS, keepAlive: true });
  // A server that goes between two statements is heard of here, and by the next one; unheard, it would end the process.
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await use(client);
  } finally {
    await client.end();
  }
}
