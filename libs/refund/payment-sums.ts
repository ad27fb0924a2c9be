import type { Decimal } from 'decimal.js';

/** What a payment's row knows. `captured` is null until the provider was asked. */
export interface PaymentSums {
  readonly captured: Decimal | null;
  readonly completed: Decimal;
  readonly reserved: Decimal;
  /** Refunds made elsewhere. */
  readonly external: Decimal;
}

/** captured − completed − reserved − external; null while captured is not known. */
export function amountLeft(sums: PaymentSums): Decimal | null {
  return sums.captured === null
    ? null
    : sums.captured.minus(sums.completed).minus(sums.reserved).minus(sums.external);
}
