import type { ActBy, NotAppliedBecause } from '#libs/refund';

type Meaning =
  | {
      readonly kind: 'declined';
      readonly code: string;
      readonly actBy: ActBy;
      readonly mayRequestAgain: boolean;
      readonly readingStale: boolean;
    }
  | { readonly kind: 'notApplied'; readonly code: string; readonly because: NotAppliedBecause };

/** A `message` beside `success: false`, or a status that says it whatever the message. */
export interface ErrorRule {
  /** Lower case; the message begins with it. Empty: any message, also none. */
  readonly words: string;
  /** With another status the words count as unlisted. */
  readonly httpStatuses: readonly number[];
  readonly meaning: Meaning;
}

const CREDENTIALS: Meaning = { kind: 'notApplied', because: 'credentials', code: 'CREDENTIALS_REFUSED' };

/** A fault of ours in the request, which the service could not even read. */
const MALFORMED: Meaning = {
  kind: 'declined',
  code: 'REQUEST_MALFORMED',
  actBy: 'operator',
  mayRequestAgain: true,
  readingStale: false,
};

/**
 * Every documented refusal (sources in MAPPINGS.md; a test compares the two both ways). The vendor's list is not complete. What is not here is unknown,
 * however clear its words sound: without keys nobody can ask again, and a refund wrongly taken for refused would be requested once more.
 */
export const ERROR_TABLE: readonly ErrorRule[] = [
  {
    words: 'notenoughoperationfunds',
    httpStatuses: [200, 400],
    meaning: {
      kind: 'declined',
      code: 'AMOUNT_TOO_HIGH',
      actBy: 'merchant',
      mayRequestAgain: true,
      readingStale: true,
    },
  },
  { words: 'signature key is not exists', httpStatuses: [200, 400, 401], meaning: CREDENTIALS },
  { words: '', httpStatuses: [401], meaning: CREDENTIALS },
  { words: 'badrequest', httpStatuses: [400], meaning: MALFORMED },
  { words: '', httpStatuses: [415], meaning: MALFORMED },
];

/** The rule for a message; null when none lists it with this status. */
export function ruleFor(httpStatus: number, message: string | null): ErrorRule | null {
  const words = (message ?? '').toLowerCase().trim();
  return (
    ERROR_TABLE.find((rule) => rule.httpStatuses.includes(httpStatus) && words.startsWith(rule.words)) ?? null
  );
}
