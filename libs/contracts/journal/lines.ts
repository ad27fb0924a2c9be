import { invariant } from '#libs/refund';
import type { RefundFacts } from './refund-facts.ts';

/** One line of a double entry; the amount stands on exactly one side. */
export type Line =
  | { readonly account: string; readonly debit: string; readonly currency: string }
  | { readonly account: string; readonly credit: string; readonly currency: string };

/** Names of the accounts in the books: texts with `{provider}`, `{account}` and `{currency}` in them. */
export interface BookNames {
  /** What was given back to customers. */
  readonly refunds: string;
  /** What the provider owes us. */
  readonly provider: string;
  /** What was given back past us. */
  readonly external: string;
}

/** Whose money it is, and how much. */
export type MoneyMoved = Pick<RefundFacts, 'provider' | 'account' | 'mode' | 'amount' | 'currency'>;

/**
 * What happened to the money. `completed`: given back by us; `reversed`: came back; `external`: given back by somebody else;
 * `externalReturned`: what counted as given back by somebody else no longer does.
 */
export type MoneyMove = 'completed' | 'reversed' | 'external' | 'externalReturned';

/**
 * The double entry of a refund. Completed: what was given back is debited to the account's refunds and credited to what the provider owes us;
 * reversed: the same with the sides exchanged. Test money gets account names of its own, so that no rule has to keep it out of live books.
 */
export function linesOf(facts: MoneyMoved, kind: MoneyMove, books: BookNames): readonly [Line, Line] {
  const { amount, currency } = facts;
  invariant(amount !== null, 'money moved, so its amount is decided');
  const isExternal = kind === 'external' || kind === 'externalReturned';
  const given = bookName(isExternal ? books.external : books.refunds, facts);
  const owed = bookName(books.provider, facts);
  const [debited, credited] = kind === 'completed' || kind === 'external' ? [given, owed] : [owed, given];
  return [
    { account: debited, debit: amount, currency },
    { account: credited, credit: amount, currency },
  ];
}

function bookName(template: string, { provider, account, mode, currency }: MoneyMoved): string {
  invariant(account !== null, 'money moved, so its account is decided');
  const name = template
    .replaceAll('{provider}', () => provider)
    .replaceAll('{account}', () => account)
    .replaceAll('{currency}', () => currency);
  return mode === 'test' ? `test:${name}` : name;
}
