import type { HttpEdge } from '#libs/provider-kit';
import type { RefundSubmitter } from '#libs/provider-kit/submit';
import { createBraintreeReading, type BraintreeReading } from '../index.ts';
import { prepare } from '../prepare.ts';
import { submit } from '../submit.ts';

/** Braintree as the processor takes it: everything that reads, and the port that moves money. */
export interface Braintree extends BraintreeReading {
  readonly submitter: RefundSubmitter;
}

/** `callTimeoutMs` is the deadline of every single HTTP call. */
export function createBraintree(surroundings: {
  readonly edge: HttpEdge;
  readonly callTimeoutMs: number;
}): Braintree {
  return {
    ...createBraintreeReading(surroundings),
    submitter: {
      prepare: (account, task, _reading, attemptNo, previous) => prepare(account, task, attemptNo, previous),
      submit: async (account, attempt, signal) => await submit(surroundings, account, attempt, signal),
    },
  };
}
