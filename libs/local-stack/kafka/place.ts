import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { freePort, isPortFree } from '../port.ts';
import { type BrokerPorts, LOG4J_PROPERTIES, serverProperties } from './properties.ts';
import type { KafkaRelease } from './tools.ts';

/** Where one broker lives. */
export interface BrokerPlace {
  readonly dir: string;
  readonly jarsDir: string;
  /** Removed together with the broker. */
  readonly throwaway: readonly string[];
  readonly logDir: string;
  readonly propertiesPath: string;
  readonly log4jPath: string;
  readonly logPath: string;
}

export function openBrokerPlace(
  dataDir: string,
  release: KafkaRelease,
  keeping: 'kept' | 'throwaway',
): BrokerPlace {
  const dir = join(resolve(dataDir), 'kafka');
  mkdirSync(dir, { recursive: true });
  const log4jPath = join(dir, 'log4j2.properties');
  writeFileSync(log4jPath, LOG4J_PROPERTIES);
  return {
    dir,
    jarsDir: release.jarsDir,
    throwaway: keeping === 'throwaway' ? [resolve(dataDir)] : [],
    logDir: join(dir, 'logs'),
    propertiesPath: join(dir, 'server.properties'),
    log4jPath,
    logPath: join(dir, 'kafka.log'),
  };
}

/** Removes what belongs to a throwaway broker; a kept one keeps everything. */
export function removePlace(place: BrokerPlace): void {
  for (const path of place.throwaway) rmSync(path, { recursive: true, force: true });
}

/** The ports of the last start where they are free, else new ones. `port` is the only one that will do where it is given. */
export async function choosePorts(place: BrokerPlace, port: number | undefined): Promise<BrokerPorts> {
  const last = lastPorts(place);
  return {
    port: port ?? (await freeOr(last?.port)),
    controllerPort: await freeOr(last?.controllerPort),
  };
}

/** Writes the broker's configuration and remembers its ports. */
export function configureBroker(place: BrokerPlace, ports: BrokerPorts): void {
  writeFileSync(place.propertiesPath, serverProperties(ports, place.logDir));
  writeFileSync(portsPath(place), `${JSON.stringify(ports)}\n`);
}

async function freeOr(port: number | undefined): Promise<number> {
  return port !== undefined && (await isPortFree(port)) ? port : await freePort();
}

const portsPath = (place: BrokerPlace): string => join(place.dir, 'ports.json');

function lastPorts(place: BrokerPlace): BrokerPorts | undefined {
  try {
    return JSON.parse(readFileSync(portsPath(place), 'utf8')) as BrokerPorts;
  } catch {
    return undefined;
  }
}
