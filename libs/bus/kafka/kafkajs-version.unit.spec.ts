import { createRequire } from 'node:module';
import './request-queue-patch.ts';

const require = createRequire(import.meta.url);

interface Queue {
  readonly pending: unknown[];
  throttledUntil: number;
  throttleCheckTimeoutId: NodeJS.Timeout | null;
  scheduleCheckPendingRequests(): void;
  destroy(): void;
}

const RequestQueue = require('kafkajs/src/network/requestQueue/index.js') as new (options: object) => Queue;

describe('kafkajs', () => {
  /**
   * The adapter relies on what 2.2.4 does inside: the request queue, the encoder and the decoder of fetched records that are patched, `fetchedOffset` of a batch, GROUP_JOIN
   * before the first fetch, an empty broker list that ends its retries, the cluster that fetches without a group. Another version has to be read
   * again.
   */
  it('is the version whose inside the adapter was written for', () => {
    const { version } = require('kafkajs/package.json') as { version: string };
    expect(version).toBe('2.2.4');
  });

  it('arms no timer for a queue without waiting requests, and one for a queue that has to look again', () => {
    const queue = new RequestQueue({
      maxInFlightRequests: 1,
      requestTimeout: 1_000,
      enforceRequestTimeout: false,
      clientId: 'test',
      broker: 'b:1',
      logger: { debug: () => undefined },
    });
    queue.scheduleCheckPendingRequests();
    expect(queue.throttleCheckTimeoutId).toBeNull();
    queue.throttledUntil = Date.now() + 60_000;
    queue.scheduleCheckPendingRequests();
    expect(queue.throttleCheckTimeoutId).not.toBeNull();
    queue.destroy();
    queue.throttledUntil = -1;
    queue.pending.push({});
    queue.scheduleCheckPendingRequests();
    expect(queue.throttleCheckTimeoutId).not.toBeNull();
    queue.destroy();
  });
});
