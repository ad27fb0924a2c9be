import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { BusError, BusStrategy, type Bus } from '#libs/bus';
import { topicPlans, type Config } from '#libs/config';
import { openConnections, type Connections } from '#libs/connections';
import type { Logger } from '#libs/observability';
import { classifyFault, migrate } from '#libs/store';
import { AppModule, type Parts } from './app.module.ts';
import { announceToSandbox } from './http/announce-to-sandbox.ts';
import { httpAdapter } from './http/http-adapter.ts';
import { openLoops, type Loops } from './loops.ts';
import { NestLog } from './nest-log.ts';
import { Processor } from './processor.ts';
import { REQUESTED } from './requests.controller.ts';
import type { Role } from './roles.ts';
import { unlessStopped } from './stop.ts';
import { ProcessWatch } from './watch.ts';
import { whileUnreachable } from './while-unreachable.ts';

/** A processor that runs. */
export interface RunningProcessor {
  /** Of the role http; null without it. */
  readonly port: number | null;
  /** Rejects when it cannot go on, in no way that it could cure; it is to be stopped then. */
  readonly failed: Promise<never>;
  /** Stops it as SIGTERM does; the process goes on. */
  stop(): Promise<void>;
}

/**
 * Starts a processor: connections, schema, topics, loops, its port, a look for lost rows, then work, then reading.
 * Rejects with one error that says what is wrong, or with the reason of `stop` when that aborts; what had begun has drained then, and nothing
 * keeps running.
 */
export async function startProcessor(
  config: Config,
  roles: ReadonlySet<Role>,
  logger: Logger,
  stop: AbortSignal = new AbortController().signal,
): Promise<RunningProcessor> {
  const watch = new ProcessWatch(logger);
  const connections = await openConnections(config, (level, message, fields) => {
    logger[level](fields, message);
  });
  let app: NestFastifyApplication;
  let loops: Loops;
  try {
    await bringSchemaUpToDate(connections, config, watch, stop);
    if (config.createTopics || needsBus(roles)) await reachBus(connections, config, watch, stop);
    loops = await unlessStopped(stop, openLoops(config, connections, roles, watch));
    app = await openApp({ config, connections, loops, watch }, logger);
  } catch (error) {
    await connections.close().catch(() => undefined);
    throw error;
  }
  // From here on it all closes with the application.
  let closed: Promise<void> | null = null;
  const close = async (): Promise<void> => {
    await (closed ??= app.close());
  };
  try {
    const port = roles.has('http') ? await listen(app, config) : null;
    stop.throwIfAborted();
    await noticeLostRows(loops, config, watch, stop);
    const processor = app.get(Processor);
    processor.start();
    await unlessStopped(stop, app.startAllMicroservices());
    await unlessStopped(stop, announce(port, config, loops, watch));
    return { port, failed: processor.failed, stop: close };
  } catch (error) {
    // Said before it drains, which may take the whole grace period and end the process.
    if (error !== stop.reason) watch.log('error', 'the start failed', { error });
    await close();
    throw error;
  }
}

async function bringSchemaUpToDate(
  { databaseUrl }: Connections,
  { limits }: Config,
  watch: ProcessWatch,
  stop: AbortSignal,
): Promise<void> {
  const applied = await whileUnreachable(
    `PostgreSQL at ${hostOf(databaseUrl)}`,
    async () => await migrate(databaseUrl),
    limits.startWaitMs,
    watch,
    stop,
  );
  if (applied.length > 0) watch.log('info', 'the schema was brought up to date', { applied });
}

/** The roles that read from the bus, publish on it, or must know from it that no rows were lost; webhooks are taken while it is away. */
function needsBus(roles: ReadonlySet<Role>): boolean {
  return roles.has('intake') || roles.has('relay') || roles.has('executor');
}

function busOf({ bus }: Config): string {
  return bus.kind === 'kafka' ? `Kafka at ${bus.brokers.join(', ')}` : 'the embedded bus';
}

async function reachBus(
  { bus }: Connections,
  config: Config,
  watch: ProcessWatch,
  stop: AbortSignal,
): Promise<void> {
  await whileUnreachable(
    busOf(config),
    async () => {
      // Asked here even where no topic is to be made: what comes later does not wait.
      await bus.id();
      if (config.createTopics) await createTopics(bus, config, watch);
    },
    config.limits.startWaitMs,
    watch,
    stop,
  );
}

async function createTopics(bus: Bus, config: Config, watch: ProcessWatch): Promise<void> {
  const admin = await bus.admin();
  try {
    const created = await admin.createTopics(topicPlans(config.topics, config.limits.partitions));
    if (created.length > 0) watch.log('info', 'missing topics were created', { created });
  } finally {
    await admin.close();
  }
}

/**
 * Rows that were lost may have been paid: nothing is sent before it is known. Servers that come up together answer much that waiting cures: a
 * coordinator that loads its groups, a leader that moves, a lock.
 */
async function noticeLostRows(
  loops: Loops,
  { limits }: Config,
  watch: ProcessWatch,
  stop: AbortSignal,
): Promise<void> {
  await whileUnreachable(
    'the bus and the database',
    async () => {
      await loops.noticeLostRows(stop);
    },
    limits.startWaitMs,
    watch,
    stop,
    (error) => error instanceof BusError || classifyFault(error) !== 'data',
  );
}

async function openApp(parts: Parts, logger: Logger): Promise<NestFastifyApplication> {
  const app = await NestFactory.create<NestFastifyApplication>(AppModule.with(parts), httpAdapter(), {
    abortOnError: false,
    bodyParser: false,
    logger: new NestLog(logger),
  });
  const { loops, config } = parts;
  if (loops.intake !== null) {
    const strategy = new BusStrategy(loops.intake.reader, { [REQUESTED]: config.topics.requested });
    app.connectMicroservice({ strategy });
  }
  return await app.init();
}

/** Answers the port, which the system chooses where 0 is configured. */
async function listen(app: NestFastifyApplication, { http }: Config): Promise<number> {
  await app.listen(http.port, http.host);
  const address = app.getHttpServer().address();
  return typeof address === 'object' && address !== null ? address.port : http.port;
}

async function announce(
  port: number | null,
  { sandboxUrl, http }: Config,
  loops: Loops,
  watch: ProcessWatch,
): Promise<void> {
  if (port === null || sandboxUrl === null) return;
  await announceToSandbox(sandboxUrl, loops.accounts, { host: http.host, port }, watch);
}

/** An address without its user and password. */
function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).host : 'the address in DATABASE_URL';
}
