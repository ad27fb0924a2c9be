import type { Bus, BusLog } from '#libs/bus';
import type { Config } from '#libs/config';
import { openConnections } from '#libs/connections';
import { line, type Terminal } from './terminal.ts';

export interface OpenBus {
  readonly bus: Bus;
  close(): Promise<void>;
}

/** What a command tells a person of the bus: only that something is wrong, each thing once. */
export function busLog(terminal: Terminal): BusLog {
  const told = new Set<string>();
  return (level, message) => {
    if ((level !== 'error' && level !== 'warn') || told.has(message)) return;
    told.add(message);
    terminal.err(line(`refundctl: bus: ${message}`));
  };
}

/** Kafka where brokers are configured; otherwise the embedded bus, which lives in the database. */
export async function openBus(config: Config, log: BusLog): Promise<OpenBus> {
  // A command that only speaks to Kafka needs no database: without this the embedded one would be started for nothing.
  const needed: Config =
    config.bus.kind === 'kafka' ? { ...config, database: { kind: 'url', url: '' } } : config;
  let closing = false;
  const open = await openConnections(needed, (level, message, fields) => {
    // While it closes, a connection may still hear of the server's end; that is no news then.
    if (!closing) log(level, message, fields);
  });
  return {
    bus: open.bus,
    close: async () => {
      closing = true;
      await open.close();
    },
  };
}
