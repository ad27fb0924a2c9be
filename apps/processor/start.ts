import { Catch, type ExceptionFilter } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { throwError, type Observable } from 'rxjs';
import { BusStrategy, type Bus } from '#libs/bus';
import { topicPlans, type Config } from '#libs/config';
import { openConnections, type Connections } from '#libs/connections';
import { collectProcessMetrics, type Logger } from '#libs/observability';
import { migrate } from '#libs/store';
import { AppModule } from './app.module.ts';
import { openLoops } from './loops.ts';
import { NestLog } from './nest-log.ts';
import { REQUESTED } from './requests.controller.ts';
import type { Role } from './roles.ts';
import { ProcessWatch } from './watch.ts';

/** A keep-alive connection with a request in flight would otherwise hold the shutdown for over a minute. */
const KEEP_ALIVE_MS = 1000;

/** Without this filter Nest turns every error of a handler into a message without its class, and a stale position could not be told apart. */
@Catch()
class KeepErrorClass implements ExceptionFilter {
  catch(error: unknown): Observable<never> {
    return throwError(() => error);
  }
}

/**
 * Starts a processor: connections, schema, topics, loops, then reading. Answers the port of the http role, null without it.
 * Rejects with one error that says what is wrong; nothing keeps running then.
 */
export async function startProcessor(
  config: Config,
  roles: ReadonlySet<Role>,
  logger: Logger,
): Promise<number | null> {
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
): Promise<number | null> {
  const watch = new ProcessWatch(logger);
  const applied = await migrate(connections.databaseUrl);
  if (applied.length > 0) watch.log('info', 'the schema was brought up to date', { applied });
  await ensureTopics(connections.bus, config, watch);
  const loops = await openLoops(config, connections, roles, watch);
  collectProcessMetrics();
  const app = await NestFactory.create<NestFastifyApplication>(
    AppModule.with({ config, connections, loops, watch }),
    new FastifyAdapter({ keepAliveTimeout: KEEP_ALIVE_MS }),
    { abortOnError: false, logger: new NestLog(logger) },
  );
  app.enableShutdownHooks(['SIGTERM', 'SIGINT'], { useProcessExit: true });
  if (loops.intake !== null) {
    app.useGlobalFilters(new KeepErrorClass());
    const strategy = new BusStrategy(loops.intake.reader, { [REQUESTED]: config.topics.requested });
    app.connectMicroservice({ strategy }, { inheritAppConfig: true });
  }
  await app.init();
  await app.startAllMicroservices();
  if (!roles.has('http')) return null;
  await app.listen(config.http.port, config.http.host);
  const address = app.getHttpServer().address();
  return typeof address === 'object' && address !== null ? address.port : config.http.port;
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
