import type { HttpEdge } from '#libs/provider-kit';
import type { RefundSubmitter } from '#libs/provider-kit/submit';
import { createRobokassaReading, type RobokassaReading } from '../index.ts';
import { prepare } from '../prepare.ts';
import { submit } from '../submit.ts';

/** RoboKassa as the processor takes it: everything that reads, and the port that moves money. */
export interface Robokassa extends RobokassaReading {
  readonly submitter: RefundSubmitter;
}

/** `callTimeoutMs` is the deadline of every single HTTP call. */
export function createRobokassa(surroundings: {
  readonly edge: HttpEdge;
  readonly callTimeoutMs: number;
}): Robokassa {
  return {
    ...createRobokassaReading(surroundings),
    submitter: {
      prepare: (account, task, reading, attemptNo) => prepare(account, task, reading, attemptNo),
      submit: async (account, attempt, signal) => await submit(surroundings, account, attempt, signal),
    },
  };
}
