/** What Braintree's word about a transaction says, once for a refund and once for a payment (sources in MAPPINGS.md; a test compares the two both ways). */
const TRANSACTION_STATUSES = {
  authorizing: { refund: 'accepted', payment: 'unsettled' },
  authorized: { refund: 'accepted', payment: 'voidable' },
  submitted_for_settlement: { refund: 'submitted', payment: 'voidable' },
  settlement_pending: { refund: 'submitted', payment: 'voidableAtPayPal' },
  settlement_confirmed: { refund: 'submitted', payment: 'unsettled' },
  settling: { refund: 'submitted', payment: 'captured' },
  settled: { refund: 'settled', payment: 'captured' },
  voided: { refund: 'cancelled', payment: 'voided' },
  processor_declined: { refund: 'declined', payment: 'notCaptured' },
  settlement_declined: { refund: 'declined', payment: 'notCaptured' },
  gateway_rejected: { refund: 'declined', payment: 'notCaptured' },
  failed: { refund: 'declined', payment: 'notCaptured' },
  authorization_expired: { refund: 'declined', payment: 'notCaptured' },
} as const;

type Statuses = typeof TRANSACTION_STATUSES;
export type RefundStatus = Statuses[keyof Statuses]['refund'];
export type PaymentStatus = Statuses[keyof Statuses]['payment'];

/** Null for a word that is not listed. */
export const refundStatus = (word: string): RefundStatus | null => meaningOf(word)?.refund ?? null;
export const paymentStatus = (word: string): PaymentStatus | null => meaningOf(word)?.payment ?? null;

/** Words of `escrow_status` while the payment is refunded in full or not at all. */
const IN_ESCROW = ['hold_pending', 'held', 'release_pending'];

export function isInEscrow(escrowStatus: string | null): boolean {
  return escrowStatus !== null && IN_ESCROW.includes(escrowStatus);
}

export const STATUS_WORDS = Object.entries(TRANSACTION_STATUSES);

function meaningOf(word: string): Statuses[keyof Statuses] | null {
  return Object.hasOwn(TRANSACTION_STATUSES, word) ? TRANSACTION_STATUSES[word as keyof Statuses] : null;
}
