import { randomBytes } from 'node:crypto';

export interface BrokerPorts {
  readonly port: number;
  readonly controllerPort: number;
}

/** A cluster identity in Kafka's format: 16 bytes in base64url. Kafka's own tools take a leading `-` for an option. */
export function newClusterId(): string {
  for (;;) {
    const id = randomBytes(16).toString('base64url');
    if (!id.startsWith('-')) return id;
  }
}

/** `server.properties` of a single node that is both controller and broker, reachable from this machine only. */
export function serverProperties(ports: BrokerPorts, logDir: string): string {
  const controller = `127.0.0.1:${ports.controllerPort}`;
  const settings: Record<string, string | number> = {
    'process.roles': 'broker,controller',
    'node.id': 1,
    listeners: `PLAINTEXT://127.0.0.1:${ports.port},CONTROLLER://${controller}`,
    'advertised.listeners': `PLAINTEXT://127.0.0.1:${ports.port}`,
    'controller.listener.names': 'CONTROLLER',
    'inter.broker.listener.name': 'PLAINTEXT',
    'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT',
    'controller.quorum.voters': `1@${controller}`,
    'log.dirs': logDir,
    'num.partitions': 12,
    // A mistyped topic name has to be an error here as it is in production.
    'auto.create.topics.enable': 'false',
    'default.replication.factor': 1,
    'min.insync.replicas': 1,
    'offsets.topic.replication.factor': 1,
    'offsets.topic.num.partitions': 1,
    'transaction.state.log.replication.factor': 1,
    'transaction.state.log.min.isr': 1,
    'transaction.state.log.num.partitions': 1,
    'share.coordinator.state.topic.replication.factor': 1,
    'share.coordinator.state.topic.min.isr': 1,
    'group.initial.rebalance.delay.ms': 0,
    // Tests that kill a member do not want to wait for Kafka's usual six seconds until the group notices.
    'group.min.session.timeout.ms': 1000,
    // After a crash the node cannot register again before its old session has ended: nine seconds unless told otherwise.
    'broker.session.timeout.ms': 4000,
    'broker.heartbeat.interval.ms': 1000,
    // A compacted topic is cleaned within moments instead of a quarter of a minute: tests wait for it.
    'log.cleaner.backoff.ms': 1_000,
    'log.cleaner.dedupe.buffer.size': 2_097_152,
    'num.network.threads': 2,
    'num.io.threads': 2,
    'background.threads': 2,
  };
  return Object.entries(settings)
    .map(([name, value]) => `${name}=${value}\n`)
    .join('');
}

/** Warnings and errors only, and the one line by which the broker says that it is ready. */
export const LOG4J_PROPERTIES = `status=error
appender.out.type=Console
appender.out.name=out
appender.out.layout.type=PatternLayout
appender.out.layout.pattern=[%d] %p %m (%c)%n
rootLogger.level=warn
rootLogger.appenderRef.out.ref=out
logger.server.name=kafka.server.KafkaRaftServer
logger.server.level=info
`;

/** What that line says. */
export const READY_TEXT = 'Kafka Server started';

/** Arguments of `java` for a broker that shares a small machine with everything else: 170 MB resident, ready in two seconds. */
export function javaArguments(jarsDir: string, log4jPath: string): string[] {
  return [
    '-Xms128m',
    '-Xmx384m',
    '-XX:+UseSerialGC',
    '-XX:TieredStopAtLevel=1',
    '-XX:+ExitOnOutOfMemoryError',
    '-Xshare:auto',
    '-Djava.awt.headless=true',
    `-Dlog4j2.configurationFile=file:${log4jPath}`,
    '-cp',
    `${jarsDir}/*`,
  ];
}
