import { createRequire } from 'node:module';

interface RequestQueue {
  readonly pending: readonly unknown[];
  readonly throttledUntil: number;
}

const kafkajs = createRequire(import.meta.url);
const { prototype } = kafkajs('kafkajs/src/network/requestQueue/index.js') as {
  prototype: { scheduleCheckPendingRequests: (this: RequestQueue) => void };
};
const schedule = prototype.scheduleCheckPendingRequests;

/**
 * kafkajs 2.2.4 re-arms this check for ever with a negative delay (tulios/kafkajs#1704): thousands of timers a second while idle, and Node's
 * TimeoutNegativeWarning. The check has work only while requests wait or the broker throttles.
 */
prototype.scheduleCheckPendingRequests = function checkOnlyWithWork(this: RequestQueue): void {
  if (this.pending.length > 0 || this.throttledUntil > Date.now()) schedule.call(this);
};
