import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { startPostgres, type LocalPostgres } from '#libs/local-stack';
import { migrate } from '#libs/store';
import { until } from '../support/until.ts';

/** A PostgreSQL of its own, to be killed. Commits are durable, and it comes back under its address. */
export interface DoomedDatabase {
  /** A database on it, with the schema and nothing else. */
  create(): Promise<{ readonly url: string; drop(): Promise<void> }>;
  /** An immediate shutdown: no connection is told, nothing is flushed, the next start recovers. `meanwhile` happens while it is away. */
  killAndRestart(meanwhile: () => void): Promise<void>;
  close(): Promise<void>;
}

export async function openDoomedDatabase(): Promise<DoomedDatabase> {
  const dataDir = await mkdtemp(join(tmpdir(), 'refundry-doomed-'));
  let server: LocalPostgres = await startPostgres({ dataDir });
  const { url: adminUrl, port } = server;
  const template = 'doomed_template';
  const run = async (sql: string): Promise<void> => {
    const client = new Client({ connectionString: adminUrl });
    await client.connect();
    try {
      await client.query(sql);
    } finally {
      await client.end();
    }
  };
  const urlOf = (name: string): string => {
    const url = new URL(adminUrl);
    url.pathname = `/${name}`;
    return url.toString();
  };
  await run(`create database ${template}`);
  await migrate(urlOf(template));
  return {
    create: async () => {
      const name = `doomed_${randomBytes(6).toString('hex')}`;
      await run(`create database ${name} template ${template}`);
      return {
        url: urlOf(name),
        drop: async () => {
          // It goes with its server.
          await Promise.resolve();
        },
      };
    },
    killAndRestart: async (meanwhile) => {
      const { pid } = server;
      process.kill(pid, 'SIGQUIT');
      await until('the server is gone', () => !isAlive(pid));
      meanwhile();
      server = await startPostgres({ dataDir, port });
    },
    close: async () => {
      await server.stop();
      await rm(dataDir, { recursive: true, force: true });
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
