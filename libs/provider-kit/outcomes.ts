import type { ActBy, NotAppliedBecause, Outcome, UnknownPhase } from '#libs/refund';

/** Nothing moved, and it may be tried again. */
export function notApplied(
  because: NotAppliedBecause,
  text: string,
  details: { readonly code?: string; readonly retryAfterMs?: number | null } = {},
): Outcome {
  const { code = null, retryAfterMs = null } = details;
  return { kind: 'notApplied', because, retryAfterMs, code, text };
}

/** It cannot be told if money moved. */
export function unknown(phase: UnknownPhase, text: string, providerRefundId: string | null = null): Outcome {
  return { kind: 'unknown', phase, text, providerRefundId };
}

/** The provider said no, for good. */
export function declined(
  code: string,
  text: string,
  details: {
    readonly actBy: ActBy;
    readonly mayRequestAgain: boolean;
    readonly providerRefundId?: string;
    readonly readingStale?: boolean;
  },
): Outcome {
  const { actBy, mayRequestAgain, providerRefundId = null, readingStale = false } = details;
  return { kind: 'declined', code, text, actBy, mayRequestAgain, providerRefundId, readingStale };
}
