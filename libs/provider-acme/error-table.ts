import type { ActBy, NotAppliedBecause } from '#libs/refund';

/**
 * What a refusal means.
 * `look`: it may be the echo of an earlier call of ours, so a look-up comes first; the outcome is unknown.
 */
type Meaning =
  | {
      readonly kind: 'declined';
      readonly code: string;
      readonly actBy: ActBy;
      readonly mayRequestAgain: boolean;
      readonly readingStale: boolean;
    }
  | { readonly kind: 'notApplied'; readonly code: string; readonly because: NotAppliedBecause }
  | { readonly kind: 'look'; readonly code: string };

/** One `error.code` of Acme. */
export interface ErrorRule {
  readonly word: string;
  /** With another status the word counts as unlisted. */
  readonly httpStatus: number;
  readonly meaning: Meaning;
}

/** Every documented code (sources in MAPPINGS.md; a test compares the two both ways). */
export const ERROR_TABLE: readonly ErrorRule[] = [
  rule('invalid_request', 400, refused('REQUEST_MALFORMED', 'operator', true)),
  rule('balance_too_low', 402, { kind: 'notApplied', because: 'balance', code: 'BALANCE_TOO_LOW' }),
  rule('payment_not_found', 404, refused('PAYMENT_NOT_FOUND', 'merchant', false)),
  rule('key_reused', 409, { kind: 'look', code: 'KEY_MISMATCH' }),
  rule('payment_busy', 409, { kind: 'notApplied', because: 'busy', code: 'PAYMENT_BUSY' }),
  rule('already_refunded', 422, { kind: 'look', code: 'ALREADY_REFUNDED' }),
  rule('amount_too_high', 422, stale('AMOUNT_TOO_HIGH')),
  rule('payment_not_captured', 422, stale('PAYMENT_NOT_CAPTURED')),
];

/** The rule for a code; null when none lists it with this status. */
export function ruleFor(httpStatus: number, word: string): ErrorRule | null {
  return ERROR_TABLE.find((one) => one.word === word && one.httpStatus === httpStatus) ?? null;
}

function rule(word: string, httpStatus: number, meaning: Meaning): ErrorRule {
  return { word, httpStatus, meaning };
}

function refused(code: string, actBy: ActBy, mayRequestAgain: boolean): Meaning {
  return { kind: 'declined', code, actBy, mayRequestAgain, readingStale: false };
}

/** About amounts or the payment's state: what we read of the payment is out of date. */
function stale(code: string): Meaning {
  return { kind: 'declined', code, actBy: 'merchant', mayRequestAgain: true, readingStale: true };
}
