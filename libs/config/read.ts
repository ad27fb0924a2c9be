import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { readAccounts } from './accounts.ts';
import { readBooks } from './books.ts';
import type { Config, KafkaConfig } from './config.ts';
import { readDocument, type Document } from './document.ts';
import { ENVIRONMENT } from './environment.ts';
import { ConfigurationError, Findings } from './faults.ts';
import { checkTogether, EXECUTOR, LIMITS, readNumbers, RELAY, SEALER } from './limits.ts';
import { nearest } from './nearest.ts';
import { readTopics } from './topics.ts';
import { EnvironmentReader, type Environment } from './values.ts';

const SECTIONS = [
  'accounts',
  'topics',
  'limits',
  'executor',
  'relay',
  'sealer',
  'books',
  'statusEvents',
] as const;
const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'silent'] as const;
const MECHANISMS = ['plain', 'scram-sha-256', 'scram-sha-512'] as const;

export interface ReadOptions {
  /** How the file of REFUNDRY_CONFIG is read. */
  readonly readFile?: (path: string) => string;
  /** For tools that call no provider: missing accounts are no fault. */
  readonly accountsOptional?: true;
}

/**
 * Turns environment and file into one typed, frozen configuration.
 * @throws ConfigurationError with every fault found, none of which contains a secret.
 */
export function readConfig(env: Environment, options: ReadOptions = {}): Config {
  const findings = new Findings();
  const reader = new EnvironmentReader(env, findings);
  const file = reader.text('REFUNDRY_CONFIG');
  const readFile = options.readFile ?? ((path: string) => readFileSync(path, 'utf8'));
  const document = file === null ? {} : readDocument(file, readFile, SECTIONS, findings);
  const config = assemble(env, reader, document, findings);
  checkProduction(config, findings);
  warnOfNames(env, config, findings);
  const faults =
    options.accountsOptional === true && config.accounts.length === 0
      ? findings.faults.filter(({ name }) => name !== 'accounts')
      : findings.faults;
  if (faults.length > 0) throw new ConfigurationError(faults);
  return deepFreeze({ ...config, warnings: findings.warnings });
}

function assemble(
  env: Environment,
  reader: EnvironmentReader,
  document: Document,
  findings: Findings,
): Config {
  const sandboxUrl = reader.url('SANDBOX_URL', ['http:', 'https:']);
  const databaseUrl = reader.url('DATABASE_URL', ['postgres:', 'postgresql:']);
  const executor = readNumbers(EXECUTOR, document['executor'], 'executor', findings);
  const relay = readNumbers(RELAY, document['relay'], 'relay', findings);
  checkTogether(executor, relay, findings);
  reader.port('SANDBOX_PORT', 4010);
  return {
    production: reader.text('NODE_ENV') === 'production',
    bus: readBus(reader, findings),
    groupId: reader.text('KAFKA_GROUP_ID') ?? 'refundry',
    database: databaseUrl === null ? { kind: 'embedded' } : { kind: 'url', url: databaseUrl },
    dataDirectory: resolve(reader.text('REFUNDRY_DATA') ?? '.refundry'),
    http: { host: reader.text('HOST') ?? '127.0.0.1', port: reader.port('PORT', 3000) },
    topics: readTopics(document['topics'], findings),
    createTopics: reader.flag('TOPICS_CREATE', true),
    accounts: readAccounts(reader, env, document['accounts'], sandboxUrl, findings),
    limits: readNumbers(LIMITS, document['limits'], 'limits', findings),
    executor,
    relay,
    sealer: readNumbers(SEALER, document['sealer'], 'sealer', findings),
    books: readBooks(document['books'], findings),
    statusEvents: readStatusEvents(reader, document['statusEvents'], findings),
    logLevel: reader.oneOf('LOG_LEVEL', LOG_LEVELS, 'info'),
    sandboxUrl,
    warnings: [],
  };
}

function readBus(reader: EnvironmentReader, findings: Findings): Config['bus'] {
  const text = reader.text('KAFKA_BROKERS');
  if (text === null) return { kind: 'embedded' };
  const brokers = text.split(',').map((broker) => broker.trim());
  for (const broker of brokers) {
    const port = /^(?:[^\s:/@]+|\[[0-9A-Fa-f:.]+\]):(\d{1,5})$/.exec(broker)?.[1];
    if (port === undefined || Number(port) < 1 || Number(port) > 65_535) {
      findings.fault('KAFKA_BROKERS', 'must be host:port, several separated by commas');
      break;
    }
  }
  const caFile = reader.text('KAFKA_SSL_CA');
  const ssl = reader.flag('KAFKA_SSL', caFile !== null) ? { caFile } : null;
  if (ssl === null && caFile !== null) {
    findings.fault('KAFKA_SSL', 'is false although KAFKA_SSL_CA is set: unset one of them');
  }
  return { kind: 'kafka', brokers, ssl, sasl: readSasl(reader, findings) };
}

function readSasl(reader: EnvironmentReader, findings: Findings): KafkaConfig['sasl'] {
  const username = reader.text('KAFKA_SASL_USERNAME');
  const password = reader.text('KAFKA_SASL_PASSWORD');
  if (reader.text('KAFKA_SASL_MECHANISM') === null) {
    if (username !== null || password !== null) {
      findings.fault('KAFKA_SASL_MECHANISM', `is missing: one of ${MECHANISMS.join(', ')}`);
    }
    return null;
  }
  const mechanism = reader.oneOf('KAFKA_SASL_MECHANISM', MECHANISMS, 'plain');
  if (username === null) findings.fault('KAFKA_SASL_USERNAME', 'is missing');
  if (password === null) findings.fault('KAFKA_SASL_PASSWORD', 'is missing');
  return username === null || password === null ? null : { mechanism, username, password };
}

/** The environment wins over the file, as for everything that both can say. */
function readStatusEvents(reader: EnvironmentReader, value: unknown, findings: Findings): boolean {
  if (value !== undefined && typeof value !== 'boolean') {
    findings.fault('statusEvents', 'must be true or false');
  }
  return reader.flag('STATUS_EVENTS', value !== false);
}

function checkProduction(config: Config, findings: Findings): void {
  if (!config.production) return;
  const faulty = new Set(findings.faults.map(({ name }) => name));
  if (config.database.kind === 'embedded' && !faulty.has('DATABASE_URL')) {
    findings.fault('DATABASE_URL', 'is missing: with NODE_ENV=production the embedded PostgreSQL is refused');
  }
  if (config.bus.kind === 'embedded') {
    findings.fault('KAFKA_BROKERS', 'is missing: with NODE_ENV=production the embedded bus is refused');
  }
}

/** Names that look like ours but are not read, and things that are allowed but rarely meant. */
function warnOfNames(env: Environment, config: Config, findings: Findings): void {
  const names = ENVIRONMENT.map(({ name }) => name);
  for (const [name, value] of Object.entries(env)) {
    if (value === undefined || value.trim() === '' || names.includes(name)) continue;
    const near = name.includes('_') ? nearest(name, names) : null;
    if (near !== null && env[near] === undefined) findings.warn(name, `is not read; did you mean ${near}?`);
  }
  for (const account of config.accounts) {
    if (account.verify === 'never') {
      findings.warn(
        `${account.provider}/${account.name}`,
        'verify is never: what was captured is not read, only our own sums and the refusal of the provider guard against over-refunds',
      );
    }
  }
}

function deepFreeze<Value>(value: Value): Value {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const part of Object.values(value)) deepFreeze<unknown>(part);
  }
  return value;
}
