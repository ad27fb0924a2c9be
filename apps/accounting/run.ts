import { accountingStatement, startAccounting } from '#libs/accounting-consumer';
import type { Bus, BusLog } from '#libs/bus';
import { topicPlans, type Config } from '#libs/config';
import { openConnections, type Connections } from '#libs/connections';
import { registerSecret, type Logger } from '#libs/observability';
import { renderStatement } from './render.ts';

export interface AccountingCommand {
  readonly config: Config;
  readonly consumer: string;
  readonly topic: string;
  readonly acknowledge: boolean;
  readonly fromEarliest: boolean;
  readonly logger: Logger;
}

/** How often the reader is asked whether it has given up for good. */
const HEALTH_MS = 1000;

/** Keeps the books until a signal comes, then prints them. */
export async function keepBooks(command: AccountingCommand): Promise<void> {
  await withConnections(command, async ({ bus, databaseUrl }, log) => {
    const { config, consumer, topic, acknowledge, fromEarliest } = command;
    await ensureTopics(bus, command);
    const running = await startAccounting(
      bus,
      databaseUrl,
      {
        consumer,
        groupId: config.groupId,
        topic,
        acknowledgedTopic: acknowledge ? config.topics.acknowledged : null,
        fromEarliest,
      },
      log,
    );
    try {
      const stopped = untilStopped(() => running.health().fatal);
      // After the handlers are set: whoever reads this line may send a signal at once.
      process.stdout.write(`${JSON.stringify({ accounting: 'ready', consumer, topic })}\n`);
      await stopped;
      log('info', 'stopping', { ...running.taken });
    } finally {
      await running.stop();
    }
    process.stdout.write(renderStatement(await accountingStatement(databaseUrl, consumer, log)));
  });
}

export async function printBooks(command: AccountingCommand): Promise<void> {
  await withConnections(command, async ({ databaseUrl }, log) => {
    process.stdout.write(renderStatement(await accountingStatement(databaseUrl, command.consumer, log)));
  });
}

async function withConnections(
  { config, logger }: AccountingCommand,
  use: (connections: Connections, log: BusLog) => Promise<void>,
): Promise<void> {
  let closing = false;
  const log: BusLog = (level, message, fields) => {
    // While it closes, a connection may still hear of the server's end; that is no news then.
    if (!closing) logger[level](fields, message);
  };
  const connections = await openConnections(config, log);
  try {
    const { password } = new URL(connections.databaseUrl);
    registerSecret(password);
    await use(connections, log);
  } finally {
    closing = true;
    await connections.close();
  }
}

/** It may be the first to start. A topic that was named is somebody else's to make: a misspelt name must not become an empty one. */
async function ensureTopics(bus: Bus, { config }: AccountingCommand): Promise<void> {
  if (!config.createTopics) return;
  const { results, acknowledged } = config.topics;
  const plans = topicPlans(config.topics, config.limits.partitions);
  const admin = await bus.admin();
  try {
    await admin.createTopics(plans.filter(({ topic }) => topic === results || topic === acknowledged));
  } finally {
    await admin.close();
  }
}

/** Resolves on the first signal; rejects when the reader has given up. Another signal ends the process at once. */
async function untilStopped(fatal: () => Error | null): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const stop = (): void => {
    resolve();
  };
  const watch = setInterval(() => {
    const error = fatal();
    if (error !== null) reject(error);
  }, HEALTH_MS);
  process.once('SIGINT', stop).once('SIGTERM', stop);
  try {
    await promise;
  } finally {
    clearInterval(watch);
    process.off('SIGINT', stop).off('SIGTERM', stop);
  }
}
