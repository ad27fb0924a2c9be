import { Decimal } from 'decimal.js';
import type { Plan, PlannedRefund } from './plan.ts';
import type { BookedRefund } from './sandbox-client.ts';

/** What the sandbox booked, and under which ids the plan's payments are known there. */
export interface Books {
  readonly refunds: readonly BookedRefund[];
  readonly paymentIds: ReadonlyMap<string, string>;
}

/** The note that carries our refundId through the books of a provider that has notes. */
const REFUND_ID_NOTE = 'refundry_id';

/** Words of all providers for a refund that moved nothing in the end. */
const NOT_BOOKED = new Set([
  'failed',
  'processor_declined',
  'settlement_declined',
  'gateway_rejected',
  'voided',
  'canceled',
]);

/** A voided refund moved nothing; a voided payment, which stands in the books under its own id, went back as a whole. */
export function isBooked({ id, paymentId, status }: BookedRefund): boolean {
  return !NOT_BOOKED.has(status) || (status === 'voided' && id === paymentId);
}

/**
 * Booked refunds by our refundId. Where the provider keeps no name of ours they are told by payment and amount: those planned to complete come
 * first, and one more than was planned belongs to the last of them, which is then paid twice.
 * One that fits none of the plan's is a difference: money left for a refund nobody asked for.
 */
export function groupBooked(
  plan: Plan,
  books: Books,
  differences: string[],
): ReadonlyMap<string, readonly BookedRefund[]> {
  const known = new Set(plan.refunds.map(({ refundId }) => refundId));
  const places = placesOf(plan, books);
  const groups = new Map<string, BookedRefund[]>();
  for (const refund of books.refunds) {
    if (!isBooked(refund)) continue;
    const refundId =
      plan.provider === 'razorpay' ? refund.notes?.[REFUND_ID_NOTE] : nextPlace(places, refund);
    if (typeof refundId !== 'string' || !known.has(refundId)) {
      differences.push(`${refund.id}: booked by the provider for a refund that was never requested`);
      continue;
    }
    const group = groups.get(refundId);
    if (group === undefined) groups.set(refundId, [refund]);
    else group.push(refund);
  }
  return groups;
}

function placeOf(paymentId: string, amount: string): string {
  return `${paymentId} ${new Decimal(amount).toFixed()}`;
}

function placesOf(plan: Plan, books: Books): Map<string, PlannedRefund[]> {
  const places = new Map<string, PlannedRefund[]>();
  for (const refund of plan.refunds) {
    if (refund.end.state !== 'completed') continue;
    const place = placeOf(books.paymentIds.get(refund.payment) ?? '', refund.end.amount);
    const planned = places.get(place);
    if (planned === undefined) places.set(place, [refund]);
    else planned.push(refund);
  }
  return places;
}

function nextPlace(
  places: ReadonlyMap<string, PlannedRefund[]>,
  { paymentId, amount }: BookedRefund,
): string | undefined {
  const planned = places.get(placeOf(paymentId, amount));
  return (planned !== undefined && planned.length > 1 ? planned.shift() : planned?.[0])?.refundId;
}
