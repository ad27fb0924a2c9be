import { readFileSync } from 'node:fs';
import { configSecrets, readConfig, type Config, type Environment, type KafkaConfig } from '#libs/config';
import { registerSecret } from '#libs/observability';
import { CommandFailure } from './failure.ts';
import { line, type Terminal } from './terminal.ts';

/** Reads the configuration for a command that calls no provider, prints its warnings, and hides its secrets from here on. */
export function readSettings(terminal: Terminal, env: Environment = terminal.env): Config {
  const config = readConfig(env, { accountsOptional: true });
  for (const secret of configSecrets(config)) registerSecret(secret);
  for (const { name, message } of config.warnings) terminal.err(line(`refundctl: ${name} ${message}`));
  return config;
}

/** TLS as the bus takes it; the certificate authority is read here. */
export function tlsOf(kafka: KafkaConfig): boolean | { readonly ca: string } {
  if (kafka.ssl === null) return false;
  const { caFile } = kafka.ssl;
  if (caFile === null) return true;
  try {
    return { ca: readFileSync(caFile, 'utf8') };
  } catch (error) {
    throw new CommandFailure(
      'CERTIFICATE_UNREADABLE',
      {
        happened: `the file in KAFKA_SSL_CA, ${caFile}, cannot be read`,
        notDone: 'no connection to Kafka was made',
        next: 'correct KAFKA_SSL_CA, or unset it to trust the authorities of this system',
      },
      1,
      { cause: error },
    );
  }
}
