import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { BusStrategy, type Bus } from '#libs/bus';
import { topicPlans, type Config } from '#libs/config';
import { openConnections, type Connections } from '#libs/connections';
import type { Logger } from '#libs/observability';
import { migrate } from '#libs/store';
import { AppModule } from './app.module.ts';
import { announceToSandbox } from './http/announce-to-sandbox.ts';
import { httpAdapter } from './http/http-adapter.ts';
import { openLoops } from './loops.ts';
import { NestLog } from './nest-log.ts';
import { REQUESTED } from './requests.controller.ts';
import type { Role } from './roles.ts';
import { ProcessWatch } from './watch.ts';
import { whileUnreachable } from './while-unreachable.ts';

/** A processor that runs. */
export interface RunningProcessor {
  /** Of the role http; null without it. */
  readonly port: number | null;
  /** Stops it as SIGTERM does; the process goes on. */
  stop(): Promise<void>;
}

/**
 * Starts a processor: connections, schema, topics, loops, then reading.
 * Rejects with one error that says what is wrong; nothing keeps running then.
 */
export async function startProcessor(
  config: Config,
  roles: ReadonlySet<Role>,
  logger: Logger,
): Promise<RunningProcessor> {
  const connections = await openConnections(config, (level, message, fields) => {
    logger[level](fields, message);
  });
  try {
    return await startOn(connections, config, roles, logger);
  } catch (error) {
    await connections.close().catch(() => undefined);
    throw error;
  }
}

async function startOn(
  connections: Connections,
  config: Config,
  roles: ReadonlySet<Role>,
  logger: Logger,
): Promise<RunningProcessor> {
  const watch = new ProcessWatch(logger);
  const { startWaitMs } = config.limits;
  const applied = await whileUnreachable(
    `PostgreSQL at ${hostOf(connections.databaseUrl)}`,
    async () => await migrate(connections.databaseUrl),
    startWaitMs,
    watch,
  );
  if (applied.length > 0) watch.log('info', 'the schema was brought up to date', { applied });
  await whileUnreachable(
    config.bus.kind === 'kafka' ? `Kafka at ${config.bus.brokers.join(', ')}` : 'the embedded bus',
    async () => {
      await ensureTopics(connections.bus, config, watch);
    },
    startWaitMs,
    watch,
  );
  const loops = await openLoops(config, connections, roles, watch);
  const app = await NestFactory.create<NestFastifyApplication>(
    AppModule.with({ config, connections, loops, watch }),
    httpAdapter(),
    { abortOnError: false, bodyParser: false, logger: new NestLog(logger) },
  );
  app.enableShutdownHooks(['SIGTERM', 'SIGINT'], { useProcessExit: true });
  if (loops.intake !== null) {
    const strategy = new BusStrategy(loops.intake.reader, { [REQUESTED]: config.topics.requested });
    app.connectMicroservice({ strategy });
  }
  await app.init();
  await app.startAllMicroservices();
  let stopped: Promise<void> | null = null;
  const stop = async (): Promise<void> => {
    stopped ??= app.close();
    await stopped;
  };
  if (!roles.has('http')) return { port: null, stop };
  await app.listen(config.http.port, config.http.host);
  const address = app.getHttpServer().address();
  const port = typeof address === 'object' && address !== null ? address.port : config.http.port;
  if (config.sandboxUrl !== null)
    await announceToSandbox(config.sandboxUrl, loops.accounts, { host: config.http.host, port }, watch);
  return { port, stop };
}

/** An address without its user and password. */
function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).host : 'the address in DATABASE_URL';
}

async function ensureTopics(bus: Bus, config: Config, watch: ProcessWatch): Promise<void> {
  if (!config.createTopics) return;
  const admin = await bus.admin();
  try {
    const created = await admin.createTopics(topicPlans(config.topics, config.limits.partitions));
    if (created.length > 0) watch.log('info', 'missing topics were created', { created });
  } finally {
    await admin.close();
  }
}
