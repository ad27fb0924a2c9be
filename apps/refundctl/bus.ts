import type { Bus, BusLog } from '#libs/bus';
import type { Config } from '#libs/config';
import { openConnections } from '#libs/connections';
import { line, type Terminal } from './terminal.ts';

export interface OpenBus {
  readonly bus: Bus;
  close(): Promise<void>;
}

/** Kafka where brokers are configured; otherwise the embedded bus, which lives in the database. It is heard of only when something is wrong. */
export async function openBus(config: Config, terminal: Terminal): Promise<OpenBus> {
  // A command that only speaks to Kafka needs no database: without this the embedded one would be started for nothing.
  const needed: Config =
    config.bus.kind === 'kafka' ? { ...config, database: { kind: 'url', url: '' } } : config;
  let closing = false;
  const log: BusLog = (level, message) => {
    const matters = level === 'error' || level === 'warn';
    // While it closes, a connection may still hear of the server's end; that is no news then.
    if (matters && !closing) terminal.err(line(`refundctl: bus: ${message}`));
  };
  const open = await openConnections(needed, log);
  return {
    bus: open.bus,
    close: async () => {
      closing = true;
      await open.close();
    },
  };
}
