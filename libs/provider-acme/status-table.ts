/** What Acme's word about a refund says. Every word it documents is here (sources in MAPPINGS.md; a test compares the two both ways). */
const REFUND_STATUSES = {
  succeeded: 'succeeded',
  pending: 'pending',
  failed: 'failed',
} as const;

/** `captured`: the money came. */
const PAYMENT_STATUSES = {
  captured: 'captured',
  authorized: 'notCaptured',
} as const;

export type RefundStatus = (typeof REFUND_STATUSES)[keyof typeof REFUND_STATUSES];
export type PaymentStatus = (typeof PAYMENT_STATUSES)[keyof typeof PAYMENT_STATUSES];

/** Null for a word that is not listed. */
export const refundStatus = (word: string): RefundStatus | null => meaningOf(REFUND_STATUSES, word);
export const paymentStatus = (word: string): PaymentStatus | null => meaningOf(PAYMENT_STATUSES, word);

export const STATUS_WORDS = {
  refund: Object.entries(REFUND_STATUSES),
  payment: Object.entries(PAYMENT_STATUSES),
} as const;

function meaningOf<Meaning extends string>(
  table: Readonly<Record<string, Meaning>>,
  word: string,
): Meaning | null {
  return Object.hasOwn(table, word) ? (table[word] ?? null) : null;
}
