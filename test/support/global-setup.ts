import { startTestServers, type TestServers } from './test-servers.ts';

declare global {
  var refundryTestServers: Promise<TestServers> | undefined;
}

/**
 * Jest calls this once for every project that needs servers, all in the one process that starts the workers: the first call starts
 * them and the rest share them. Workers find them by `TEST_POSTGRES_URL`, an administrator's address of a server that belongs to
 * this run, and `TEST_KAFKA_BROKERS`, set where a real broker is there.
 */
export default async function globalSetup(): Promise<void> {
  const servers = await (globalThis.refundryTestServers ??= startTestServers());
  Object.assign(process.env, servers.environment);
}
