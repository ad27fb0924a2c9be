import { Decimal } from 'decimal.js';
import { isBooked, type BookedRefund } from '#libs/scenario';
import type { StoredRefund } from './store.ts';

/**
 * The store against the provider's own books: per payment, what is booked is what we have as completed. More may be booked only for a refund that is still in
 * review, whose money may have left; nobody but us gives money back here.
 */
export function checkBooks(
  refunds: readonly StoredRefund[],
  booked: readonly BookedRefund[],
): readonly string[] {
  const place = (of: { readonly provider: string; readonly paymentId: string }): string =>
    `${of.provider} payment ${of.paymentId}`;
  const stored = Map.groupBy(refunds, place);
  const there = Map.groupBy(booked.filter(isBooked), place);
  return [...new Set([...stored.keys(), ...there.keys()])].flatMap((at) => {
    const ours = stored.get(at) ?? [];
    const given = sum((there.get(at) ?? []).map(({ amount }) => amount));
    const completed = sum(
      ours.flatMap(({ state, amount }) => (state === 'completed' ? (amount ?? '0') : [])),
    );
    const open = sum(ours.map(({ held }) => held));
    return given.gte(completed) && given.lte(completed.plus(open))
      ? []
      : [`${at}: booked ${given.toFixed()}, completed ${completed.toFixed()}, open ${open.toFixed()}`];
  });
}

function sum(amounts: readonly string[]): Decimal {
  return amounts.reduce((total, amount) => total.plus(amount), new Decimal(0));
}
