import { createEmbeddedBus, createKafkaBus, type Bus, type BusLog } from '#libs/bus';
import type { Config } from '#libs/config';
import { openDatabase } from './database.ts';
import { tlsOf } from './settings.ts';
import { line, type Terminal } from './terminal.ts';

export interface OpenBus {
  readonly bus: Bus;
  close(): Promise<void>;
}

/** Kafka where brokers are configured; otherwise the embedded bus, which lives in the database. */
export async function openBus(config: Config, terminal: Terminal): Promise<OpenBus> {
  const log = busLog(terminal);
  if (config.bus.kind === 'kafka') {
    const bus = kafkaBus(config.bus, log);
    return { bus, close: async () => await bus.close() };
  }
  const database = await openDatabase(config, terminal);
  const bus = createEmbeddedBus({ url: database.url, log });
  return {
    bus,
    close: async () => {
      await bus.close();
      await database.close();
    },
  };
}

export function kafkaBus(kafka: Extract<Config['bus'], { kind: 'kafka' }>, log: BusLog): Bus {
  const { brokers, sasl } = kafka;
  return createKafkaBus({
    brokers,
    clientId: 'refundctl',
    ssl: tlsOf(kafka),
    log,
    ...(sasl === null ? {} : { sasl }),
  });
}

/** A command speaks of the bus only when something is wrong with it. */
export function busLog(terminal: Terminal): BusLog {
  return (level, message) => {
    if (level === 'error' || level === 'warn') terminal.err(line(`refundctl: bus: ${message}`));
  };
}
