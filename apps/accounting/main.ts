import 'reflect-metadata';
import { Command, InvalidArgumentError } from 'commander';
import { configSecrets, ConfigurationError, readConfig, type Config } from '#libs/config';
import { createLogger, redact, registerSecret } from '#libs/observability';
import { keepBooks, printBooks, type AccountingCommand } from './run.ts';

const EXIT_COULD_NOT_RUN = 1;
const EXIT_USAGE = 2;

const HELP = `
Environment: as the processor's. DATABASE_URL is where the books are kept, in a schema of their own (accounting); KAFKA_GROUP_ID is the
consumer group, by default the consumer's name. Without KAFKA_BROKERS and DATABASE_URL it finds or starts the embedded ones under REFUNDRY_DATA.

When it reads it prints one line, {"accounting":"ready",…}. SIGINT and SIGTERM stop it; then it prints the balances.
Exit code: 0 done, 1 could not run, 2 used wrongly.
`;

interface Options {
  readonly consumer: string;
  readonly topic?: string;
  readonly acknowledge: boolean;
  readonly fromEarliest?: boolean;
  readonly print?: boolean;
}

function consumerName(text: string): string {
  if (!/^[A-Za-z0-9_-]{1,64}$/.test(text))
    throw new InvalidArgumentError('1 to 64 of A-Z a-z 0-9 _ and -, as it stands in ids of events.');
  return text;
}

function fail(message: string, code: number): void {
  process.stderr.write(`${redact(message)}\n`);
  process.exitCode = code;
}

/** The group is the consumer's own unless it is named: two consumers in one group would each get a part of the results. */
function configuration({ consumer }: Options): Config {
  const groupId = process.env['KAFKA_GROUP_ID']?.trim();
  const env = {
    ...process.env,
    KAFKA_GROUP_ID: groupId === undefined || groupId === '' ? consumer : groupId,
  };
  const config = readConfig(env, { accountsOptional: true });
  for (const secret of configSecrets(config)) registerSecret(secret);
  return config;
}

async function main(options: Options): Promise<void> {
  let command: AccountingCommand;
  try {
    const config = configuration(options);
    const { consumer, acknowledge, fromEarliest = false } = options;
    const topic = options.topic ?? config.topics.results;
    const logger = createLogger({ level: config.logLevel, name: 'accounting' });
    command = { config, consumer, topic, acknowledge, fromEarliest, logger };
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    const faults = error.faults.map(({ name, message }) => `  ${name} ${message}`);
    fail(`accounting was not started, its configuration has faults:\n${faults.join('\n')}`, EXIT_USAGE);
    return;
  }
  try {
    await (options.print === true ? printBooks(command) : keepBooks(command));
  } catch (error) {
    command.logger.error({ error }, 'accounting could not go on');
    fail(
      `accounting could not go on: ${error instanceof Error ? error.message : String(error)}`,
      EXIT_COULD_NOT_RUN,
    );
  }
}

await new Command('accounting')
  .description(
    'An example of accounting: reads the results of refunds, keeps the balance of every account, and acknowledges each result on the bus.',
  )
  .option('--consumer <name>', 'whose books these are; each consumer has its own', consumerName, 'accounting')
  .option('--topic <name>', 'read the results from this topic, e.g. one that a replay filled')
  .option('--no-acknowledge', 'publish no acknowledgements, e.g. for a rehearsal on a copied topic')
  .option(
    '--from-earliest',
    'forget how far the topic was read and read all of it again; stop its other processes first',
  )
  .option('--print', 'print the balances and end')
  .addHelpText('after', HELP)
  .configureOutput({ writeErr: (text) => void process.stderr.write(text) })
  .exitOverride((error) => {
    process.exit(error.exitCode === 0 ? 0 : EXIT_USAGE);
  })
  .action(main)
  .parseAsync();
