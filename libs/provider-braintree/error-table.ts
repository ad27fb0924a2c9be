import type { ActBy, NotAppliedBecause } from '#libs/refund';

/**
 * What a refusal means.
 * `look`: it may be the echo of an earlier call of ours, so a look-up comes first; the outcome is unknown.
 * `repeat`: the same key may be tried again, and whether the first request had an effect is not said; the outcome is unknown.
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
  | { readonly kind: 'look' | 'repeat'; readonly code: string };

/** One validation code of Braintree. The sentence beside it depends on time and language and decides nothing. */
export interface ErrorRule {
  readonly validation: string;
  readonly meaning: Meaning;
}

/** Every validation code that a refund or a void can meet (sources in MAPPINGS.md; a test compares the two both ways). */
export const ERROR_TABLE: readonly ErrorRule[] = [
  rule('91506', again('notSettled', 'PAYMENT_NOT_SETTLED')),
  rule('91574', again('notSettled', 'PAYMENT_NOT_SETTLED')),
  rule('91504', again('notSettled', 'CANNOT_BE_VOIDED')),
  rule('91512', look('ALREADY_REFUNDED')),
  rule('91521', look('AMOUNT_TOO_HIGH')),
  rule('91505', refused('PAYMENT_NOT_REFUNDABLE', 'merchant', false)),
  rule('91563', stale('PARTIAL_NOT_SUPPORTED')),
  rule('91538', refused('MERCHANT_ACCOUNT_REFUSED', 'operator', true)),
  rule('91559', refused('MERCHANT_ACCOUNT_REFUSED', 'operator', true)),
  rule('91547', refused('MERCHANT_ACCOUNT_REFUSED', 'operator', true)),
  rule('91546', refused('MERCHANT_ACCOUNT_REFUSED', 'operator', true)),
  rule('91513', refused('MERCHANT_ACCOUNT_REFUSED', 'merchant', true)),
  rule('91514', refused('MERCHANT_ACCOUNT_REFUSED', 'operator', true)),
  rule('81501', malformed()),
  rule('81502', malformed()),
  rule('81503', malformed()),
  rule('81528', refused('AMOUNT_TOO_LARGE', 'merchant', false)),
  rule('81531', malformed()),
  rule('91501', refused('OPTIONS_INVALID', 'merchant', true)),
  rule('915157', malformed()),
  rule('915158', malformed()),
  ...lineItemRules(),
  rule('915200', refused('REFUND_FAILED', 'merchant', true)),
  rule('915201', refused('REFUND_FAILED', 'merchant', true)),
  rule('915230', malformed()),
  rule('915231', again('keyRefused', 'KEY_REFUSED')),
  rule('915232', look('KEY_MISMATCH')),
  rule('915233', again('busy', 'PAYMENT_BUSY')),
  rule('915234', again('keySpent', 'KEY_SPENT')),
  rule('915235', { kind: 'repeat', code: 'KEY_SERVER_ERROR' }),
];

const RULES: ReadonlyMap<string, ErrorRule> = new Map(ERROR_TABLE.map((each) => [each.validation, each]));

/** The more doubt, the earlier: one doubtful code among others leaves all of it in doubt, and a temporary one does not mend a lasting one. */
const PRECEDENCE: readonly Meaning['kind'][] = ['look', 'repeat', 'declined', 'notApplied'];

/**
 * The rule that decides for all codes of an answer. Null when one of them is not listed, or there is none: what it does to the refund is not known.
 * A refused key comes before what else would have been refused: without it the same is heard again.
 */
export function ruleFor(validations: readonly string[]): ErrorRule | null {
  const rules = validations.map((validation) => RULES.get(validation) ?? null);
  const listed = rules.filter((each) => each !== null);
  if (listed.length < rules.length) return null;
  return listed.toSorted((left, right) => rank(left) - rank(right))[0] ?? null;
}

function rank({ meaning }: ErrorRule): number {
  const isKey = meaning.kind === 'notApplied' && meaning.because === 'keyRefused';
  return PRECEDENCE.indexOf(meaning.kind) * 2 + (isKey ? 0 : 1);
}

function rule(validation: string, meaning: Meaning): ErrorRule {
  return { validation, meaning };
}

/** Options are checked before anything is sent, so these show that the vendor's rules are not what we know of them. */
function lineItemRules(): readonly ErrorRule[] {
  const codes =
    '95801 95803 95804 95805 95806 95807 95808 95809 95810 95811 95812 95813 95814 95815 95816 95817 95818 95819 95820 95821 95822 95823 ' +
    '95824 95825 95826 95827 95828 95829 95830 95831 95832 95833';
  return codes.split(' ').map((code) => rule(code, refused('OPTIONS_INVALID', 'merchant', true)));
}

function refused(code: string, actBy: ActBy, mayRequestAgain: boolean): Meaning {
  return { kind: 'declined', code, actBy, mayRequestAgain, readingStale: false };
}

/** About amounts or the payment's state: what we read of the payment is out of date. */
function stale(code: string): Meaning {
  return { kind: 'declined', code, actBy: 'merchant', mayRequestAgain: true, readingStale: true };
}

function malformed(): Meaning {
  return refused('REQUEST_MALFORMED', 'operator', true);
}

function again(because: NotAppliedBecause, code: string): Meaning {
  return { kind: 'notApplied', because, code };
}

function look(code: string): Meaning {
  return { kind: 'look', code };
}
