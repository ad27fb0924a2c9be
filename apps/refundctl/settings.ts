import { configSecrets, readConfig, type Config, type Environment } from '#libs/config';
import { registerSecret } from '#libs/observability';
import { line, type Terminal } from './terminal.ts';

/** Reads the configuration for a command that calls no provider, prints its warnings, and hides its secrets from here on. */
export function readSettings(terminal: Terminal, env: Environment = terminal.env): Config {
  const config = readConfig(env, { accountsOptional: true });
  for (const secret of configSecrets(config)) registerSecret(secret);
  for (const { name, message } of config.warnings) terminal.err(line(`refundctl: ${name} ${message}`));
  return config;
}
