import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startThrowawayPostgres } from '#libs/local-stack';
import { startChild } from '../support/child.ts';
import type { Contestant } from './workload.ts';

/** The bare loop: no database, nothing remembered. */
export function bareLoop(brokers: string, sandboxUrl: string, inFlight: number): Contestant {
  return async (topics) => {
    const script = join(import.meta.dirname, 'bare-loop.js');
    const args = [brokers, topics.requested, topics.results, sandboxUrl, String(inFlight)];
    const child = await startChild(script, args, {});
    return { child, databasePid: null, close: async () => await child.stop() };
  };
}

export interface ProcessorVariant {
  readonly verify: 'never' | 'first';
  readonly statusEvents: boolean;
  /** Calls in flight at the provider. */
  readonly inFlight: number;
}

/** Our processor, with a database server of its own for the measurement. */
export function processor(brokers: string, sandboxUrl: string, variant: ProcessorVariant): Contestant {
  return async (topics) => {
    const directory = await mkdtemp(join(tmpdir(), 'refundry-bench-'));
    const postgres = await startThrowawayPostgres();
    const file = join(directory, 'refundry.json');
    const settings = { keyId: 'rzp_test_sandbox', keySecret: 'sandbox_secret', baseUrl: sandboxUrl };
    const account = {
      provider: 'razorpay',
      name: 'default',
      profile: 'sandbox',
      settings,
      verify: variant.verify,
      concurrency: variant.inFlight,
    };
    await writeFile(
      file,
      JSON.stringify({ topics, statusEvents: variant.statusEvents, accounts: [account] }),
    );
    const child = await startChild(join(import.meta.dirname, '../../apps/processor/main.js'), [], {
      KAFKA_BROKERS: brokers,
      KAFKA_GROUP_ID: topics.requested,
      DATABASE_URL: postgres.url,
      REFUNDRY_CONFIG: file,
      PORT: '0',
      LOG_LEVEL: 'warn',
    });
    return {
      child,
      databasePid: await serverPid(postgres.url),
      close: async () => {
        await child.stop();
        await postgres.stop();
        await rm(directory, { recursive: true, force: true });
      },
    };
  };
}

/** The postmaster's pid: parent of whatever backend answers. */
async function serverPid(url: string): Promise<number> {
  const { Client } = await import('pg');
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid');
    const status = await readFile(`/proc/${String(rows[0]?.pid)}/status`, 'utf8');
    return Number(/PPid:\s+(\d+)/.exec(status)?.[1]);
  } finally {
    await client.end();
  }
}
