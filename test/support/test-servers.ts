import { startThrowawayPostgres } from '../../libs/local-stack/index.ts';

/** The servers of one test run. */
export interface TestServers {
  /** What the workers' environment gains. */
  readonly environment: Readonly<Record<string, string>>;
  readonly stop: () => Promise<void>;
}

/** Starts what the integration, contract and end-to-end tests need. Everything ends with this process, however that ends. */
export async function startTestServers(): Promise<TestServers> {
  const postgres = await startThrowawayPostgres();
  return { environment: { TEST_POSTGRES_URL: postgres.url }, stop: postgres.stop };
}
