import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import type { BatchReader } from '#libs/bus';
import type { Config } from '#libs/config';
import type { Connections } from '#libs/connections';
import {
  Executor,
  Intake,
  lookFirstWhereRowsWereLost,
  Relay,
  Sealer,
  Webhooks,
  type AccountBook,
} from '#libs/processing';
import {
  AccountStore,
  Database,
  ExecutorStore,
  IntakeStore,
  RelayStore,
  ReportStore,
  SealStore,
  WebhookStore,
} from '#libs/store';
import { openAccounts } from './accounts.ts';
import type { Role } from './roles.ts';
import type { ProcessWatch } from './watch.ts';

/** What this process runs; a role that it does not have is null. */
export interface Loops {
  readonly intake: { readonly loop: Intake; readonly reader: BatchReader } | null;
  readonly executor: Executor | null;
  readonly relay: Relay | null;
  /** Belongs to the role relay. */
  readonly sealer: Sealer | null;
  /** Belongs to the role http. */
  readonly webhooks: Webhooks | null;
  readonly reports: ReportStore;
  readonly accounts: AccountBook;
  /** To be awaited before the executor starts. Rejects while the bus cannot be reached. */
  noticeLostRows(signal: AbortSignal): Promise<void>;
  /** Ends the database connections; after everything else has stopped. */
  close(): Promise<void>;
}

/**
 * How long rows gather before they are written. An arming is ahead of need while every call is taken; an outcome's call slot is free already.
 * More would be felt as latency, and more answers would be lost with the process; less would double the statements.
 */
const GATHER_MS = { arm: { idle: 0, some: 0, full: 6 }, settle: { idle: 0, some: 3, full: 3 } } as const;
/** Lanes and look-ups that other processes wrote are found within this time. */
const POLL_MS = 200;

/** Composes the loops of the given roles and lets each wake the next: accepted → executor, written → relay. */
export async function openLoops(
  config: Config,
  connections: Connections,
  roles: ReadonlySet<Role>,
  watch: ProcessWatch,
): Promise<Loops> {
  const database = new Database(connections.databaseUrl, (error) => {
    watch.log('warn', 'a database connection was lost', { error: error.message });
  });
  const accounts = await openAccounts(config, new AccountStore(database), () => {
    watch.step('executor.sent');
  });
  const relay = roles.has('relay') ? openRelay(config, connections, database, watch) : null;
  const onPublish = (): void => {
    relay?.nudge();
  };
  const executor = roles.has('executor') ? openExecutor(config, database, accounts, watch, onPublish) : null;
  const onAccepted = (): void => {
    executor?.nudge();
    onPublish();
  };
  const intakeStore = new IntakeStore(database);
  const intake = roles.has('intake')
    ? await openIntake(
        config,
        connections,
        watch,
        new Intake(
          intakeStore,
          accounts,
          {
            groupId: config.groupId,
            cluster: await connections.bus.id(),
            payloadBytesMax: config.limits.payloadBytesMax,
            requestAgeMaxMs: config.limits.requestAgeMaxMs,
            statusEvents: config.statusEvents,
          },
          watch,
          onAccepted,
        ),
      )
    : null;
  // Without an executor here, the poll of another process finds the look-ups.
  const onHint = (): void => {
    executor?.nudgeLookUps();
  };
  return {
    intake,
    executor,
    relay,
    sealer: roles.has('relay') ? openSealer(config, connections, database, watch) : null,
    webhooks: roles.has('http') ? new Webhooks(new WebhookStore(database), accounts, watch, onHint) : null,
    reports: new ReportStore(database),
    accounts,
    noticeLostRows: async (signal) => {
      if (executor !== null)
        await lookFirstWhereRowsWereLost(connections.bus, intakeStore, config, watch, signal);
    },
    close: async () => {
      await database.close();
    },
  };
}

function openExecutor(
  config: Config,
  database: Database,
  accounts: AccountBook,
  watch: ProcessWatch,
  onPublish: () => void,
): Executor {
  const store: ExecutorStore = new ExecutorStore(database, {
    gatherMs: (kind) => GATHER_MS[kind][executor.load()],
    onFlush: (statement, rows, durationMs) => {
      watch.flushed(statement, rows, durationMs);
    },
  });
  const { statusEvents, books } = config;
  const options = { ...config.executor, statusEvents, books, pollMs: POLL_MS };
  const executor: Executor = new Executor(store, accounts, options, watch, onPublish);
  return executor;
}

function openRelay(config: Config, connections: Connections, database: Database, watch: ProcessWatch): Relay {
  const { topics, relay, statusEvents } = config;
  return new Relay(
    new RelayStore(database),
    connections.bus,
    {
      owner: ownName(),
      topics,
      statusEvents,
      leaseMs: relay.leaseMs,
      sendTimeoutMs: relay.sendTimeoutMs,
      pollMs: relay.pollMs,
    },
    watch,
  );
}

function openSealer(
  config: Config,
  connections: Connections,
  database: Database,
  watch: ProcessWatch,
): Sealer {
  const { topics, relay, sealer } = config;
  const options = {
    ...sealer,
    owner: ownName(),
    topic: topics.seals,
    sendTimeoutMs: relay.sendTimeoutMs,
  };
  return new Sealer(new SealStore(database), connections.bus, options, watch);
}

/** Never that of an earlier process, whose leases may still run. */
function ownName(): string {
  return `${hostname()}-${String(process.pid)}-${randomBytes(4).toString('hex')}`;
}

async function openIntake(
  config: Config,
  connections: Connections,
  watch: ProcessWatch,
  loop: Intake,
): Promise<NonNullable<Loops['intake']>> {
  const reader = connections.bus.reader({
    groupId: config.groupId,
    positions: loop,
    onReport: (report) => {
      loop.report(report);
    },
    onCommitted: () => {
      watch.step('intake.committed');
    },
  });
  return await Promise.resolve({ loop, reader });
}
