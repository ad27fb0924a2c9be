import { Decimal } from 'decimal.js';
import type { RefundCompleted, RefundReversed } from '#libs/contracts';
import type { EntryLine, SuspectReason } from './result.ts';

/** Account names that an index takes whatever they are. */
const ACCOUNT_CHARACTERS_MAX = 255;
const CURRENCY = /^[A-Z]{3}$/;

type Moved = Pick<RefundCompleted | RefundReversed, 'mode' | 'lines'>;

/** The lines with both sides filled in; the side that a line does not name is 0. */
export function linesIn(lines: Moved['lines']): readonly EntryLine[] {
  return lines.map(({ account, currency, debit = '0', credit = '0' }) => ({
    account,
    currency,
    debit,
    credit,
  }));
}

/** What speaks against booking these lines; null when nothing does. `lines` are those of `linesIn`. */
export function faultOfLines(
  moved: Moved,
  lines: readonly EntryLine[],
): { readonly reason: SuspectReason; readonly detail: string } | null {
  if (lines.some(({ account, currency }) => !isAccount(account) || !CURRENCY.test(currency)))
    return {
      reason: 'RESULT_SCHEMA_BROKEN',
      detail: 'a line has no usable account or currency',
    };
  if (!isBalanced(lines))
    return { reason: 'LINES_UNBALANCED', detail: 'debits and credits are not equal in every currency' };
  if (lines.some(({ account }) => account.startsWith('test:') !== (moved.mode === 'test')))
    return {
      reason: 'TEST_MONEY_MISPLACED',
      detail: 'mode and accounts do not agree on whether this is test money',
    };
  return null;
}

function isAccount(text: string): boolean {
  return (
    text.length > 0 && text.length <= ACCOUNT_CHARACTERS_MAX && !text.includes('\0') && text.isWellFormed()
  );
}

/** Every line stands on exactly one side, and per currency both sides are equal and more than nothing. */
function isBalanced(lines: readonly EntryLine[]): boolean {
  const sums = new Map<string, Decimal>();
  for (const { currency, debit, credit } of lines) {
    const [left, right] = [new Decimal(debit), new Decimal(credit)];
    if (left.isZero() === right.isZero()) return false;
    sums.set(currency, (sums.get(currency) ?? new Decimal(0)).plus(left).minus(right));
  }
  return sums.size > 0 && [...sums.values()].every((sum) => sum.isZero());
}
