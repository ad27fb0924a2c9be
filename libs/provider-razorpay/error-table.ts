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

/** One description of Razorpay, its de-facto error code: `code` in the answer is nearly always BAD_REQUEST_ERROR. */
export interface ErrorRule {
  /** Lower case, single spaces, no full stop at the end. */
  readonly words: string;
  /** Some descriptions begin with what they complain about. */
  readonly at: 'start' | 'end';
  /** With another status the words count as unlisted. */
  readonly httpStatuses: readonly number[];
  readonly meaning: Meaning;
}

const KEY_STATUSES = [400, 401, 403];

/** Every documented or observed description (sources in MAPPINGS.md; a test compares the two both ways). */
export const ERROR_TABLE: readonly ErrorRule[] = [
  start('authentication failed', account('CREDENTIALS_REFUSED'), KEY_STATUSES),
  start('the api key provided is invalid', account('CREDENTIALS_REFUSED'), KEY_STATUSES),
  start('the api secret provided is invalid', account('CREDENTIALS_REFUSED'), KEY_STATUSES),
  start('the api key/secret provided is invalid', account('CREDENTIALS_REFUSED'), KEY_STATUSES),
  start('the requested url was not found on the server', account('ADDRESS_WRONG'), [400, 404]),
  start('refunds cannot be created on your account', account('REFUNDS_DISABLED')),
  end('is not a valid id', refused('PAYMENT_NOT_FOUND', 'merchant', false)),
  start('the id provided does not exist', refused('PAYMENT_NOT_FOUND', 'merchant', false)),
  end('is/are not required and should not be sent', refused('REQUEST_MALFORMED', 'operator', true)),
  start('notes validation failed', refused('REQUEST_MALFORMED', 'operator', true)),
  start('amount cannot be blank', refused('REQUEST_MALFORMED', 'operator', true)),
  start(
    'the idempotency key must be at least 10 characters long',
    refused('REQUEST_MALFORMED', 'operator', true),
  ),
  start('the idempotency key must only contain alphanumeric', refused('REQUEST_MALFORMED', 'operator', true)),
  start('the amount must be at least', refused('AMOUNT_TOO_LOW', 'merchant', false)),
  start('the amount must be atleast', refused('AMOUNT_TOO_LOW', 'merchant', false)),
  start('the payment status should be captured for action to be taken', stale('PAYMENT_NOT_CAPTURED')),
  start('the refund amount provided is greater than amount captured', stale('AMOUNT_TOO_HIGH')),
  start('the refund amount provided is greater than the unrefunded amount', stale('AMOUNT_TOO_HIGH')),
  start('void is not supported for partial refunds', stale('PAYMENT_NOT_CAPTURED')),
  start('the payment has been fully refunded already', { kind: 'look', code: 'ALREADY_REFUNDED' }),
  start('refund has already been processed', { kind: 'look', code: 'ALREADY_REFUNDED' }),
  start('duplicate receipt found for this refund request', { kind: 'look', code: 'DUPLICATE_RECEIPT' }),
  start(
    'different request with the same idempotency key has already been processed',
    { kind: 'look', code: 'KEY_MISMATCH' },
    [400, 409],
  ),
  start('another request with the same idempotency key is still in progress', again('busy'), [409]),
  start('request failed because another payment operation is in progress', again('busy')),
  start('your account does not have enough balance to carry out the refund operation', again('balance')),
  start('invalid request sent', again('balance')),
  start('instant refund not supported for the payment', again('optionUnsupported')),
  start(
    'refund is not supported by the bank because the payment is more than 6 months old',
    refused('PAYMENT_TOO_OLD', 'merchant', false),
  ),
  start(
    'refund is currently not supported for this payment method',
    refused('METHOD_NOT_REFUNDABLE', 'merchant', false),
  ),
  start(
    'partial refund is currently not supported for this payment method',
    refused('PARTIAL_NOT_SUPPORTED', 'merchant', true),
  ),
  start(
    'the refund on this payment is blocked due to ongoing dispute investigation',
    refused('PAYMENT_DISPUTED', 'merchant', true),
  ),
];

/** The rule for a description; null when none lists it with this status. */
export function ruleFor(httpStatus: number, description: string): ErrorRule | null {
  const words = normalise(description);
  return (
    ERROR_TABLE.find(
      (rule) =>
        rule.httpStatuses.includes(httpStatus) &&
        (rule.at === 'start' ? words.startsWith(rule.words) : words.endsWith(rule.words)),
    ) ?? null
  );
}

function normalise(description: string): string {
  return description
    .toLowerCase()
    .replace(/\s+/g, ' ')
    .trim()
    .replace(/[. ]+$/, '');
}

function start(words: string, meaning: Meaning, httpStatuses: readonly number[] = [400]): ErrorRule {
  return { words, at: 'start', httpStatuses, meaning };
}

function end(words: string, meaning: Meaning): ErrorRule {
  return { words, at: 'end', httpStatuses: [400], meaning };
}

function refused(code: string, actBy: ActBy, mayRequestAgain: boolean): Meaning {
  return { kind: 'declined', code, actBy, mayRequestAgain, readingStale: false };
}

/** About amounts or the payment's state: what we read of the payment is out of date. */
function stale(code: string): Meaning {
  return { kind: 'declined', code, actBy: 'merchant', mayRequestAgain: true, readingStale: true };
}

/** A fault of the account, which every refund of it would meet: none of them is given up for it. */
function account(code: string): Meaning {
  return { kind: 'notApplied', because: 'credentials', code };
}

function again(because: 'busy' | 'balance' | 'optionUnsupported'): Meaning {
  const codes = {
    busy: 'PAYMENT_BUSY',
    balance: 'BALANCE_TOO_LOW',
    optionUnsupported: 'INSTANT_NOT_SUPPORTED',
  };
  return { kind: 'notApplied', because, code: codes[because] };
}
