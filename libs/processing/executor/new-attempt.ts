import type { NotAppliedBecause } from '#libs/refund';

/**
 * Kept as the reason on a refund in `requested` whose next call needs an attempt of its own. Not reasons for a person: nothing but the next arming
 * reads them, and it clears them.
 */
const REASONS: Readonly<Record<NotAppliedBecause, string>> = {
  notSent: 'NOT_SENT',
  busy: 'PROVIDER_BUSY',
  rateLimited: 'RATE_LIMITED',
  notSettled: 'NOT_SETTLED',
  balance: 'BALANCE_TOO_LOW',
  credentials: 'CREDENTIALS_REFUSED',
  optionUnsupported: 'OPTION_UNSUPPORTED',
  keyRefused: 'KEY_REFUSED',
  keySpent: 'KEY_SPENT',
};

/** A person has proof that the last attempt moved nothing. To whoever prepares the next one that is as good as never sent. */
export const PROVED_ABSENT = 'PROVED_ABSENT';

const CAUSES: ReadonlyMap<string, NotAppliedBecause> = new Map([
  ...(Object.keys(REASONS) as NotAppliedBecause[]).map((because) => [REASONS[because], because] as const),
  [PROVED_ABSENT, 'notSent'] as const,
]);

export function newAttemptReason(because: NotAppliedBecause): string {
  return REASONS[because];
}

/** The reason as it is kept while the refund waits for anything but a call: forgotten, the refused attempt would be armed once more. */
export function keptReason(reviewReason: string | null): string | null {
  return newAttemptBecause(reviewReason) === null ? null : reviewReason;
}

/** Why the stored attempt is to be replaced; null when it is not. */
export function newAttemptBecause(reviewReason: string | null): NotAppliedBecause | null {
  return reviewReason === null ? null : (CAUSES.get(reviewReason) ?? null);
}
