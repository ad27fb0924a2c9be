/** What stays the same through all changes of a refund (the amount may be decided later). */
export interface RefundFacts {
  readonly refundId: string;
  readonly provider: string;
  readonly account: string | null;
  readonly mode: 'live' | 'test';
  readonly paymentId: string;
  /** As events show it, with the currency's decimals. */
  readonly amount: string | null;
  readonly currency: string;
  readonly orderId: string | null;
  readonly requestEventId: string;
  readonly freeText: string;
  readonly freeDigest: string;
}
