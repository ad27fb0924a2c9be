import type { TestServers } from './test-servers.ts';

declare global {
  var refundryTestServers: Promise<TestServers> | undefined;
}

/** Called once per project after all tests of the run; stopping twice does nothing. Ctrl-C comes past here: the servers' guards see to that. */
export default async function globalTeardown(): Promise<void> {
  const servers = await globalThis.refundryTestServers;
  await servers?.stop();
}
