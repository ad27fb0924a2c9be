import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LocalStackError } from '../errors.ts';
import { withFileLock } from '../file-lock.ts';
import { type BrokerProcess, endBroker, launchBroker } from './broker.ts';
import { formatLogDir } from './format.ts';
import { fetchJars } from './jars.ts';
import { waitUntilVacant } from './occupant.ts';
import { type BrokerPlace, choosePorts, configureBroker, openBrokerPlace, removePlace } from './place.ts';
import { kafkaAvailable, type KafkaRelease, kafkaRelease } from './tools.ts';

export interface KafkaOptions {
  /** The broker's own folder is `kafka` in it, kept between runs. One broker at a time. */
  readonly dataDir: string;
  /** Only this port will do. Without it, the port of the last start, or a free one where that is taken. */
  readonly port?: number;
  /** Told in a line what is being done. */
  readonly log?: (line: string) => void;
}

/** A broker that belongs to this process and ends with it, however that ends. */
export interface LocalKafka {
  /** `host:port`, the same after each start. */
  readonly brokers: string;
  readonly port: number;
  /** `undefined` while it is not running. */
  readonly pid: number | undefined;
  /** Starts it again on its records and its port; does nothing while it runs. */
  readonly start: () => Promise<void>;
  /** Shuts it down in good order; does nothing while it is not running. */
  readonly stop: () => Promise<void>;
  /** Kills it, as a power cut would; does nothing while it is not running. */
  readonly crash: () => Promise<void>;
}

const PORT_ATTEMPTS_MAX = 5;
const START_TIMEOUT_MS = 180_000;

/**
 * A real Apache Kafka, one node in KRaft mode, run by the Java of this machine; Maven fetches it the first time. Ask
 * `kafkaAvailable()` before: where it says no, this throws LOCAL_KAFKA_UNAVAILABLE.
 */
export async function startKafka(options: KafkaOptions): Promise<LocalKafka> {
  const release = await fetchedRelease(options.log);
  const place = openBrokerPlace(options.dataDir, release, 'kept');
  options.log?.(`starting Apache Kafka ${release.version} in ${place.dir}`);
  return await start(place, options.port);
}

/** A broker for tests, on a directory of its own that `stop` removes: after a `crash` it can be started again, after a `stop` not. */
export async function startThrowawayKafka(log?: (line: string) => void): Promise<LocalKafka> {
  const release = await fetchedRelease(log);
  const place = openBrokerPlace(mkdtempSync(join(tmpdir(), 'refundry-kafka-')), release, 'throwaway');
  try {
    return await start(place, undefined);
  } catch (error) {
    removePlace(place);
    throw error;
  }
}

async function fetchedRelease(log: KafkaOptions['log']): Promise<KafkaRelease> {
  const available = await kafkaAvailable();
  const release = kafkaRelease();
  if (!available.ok || release === undefined) {
    const why = available.ok ? 'pom.xml does not name it' : available.why;
    throw new LocalStackError('LOCAL_KAFKA_UNAVAILABLE', `Apache Kafka cannot be started here: ${why}`);
  }
  await fetchJars(release, log);
  return release;
}

interface Started {
  readonly broker: BrokerProcess;
  readonly port: number;
}

async function start(place: BrokerPlace, wantedPort: number | undefined): Promise<LocalKafka> {
  const first = await startAlone(place, wantedPort);
  const { port } = first;
  let broker = first.broker;
  return {
    brokers: `127.0.0.1:${port}`,
    port,
    get pid() {
      return broker.exit.how() === undefined ? broker.pid : undefined;
    },
    start: async () => {
      if (broker.exit.how() !== undefined) broker = (await startAlone(place, port)).broker;
    },
    stop: async () => {
      await endBroker(broker, 'SIGTERM');
      removePlace(place);
    },
    crash: async () => await endBroker(broker, 'SIGKILL'),
  };
}

async function startAlone(place: BrokerPlace, wantedPort: number | undefined): Promise<Started> {
  return await withFileLock(join(place.dir, 'start.lock'), START_TIMEOUT_MS, async () => {
    await waitUntilVacant(place);
    for (let attempt = 1; attempt <= PORT_ATTEMPTS_MAX; attempt += 1) {
      const ports = await choosePorts(place, wantedPort);
      configureBroker(place, ports);
      await formatLogDir(place);
      const launched = await launchBroker(place, ports.port);
      if (launched.kind === 'running') return { broker: launched.broker, port: ports.port };
    }
    throw portTaken(wantedPort);
  });
}

function portTaken(wantedPort: number | undefined): LocalStackError {
  const what = wantedPort === undefined ? 'every port tried' : `port ${wantedPort}`;
  return new LocalStackError('LOCAL_KAFKA_PORT_TAKEN', `${what} is taken by another program`);
}
