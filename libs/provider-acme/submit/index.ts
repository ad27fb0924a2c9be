import type { HttpEdge } from '#libs/provider-kit';
import type { RefundSubmitter } from '#libs/provider-kit/submit';
import { createAcmeReading, type AcmeReading } from '../index.ts';
import { prepare } from '../prepare.ts';
import { submit } from '../submit.ts';

/** Acme as the processor takes it: everything that reads, and the port that moves money. */
export interface Acme extends AcmeReading {
  readonly submitter: RefundSubmitter;
}

/** `callTimeoutMs` is the deadline of every single HTTP call. */
export function createAcme(surroundings: { readonly edge: HttpEdge; readonly callTimeoutMs: number }): Acme {
  return {
    ...createAcmeReading(surroundings),
    submitter: {
      prepare: (_account, task, _reading, attemptNo) => prepare(task, attemptNo),
      submit: async (account, attempt, signal) => await submit(surroundings, account, attempt, signal),
    },
  };
}
