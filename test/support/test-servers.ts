import { writeSync } from 'node:fs';
import { kafkaAvailable, startThrowawayKafka, startThrowawayPostgres } from '../../libs/local-stack/index.ts';

/** The servers of one test run. */
export interface TestServers {
  /** What the workers' environment gains. */
  readonly environment: Readonly<Record<string, string>>;
  readonly stop: () => Promise<void>;
}

/**
 * Starts what the integration, contract and end-to-end tests need. Everything ends with this process, however that ends.
 *
 * PostgreSQL is always there. Kafka is KAFKA_BROKERS if set, else a broker of this run's own where Java and Maven are there. Without
 * one the Kafka suites are skipped, after a line that says so, except where CI=true: there that is an error. `TEST_KAFKA=0` leaves
 * the broker out of a quick run.
 */
export async function startTestServers(): Promise<TestServers> {
  const [postgres, kafka] = await Promise.allSettled([startThrowawayPostgres(), startTestKafka()]);
  const running = [postgres, kafka].flatMap((start) => (start.status === 'fulfilled' ? [start.value] : []));
  const stop = async (): Promise<void> => {
    await Promise.all(running.map(async (server) => await server.stop()));
  };
  if (postgres.status === 'rejected' || kafka.status === 'rejected') {
    await stop();
    throw postgres.status === 'rejected' ? postgres.reason : (kafka as PromiseRejectedResult).reason;
  }
  return {
    environment: {
      TEST_POSTGRES_URL: postgres.value.url,
      ...(kafka.value.brokers === undefined ? {} : { TEST_KAFKA_BROKERS: kafka.value.brokers }),
    },
    stop,
  };
}

interface TestKafka {
  readonly brokers: string | undefined;
  readonly stop: () => Promise<void>;
}

async function startTestKafka(): Promise<TestKafka> {
  const given = process.env['KAFKA_BROKERS'];
  if (given !== undefined && given !== '') return { brokers: given, stop: async () => undefined };
  if (process.env['TEST_KAFKA'] === '0') return withoutKafka('TEST_KAFKA=0 is set');
  const available = await kafkaAvailable();
  if (!available.ok) return withoutKafka(available.why);
  try {
    return await startThrowawayKafka(say);
  } catch (error) {
    return withoutKafka(error instanceof Error ? error.message : String(error));
  }
}

function withoutKafka(why: string): TestKafka {
  if (process.env['CI'] === 'true') {
    throw new Error(`CI=true, but there is no Kafka to test with: ${why}`);
  }
  say(`the Kafka suites will be skipped: ${why}`);
  return { brokers: undefined, stop: async () => undefined };
}

/** On the error stream, like all of Jest's own output: the standard output holds the closing line alone. */
function say(line: string): void {
  writeSync(2, `${line}\n`);
}
