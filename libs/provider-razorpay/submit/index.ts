import type { HttpEdge } from '#libs/provider-kit';
import type { RefundSubmitter } from '#libs/provider-kit/submit';
import { createRazorpayReading, type RazorpayReading } from '../index.ts';
import { prepare } from '../prepare.ts';
import { submit } from '../submit.ts';

/** Razorpay as the processor takes it: everything that reads, and the port that moves money. */
export interface Razorpay extends RazorpayReading {
  readonly submitter: RefundSubmitter;
}

/** `callTimeoutMs` is the deadline of every single HTTP call. */
export function createRazorpay(surroundings: {
  readonly edge: HttpEdge;
  readonly callTimeoutMs: number;
}): Razorpay {
  return {
    ...createRazorpayReading(surroundings),
    submitter: {
      prepare: (_account, task, _reading, attemptNo, previous) => prepare(task, attemptNo, previous),
      submit: async (account, attempt, signal) => await submit(surroundings, account, attempt, signal),
    },
  };
}
