import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createEmbeddedBus } from '#libs/bus';
import { topicPlans } from '#libs/config';
import { SandboxClient } from '#libs/scenario';
import { PROCESSOR, SANDBOX, SHORT_LEASES } from '../e2e/world.ts';
import { startChild, type Child } from '../support/child.ts';
import type { Stage } from './company.ts';

const TOPICS = {
  requested: 'requested',
  results: 'results',
  status: 'status',
  deadLetters: 'dead-letters',
  acknowledged: 'acknowledged',
  seals: 'seals',
};

export interface RunningSandbox {
  readonly client: SandboxClient;
  close(): void;
}

export async function startSandbox(): Promise<RunningSandbox> {
  const child = await startChild(SANDBOX, [], { SANDBOX_PORT: '0' });
  return {
    client: new SandboxClient(`http://127.0.0.1:${String(child.ready['port'])}`),
    close: () => {
      child.kill('SIGKILL');
    },
  };
}

/** A stage on the bus that lives in the database, which needs no broker and goes down with its database. `cacheDirectory`: see `warmCompileCache`. */
export async function openEmbeddedStage(
  database: { readonly url: string; drop(): Promise<void> },
  sandbox: SandboxClient,
  cacheDirectory: string,
): Promise<Stage> {
  const directory = await mkdtemp(join(tmpdir(), 'refundry-crash-'));
  const file = join(directory, 'refundry.json');
  await writeFile(file, JSON.stringify({ topics: TOPICS, ...SHORT_LEASES }));
  const environment = {
    KAFKA_BROKERS: '',
    DATABASE_URL: database.url,
    SANDBOX_URL: sandbox.url,
    REFUNDRY_CONFIG: file,
    PORT: '0',
    LOG_LEVEL: 'warn',
    NODE_COMPILE_CACHE: cacheDirectory,
  };
  const bus = createEmbeddedBus({ databaseUrl: database.url, log: () => undefined });
  const admin = await bus.admin();
  // One partition: what is sent together is one batch of intake.
  await admin.createTopics(topicPlans(TOPICS, 1));
  await admin.close();
  const children: Child[] = [];
  return {
    bus,
    topics: TOPICS,
    sandbox,
    databaseUrl: database.url,
    startProcessor: async (env = {}, roles) => {
      const args = roles === undefined ? [] : ['--roles', roles];
      const child = await startChild(PROCESSOR, args, { ...environment, ...env });
      children.push(child);
      return child;
    },
    close: async () => {
      for (const child of children) child.kill('SIGKILL');
      await bus.close();
      await database.drop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/**
 * Compiling the programs is a third of what a start costs, and scenes start a hundred. Only a process that ends by itself leaves behind what it
 * compiled, so one is started for that alone. Answers the directory.
 */
export async function warmCompileCache(
  database: { readonly url: string; drop(): Promise<void> },
  sandbox: SandboxClient,
): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'refundry-compiled-'));
  const stage = await openEmbeddedStage(database, sandbox, directory);
  const processor = await stage.startProcessor();
  await processor.stop();
  await stage.close();
  return directory;
}
