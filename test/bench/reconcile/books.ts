/** Refunds of one Razorpay account that exist nowhere but in a formula: any of a million can be told from its number, on every side, and none is in memory. */
export const SPAN_S = 7 * 86_400;

export interface Books {
  readonly count: number;
  /** When the first refund was made, Unix seconds; the others follow evenly over `SPAN_S`. */
  readonly fromS: number;
}

const name = (index: number): string => index.toString(36).padStart(14, '0');

export const refundIdOf = (index: number): string => `bench-${name(index)}`;
export const paymentIdOf = (index: number): string => `pay_${name(index)}`;
export const providerRefundIdOf = (index: number): string => `rfnd_${name(index)}`;

/** Rupees, with two decimals. */
export function amountOf(index: number): string {
  return `${String(10 + (index % 900))}.${String(10 + (index % 90))}`;
}

export function madeAtS({ count, fromS }: Books, index: number): number {
  return fromS + Math.floor((index * SPAN_S) / count);
}

/** The first refund that was made at that second or later. */
export function firstFrom({ count, fromS }: Books, atS: number): number {
  return Math.min(count, Math.max(0, Math.ceil(((atS - fromS) * count) / SPAN_S)));
}
