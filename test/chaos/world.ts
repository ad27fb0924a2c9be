import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Bus } from '#libs/bus';
import { topicPlans, type Topics } from '#libs/config';
import { SandboxClient, type Random, type ScenarioProvider } from '#libs/scenario';
import { startChild, type Child } from '../support/child.ts';
import { drawWebhookTrouble, type WebhookTrouble } from './provider-trouble.ts';
import type { Servers } from './servers.ts';
import { Worker } from './worker.ts';

const DIST = join(import.meta.dirname, '../..');

/** A lease that ends within a stall, and a call deadline that ends within the lease. */
const LEASE_MS = 3000;
const CALL_TIMEOUT_MS = 1000;
const PARTITIONS = 6;
/** What a world has that not every one has. */
export interface WorldOptions {
  /** Of each processor, as on the command line; null: all. Drawn where it is absent. */
  readonly roles?: readonly (string | null)[];
  /** Of the processors alone. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Laid over the sections of the processors' file. */
  readonly limits?: Partial<Record<'executor' | 'relay', Readonly<Record<string, number>>>>;
  /** The schema is there already, and webhooks arrive as they are sent. */
  readonly calm?: true;
  readonly onStart?: (child: Child) => void;
}

/** The role http announces itself where webhooks go; a processor of part of the roles stands beside those of all. */
const PARTIAL_ROLES = ['executor', 'executor,relay', 'intake,relay', 'executor,http'] as const;

/** One seed's system: its own database, topics, sandbox and processors. */
export interface World {
  readonly bus: Bus;
  readonly topics: Topics;
  readonly groupId: string;
  readonly databaseUrl: string;
  readonly sandbox: SandboxClient;
  readonly workers: readonly Worker[];
  /** Draws anew how webhooks arrive. */
  shakeWebhooks(): Promise<void>;
  /** From now on they arrive as they are sent. */
  calmWebhooks(): Promise<void>;
  /** At once, whatever its processors are doing. May be called twice. */
  close(): Promise<void>;
}

async function createTopics(bus: Bus, id: string): Promise<Topics> {
  const topics = {
    requested: `${id}.requested`,
    results: `${id}.results`,
    status: `${id}.status`,
    deadLetters: `${id}.dlq`,
    acknowledged: `${id}.acknowledged`,
    seals: `${id}.seals`,
  };
  const admin = await bus.admin();
  await admin.createTopics(topicPlans(topics, PARTITIONS));
  await admin.close();
  return topics;
}

/** Nothing of it is left where it cannot be opened. */
export async function openWorld(
  servers: Servers,
  id: string,
  random: Random,
  directory: string,
  options: WorldOptions = {},
): Promise<World> {
  await using opened = new AsyncDisposableStack();
  const databaseUrl = await servers.createDatabase(id, options.calm ? 'migrated' : undefined);
  opened.defer(async () => {
    await servers.dropDatabase(id);
  });
  const bus = servers.openBus(databaseUrl);
  opened.defer(async () => {
    await bus.close();
  });
  const topics = await createTopics(bus, id);
  const sandboxChild = await startChild(join(DIST, 'apps/sandbox/main.js'), [], { SANDBOX_PORT: '0' });
  opened.defer(() => {
    sandboxChild.kill('SIGKILL');
  });
  const sandboxUrl = `http://127.0.0.1:${String(sandboxChild.ready['port'])}`;
  const sandbox = new SandboxClient(sandboxUrl);
  const webhooks = new Webhooks(sandbox, random, options.calm ?? false);
  const file = join(directory, `${id}.json`);
  await writeFile(file, JSON.stringify({ topics, ...limitsWith(options.limits ?? {}) }));
  const environment = {
    ...(servers.brokers === null ? {} : { KAFKA_BROKERS: servers.brokers }),
    KAFKA_GROUP_ID: id,
    DATABASE_URL: databaseUrl,
    SANDBOX_URL: sandboxUrl,
    REFUNDRY_CONFIG: file,
    LOG_LEVEL: 'warn',
    ...options.environment,
  };
  const workers = employ(options.roles ?? drawRoles(random), environment, webhooks, options.onStart);
  opened.defer(() => {
    for (const worker of workers) worker.abandon();
  });
  const whole = opened.move();
  return {
    bus,
    topics,
    groupId: id,
    databaseUrl,
    sandbox,
    workers,
    shakeWebhooks: async () => {
      await webhooks.shake();
    },
    calmWebhooks: async () => {
      await webhooks.calm();
    },
    close: async () => {
      await whole.disposeAsync();
    },
  };
}

function employ(
  roles: readonly (string | null)[],
  environment: Readonly<Record<string, string>>,
  webhooks: Webhooks,
  onStart: WorldOptions['onStart'],
): readonly Worker[] {
  const script = join(DIST, 'apps/processor/main.js');
  return roles.map(
    (of, index) =>
      new Worker(`processor ${String(index)}`, script, of, environment, async (child) => {
        onStart?.(child);
        const { port } = child.ready;
        await webhooks.began(typeof port === 'number' ? port : null);
      }),
  );
}

function drawRoles(random: Random): readonly (string | null)[] {
  return [null, null, ...(random.int(0, 1) === 1 ? [random.pick(PARTIAL_ROLES)] : [])];
}

function limitsWith({ executor, relay }: NonNullable<WorldOptions['limits']>): object {
  return {
    executor: { leaseMs: LEASE_MS, callTimeoutMs: CALL_TIMEOUT_MS, retryMaxMs: 2000, ...executor },
    relay: { leaseMs: LEASE_MS, sendTimeoutMs: LEASE_MS / 2, ...relay },
    limits: { graceMs: 30_000, partitions: PARTITIONS },
  };
}

/** Braintree's are for bank debits, which nobody pays with here; RoboKassa has none. */
const WEBHOOK_PROVIDERS: readonly ScenarioProvider[] = ['razorpay', 'braintree'];

/** Where the sandbox's webhooks go and what becomes of them on the way. A processor that starts takes them over, without any trouble. */
class Webhooks {
  private port: number | null = null;
  private trouble: WebhookTrouble | null;

  constructor(
    private readonly sandbox: SandboxClient,
    private readonly random: Random,
    calm: boolean,
  ) {
    this.trouble = calm ? null : drawWebhookTrouble(random);
  }

  async began(port: number | null): Promise<void> {
    if (port === null) return;
    this.port = port;
    await this.register();
  }

  async shake(): Promise<void> {
    this.trouble = drawWebhookTrouble(this.random);
    await this.register();
  }

  async calm(): Promise<void> {
    this.trouble = null;
    await this.register();
  }

  private async register(): Promise<void> {
    if (this.port === null) return;
    for (const provider of WEBHOOK_PROVIDERS) {
      const url = `http://127.0.0.1:${String(this.port)}/webhooks/${provider}/default`;
      await this.sandbox.sendWebhooksTo(provider, url, this.trouble ?? {});
    }
  }
}
