import { readFile } from 'node:fs/promises';
import { createEmbeddedBus, createKafkaBus, type Bus, type BusLog } from '#libs/bus';
import type { Config } from '#libs/config';
import { startPostgres } from '#libs/local-stack';

/** The bus and the database that a configuration names; embedded ones are started or found. */
export interface Connections {
  /** Holds a password: never to be logged. */
  readonly databaseUrl: string;
  readonly bus: Bus;
  /** Gives the embedded server up; its last user stops it. The bus is closed first. */
  close(): Promise<void>;
}

/** Opens nothing on the network by itself: the bus connects when it is first used. */
export async function openConnections(config: Config, log: BusLog): Promise<Connections> {
  const local =
    config.database.kind === 'embedded' || config.bus.kind === 'embedded'
      ? await startLocal(config, log)
      : null;
  const databaseUrl = config.database.kind === 'url' ? config.database.url : (local?.url ?? '');
  const bus = await openBus(config, local?.url ?? databaseUrl, log);
  return {
    databaseUrl,
    bus,
    close: async () => {
      await bus.close();
      await local?.stop();
    },
  };
}

async function startLocal(
  config: Config,
  log: BusLog,
): Promise<{ readonly url: string; stop(): Promise<void> } | null> {
  // With a DATABASE_URL the embedded bus lives there too: no second server for it.
  if (config.database.kind === 'url') return null;
  return await startPostgres({
    dataDir: config.dataDirectory,
    log: (line) => {
      log('info', line, {});
    },
  });
}

async function openBus(config: Config, databaseUrl: string, log: BusLog): Promise<Bus> {
  if (config.bus.kind === 'embedded') return createEmbeddedBus({ databaseUrl, log });
  const { brokers, ssl, sasl } = config.bus;
  const ca = ssl === null || ssl.caFile === null ? null : await readFile(ssl.caFile, 'utf8');
  return createKafkaBus({
    brokers: [...brokers],
    clientId: 'refundry',
    log,
    ...(ssl === null ? {} : { ssl: ca === null ? true : { ca: [ca] } }),
    ...(sasl === null ? {} : { sasl }),
  });
}
