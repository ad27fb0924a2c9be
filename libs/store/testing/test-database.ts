import { createHash, randomBytes } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Client } from 'pg';
import { migrate } from '../migrate.ts';

export interface TestDatabase {
  readonly url: string;
  drop(): Promise<void>;
}

const MIGRATIONS = join(import.meta.dirname, '../migrations');
/** Any constant: two spec files at once must not both build the template. */
const TEMPLATE_LOCK = 7_240_112;

/** A fresh migrated database on the test server (`TEST_POSTGRES_URL`), cloned from a template that the first caller of a run builds. */
export async function createTestDatabase(): Promise<TestDatabase> {
  const adminUrl = process.env['TEST_POSTGRES_URL'];
  if (adminUrl === undefined) throw new Error('TEST_POSTGRES_URL is not set: the global set-up did not run');
  const name = `test_${randomBytes(6).toString('hex')}`;
  const template = `refundry_template_${await schemaDigest()}`;
  await asAdmin(adminUrl, async (client) => {
    await client.query('select pg_advisory_lock($1)', [TEMPLATE_LOCK]);
    const { rowCount } = await client.query('select 1 from pg_database where datname = $1', [template]);
    if (rowCount === 0) {
      const unfinished = `${template}_building`;
      await client.query(`drop database if exists ${unfinished} with (force)`);
      await client.query(`create database ${unfinished}`);
      await migrate(databaseUrl(adminUrl, unfinished));
      await client.query(`alter database ${unfinished} rename to ${template}`);
    }
    await client.query(`create database ${name} template ${template}`);
  });
  return {
    url: databaseUrl(adminUrl, name),
    drop: async () => {
      await asAdmin(adminUrl, async (client) => {
        await client.query(`drop database if exists ${name} with (force)`);
      });
    },
  };
}

/** A server that outlives a run must not give an older schema to the next one. */
async function schemaDigest(): Promise<string> {
  const digest = createHash('sha256');
  for (const file of (await readdir(MIGRATIONS)).sort())
    digest.update(await readFile(join(MIGRATIONS, file)));
  return digest.digest('hex').slice(0, 12);
}

function databaseUrl(adminUrl: string, name: string): string {
  const url = new URL(adminUrl);
  url.pathname = `/${name}`;
  return url.toString();
}

async function asAdmin(url: string, use: (client: Client) => Promise<void>): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await use(client);
  } finally {
    await client.end();
  }
}
