import { closeSync, mkdirSync, openSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { Bus } from '#libs/bus';
import { topicPlans, type Config, type Topics } from '#libs/config';
import { kafkaAvailable, startKafka, type LocalKafka } from '#libs/local-stack';
import { createLogger } from '#libs/observability';
import { SandboxClient } from '#libs/scenario';
import { openBus, type OpenBus } from '../bus.ts';
import { CommandFailure } from '../failure.ts';
import { readSettings } from '../settings.ts';
import { line, type Terminal } from '../terminal.ts';
import { startChild, type Child } from './child.ts';

export interface StackOptions {
  readonly bus: 'embedded' | 'kafka';
  readonly runId: string;
  /** Where logs and the summary go. */
  readonly outDirectory: string;
  readonly signal: AbortSignal;
}

/** Everything a demo needs, running. */
export interface Stack {
  readonly bus: Bus;
  readonly busText: string;
  readonly topics: Topics;
  readonly groupId: string;
  readonly sandbox: SandboxClient;
  readonly processor: Child;
  readonly processorUrl: string;
  readonly processorLog: string;
  readonly dataDirectory: string;
  /** Ends everything that was started, in the order in which nothing is cut off. May be called twice. */
  stop(): Promise<void>;
}

/** What only the processor of the demo may be told by us, whatever the shell says: no real credentials, no fixed ports. */
const NOT_INHERITED =
  /^(RAZORPAY_|BRAINTREE_|ROBOKASSA_|SANDBOX_|REFUNDRY_CONFIG$|REFUNDRY_(CRASH|STALL)_AT$|PORT$|HOST$|STATUS_EVENTS$|TOPICS_CREATE$)/;

const PROCESSOR_GRACE_MS = 40_000;
const SANDBOX_GRACE_MS = 5000;

/** Starts PostgreSQL, the bus, the sandbox and a processor. Stops again whatever was started when one of them does not come up. */
export async function startStack(terminal: Terminal, options: StackOptions): Promise<Stack> {
  const env = cleanEnvironment(terminal.env);
  refuseProduction(env);
  mkdirSync(options.outDirectory, { recursive: true });
  const stops: (() => Promise<void>)[] = [];
  const stop = async (): Promise<void> => {
    for (let next = stops.pop(); next !== undefined; next = stops.pop()) await next();
  };
  try {
    const broker = await prepareBroker(terminal, options, env, stops);
    const config = readSettings(terminal, env);
    const open = await openLogged(config, join(options.outDirectory, 'order-service.log'), stops);
    const { topics, busText } = await chooseTopics(config, open, broker, options, env);
    const sandbox = await startChild({
      app: 'sandbox',
      env: { ...env, SANDBOX_PORT: '0' },
      logFile: join(options.outDirectory, 'sandbox.log'),
      signal: options.signal,
    });
    stops.push(async () => await sandbox.stop(SANDBOX_GRACE_MS));
    const sandboxUrl = `http://127.0.0.1:${String(sandbox.port)}`;
    const processorLog = join(options.outDirectory, 'processor.log');
    const processor = await startChild({
      app: 'processor',
      env: { ...env, SANDBOX_URL: sandboxUrl, PORT: '0' },
      logFile: processorLog,
      signal: options.signal,
    });
    stops.push(async () => await processor.stop(PROCESSOR_GRACE_MS));
    return {
      bus: open.bus,
      busText,
      topics,
      groupId: env['KAFKA_GROUP_ID'] ?? config.groupId,
      sandbox: new SandboxClient(sandboxUrl),
      processor,
      processorUrl: `http://127.0.0.1:${String(processor.port)}`,
      processorLog,
      dataDirectory: config.dataDirectory,
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

function cleanEnvironment(from: Terminal['env']): Record<string, string> {
  const env: Record<string, string> = {};
  for (const [name, value] of Object.entries(from)) {
    if (value !== undefined && !NOT_INHERITED.test(name)) env[name] = value;
  }
  return env;
}

function refuseProduction(env: Readonly<Record<string, string>>): void {
  if (env['NODE_ENV'] !== 'production') return;
  throw new CommandFailure('DEMO_IN_PRODUCTION', {
    happened: 'NODE_ENV is production',
    notDone: 'the demo was not started: it would mix made-up refunds with real ones',
    next: 'unset NODE_ENV, and check that KAFKA_BROKERS and DATABASE_URL are those you mean',
  });
}

/** Decides which bus the demo runs on and writes it into `env`, where the processor finds it. Null: nothing was started for it. */
async function prepareBroker(
  terminal: Terminal,
  options: StackOptions,
  env: Record<string, string>,
  stops: (() => Promise<void>)[],
): Promise<LocalKafka | null> {
  if (options.bus === 'embedded') {
    for (const name of Object.keys(env)) if (name.startsWith('KAFKA_')) delete env[name];
    return null;
  }
  if ((env['KAFKA_BROKERS'] ?? '') !== '') return null;
  const available = await kafkaAvailable();
  if (!available.ok) {
    throw new CommandFailure('KAFKA_UNAVAILABLE', {
      happened: `there is no Kafka to run on: KAFKA_BROKERS is not set, and none can be started here (${available.why})`,
      notDone: 'the demo was not started',
      next: 'set KAFKA_BROKERS, or install Java 17 and Maven, or use --bus embedded, which needs neither',
    });
  }
  const kafka = await startKafka({
    dataDir: readSettings(terminal, env).dataDirectory,
    log: (text) => {
      terminal.err(line(text));
    },
  });
  stops.push(kafka.stop);
  env['KAFKA_BROKERS'] = kafka.brokers;
  return kafka;
}

/** The order service's own connections; what they have to say goes to a file, not between the lines a person reads. */
async function openLogged(config: Config, logFile: string, stops: (() => Promise<void>)[]): Promise<OpenBus> {
  const file = openSync(logFile, 'w');
  const logger = createLogger({
    level: 'info',
    name: 'order-service',
    write: (text) => writeSync(file, text),
  });
  const open = await openBus(config, (level, message, fields) => {
    logger[level](fields, message);
  });
  stops.push(async () => {
    await open.close();
    closeSync(file);
  });
  return open;
}

/**
 * On a broker that is not ours, topics that exist may carry real refunds: the demo then makes its own under another name, and in any case
 * reads in a group of its own, so that no real processor loses a partition to it.
 */
async function chooseTopics(
  config: Config,
  open: OpenBus,
  broker: LocalKafka | null,
  options: StackOptions,
  env: Record<string, string>,
): Promise<{ readonly topics: Topics; readonly busText: string }> {
  if (config.bus.kind === 'embedded') return { topics: config.topics, busText: 'the embedded bus' };
  const busText = `Kafka at ${config.bus.brokers.join(', ')}`;
  if (broker !== null) return { topics: config.topics, busText };
  env['KAFKA_GROUP_ID'] = 'refundry-demo';
  const admin = await open.bus.admin();
  const existing: ReadonlySet<string> = new Set(await admin.listTopics());
  await admin.close();
  if (!topicPlans(config.topics, 1).some(({ topic }) => existing.has(topic)))
    return { topics: config.topics, busText };
  const prefix = `demo-${options.runId}.`;
  const { requested, results, status, deadLetters, acknowledged, seals } = config.topics;
  const topics: Topics = {
    requested: `${prefix}${requested}`,
    results: `${prefix}${results}`,
    status: `${prefix}${status}`,
    deadLetters: `${prefix}${deadLetters}`,
    acknowledged: `${prefix}${acknowledged}`,
    seals: `${prefix}${seals}`,
  };
  const file = join(options.outDirectory, 'refundry.json');
  writeFileSync(file, `${JSON.stringify({ topics }, null, 2)}\n`);
  env['REFUNDRY_CONFIG'] = file;
  return { topics, busText: `${busText}, topics ${prefix}*` };
}
