import type { Failure } from './outcome.ts';

/** A fault found before anything was stored; the first one is the reason that is published. */
export interface RequestFault {
  readonly code: string;
  readonly message: string;
}

export interface AcceptFacts {
  readonly faults: readonly RequestFault[];
  /** Age of the request's record, milliseconds. */
  readonly ageMs: number;
  readonly requestAgeMaxMs: number;
  /** The store lost rows (restore): requests taken in again may have been sent before. */
  readonly recovering: boolean;
}

/** `lookFirst`: taken in late, so the provider is asked by our reference before anything is sent. */
export type Acceptance =
  | { readonly to: 'requested'; readonly lookFirst: boolean }
  | { readonly to: 'failed'; readonly failure: Failure };

export function accept(facts: AcceptFacts): Acceptance {
  const [fault] = facts.faults;
  if (fault !== undefined) return { to: 'failed', failure: rejection(fault) };
  return { to: 'requested', lookFirst: facts.recovering || facts.ageMs > facts.requestAgeMaxMs };
}

/** Our rules said no: nothing was sent, the same money may be asked for again under another refundId. */
export function rejection(fault: RequestFault): Failure {
  return {
    kind: 'rejected',
    code: fault.code,
    message: fault.message,
    actBy: 'merchant',
    mayRequestAgain: true,
  };
}
