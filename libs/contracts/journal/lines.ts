import { invariant } from '#libs/refund';
import type { RefundFacts } from './refund-facts.ts';

/** One line of a double entry; the amount stands on exactly one side. */
export type Line =
  | { readonly account: string; readonly debit: string; readonly currency: string }
  | { readonly account: string; readonly credit: string; readonly currency: string };

/**
 * The double entry of a refund. Completed: what was given back is debited to the account's refunds and credited to what the provider owes us;
 * reversed: the same with the sides exchanged. Test money gets account names of its own, so that no rule has to keep it out of live books.
 */
export function linesOf(
  facts: Pick<RefundFacts, 'provider' | 'account' | 'mode' | 'amount' | 'currency'>,
  kind: 'completed' | 'reversed',
): readonly [Line, Line] {
  const { provider, account, mode, amount, currency } = facts;
  invariant(account !== null && amount !== null, 'money moved, so account and amount are decided');
  const prefix = mode === 'test' ? 'test:' : '';
  const refunds = `${prefix}refunds:${provider}:${account}`;
  const receivable = `${prefix}provider:${provider}:${account}`;
  const [debited, credited] = kind === 'completed' ? [refunds, receivable] : [receivable, refunds];
  return [
    { account: debited, debit: amount, currency },
    { account: credited, credit: amount, currency },
  ];
}
