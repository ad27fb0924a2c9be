import 'reflect-metadata';
import { Command } from 'commander';
import { configSecrets, ConfigurationError, ENVIRONMENT, readConfig, type Config } from '#libs/config';
import { collectProcessMetrics, createLogger, registerSecret } from '#libs/observability';
import { readRoles, ROLES, UsageError } from './roles.ts';
import { startProcessor } from './start.ts';
import { stopOnSignals, unlessStopped } from './stop.ts';

const EXIT_STOPPED = 0;
const EXIT_COULD_NOT_RUN = 1;
const EXIT_USAGE = 2;

function environmentHelp(): string {
  const lines = ENVIRONMENT.map(({ name, meaning }) => `  ${name.padEnd(26)}${meaning}`);
  return `\nEnvironment:\n${lines.join('\n')}\n`;
}

function fail(message: string, code: number): never {
  process.stderr.write(`${message}\n`);
  process.exit(code);
}

/** All faults at once, or the configuration with its secrets already unprintable. */
function configuration(): Config {
  try {
    const config = readConfig(process.env);
    for (const secret of configSecrets(config)) registerSecret(secret);
    return config;
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    const faults = error.faults.map(({ name, message }) => `  ${name} ${message}`);
    return fail(
      `the processor was not started, its configuration has faults:\n${faults.join('\n')}`,
      EXIT_USAGE,
    );
  }
}

async function main(rolesText: string | undefined): Promise<void> {
  const roles = readRoles(rolesText);
  const config = configuration();
  const logger = createLogger({ level: config.logLevel, name: 'processor' });
  for (const { name, message } of config.warnings) logger.warn({ name }, message);
  collectProcessMetrics();
  const stop = stopOnSignals(logger);
  let what = 'start';
  try {
    const processor = await startProcessor(config, roles, logger, stop);
    process.stdout.write(`${JSON.stringify({ processor: 'ready', port: processor.port })}\n`);
    what = 'go on';
    try {
      await unlessStopped(stop, processor.failed);
    } finally {
      await processor.stop();
    }
  } catch (error) {
    if (error === stop.reason) process.exit(EXIT_STOPPED);
    logger.error({ error }, `the processor could not ${what}`);
    fail(
      `the processor could not ${what}: ${error instanceof Error ? error.message : String(error)}`,
      EXIT_COULD_NOT_RUN,
    );
  }
}

const program = new Command('processor')
  .description(
    'Reads refund requests from the bus, executes them at their providers, publishes what happened.',
  )
  .option('--roles <list>', `what this process does, of ${ROLES.join(', ')}`)
  .addHelpText('after', environmentHelp())
  .action(async ({ roles }: { roles?: string }) => {
    try {
      await main(roles);
    } catch (error) {
      if (error instanceof UsageError) fail(error.message, EXIT_USAGE);
      throw error;
    }
  });

await program.parseAsync();
