import type { ProcessorResponse } from './processor-responses.ts';

/** The statuses that exist here; `authorizing` and `authorization_expired` pass by too quickly or too slowly to be simulated. */
export const transactionStatuses = [
  'authorized',
  'submitted_for_settlement',
  'settlement_pending',
  'settlement_confirmed',
  'settling',
  'settled',
  'settlement_declined',
  'voided',
  'processor_declined',
  'gateway_rejected',
  'failed',
] as const;
export type TransactionStatus = (typeof transactionStatuses)[number];

export const paymentMethods = ['card', 'paypal', 'us_bank_account', 'sepa_debit'] as const;
export type PaymentMethod = (typeof paymentMethods)[number];

/** What the customer paid with. A card number is never kept whole. */
export interface Instrument {
  readonly method: PaymentMethod;
  readonly cardType: string | null;
  readonly bin: string | null;
  readonly last4: string | null;
  readonly expirationMonth: string | null;
  readonly expirationYear: string | null;
}

export interface StatusEvent {
  readonly status: TransactionStatus;
  readonly atMs: number;
  readonly amount: number;
  readonly source: 'api' | 'control_panel' | '';
}

export type GatewayRejectionReason = 'application_incomplete' | 'fraud' | 'risk_threshold';

/** A sale, a refund (a credit of a sale) or a credit of nothing. Amounts are integers in minor units. */
export interface BraintreeTransaction {
  readonly id: string;
  readonly type: 'sale' | 'credit';
  /** Lowered when less than the authorized amount is submitted for settlement. */
  amount: number;
  readonly currency: string;
  readonly merchantAccountId: string;
  orderId: string | null;
  readonly instrument: Instrument;
  readonly surchargeAmount: number | null;
  readonly lineItems: readonly Readonly<Record<string, string>>[];
  readonly createdAtMs: number;
  status: TransactionStatus;
  readonly history: StatusEvent[];
  readonly processorResponse: ProcessorResponse;
  readonly gatewayRejectionReason: GatewayRejectionReason | null;
  settlementResponse: { readonly code: string; readonly text: string } | null;
  settlementBatchId: string | null;
  /** Held in escrow until it is refunded, always as a whole. */
  readonly escrow: boolean;
  /** The sale that a refund gives back; null for sales and for credits of nothing. */
  readonly refundedTransaction: BraintreeTransaction | null;
  readonly refunds: BraintreeTransaction[];
  /** The `api_request_key` the transaction was made with. */
  readonly apiRequestKey: string | null;
  /** How and when a sale was given back without a refund. */
  voided: { readonly atMs: number; readonly apiRequestKey: string | null } | null;
  /** True while a call that changes it is between acceptance and answer. */
  operationInProgress: boolean;
}

/** True for a refund that took money, or still may. */
function countsAsRefunded(refund: BraintreeTransaction): boolean {
  return refund.status === 'settled' || isOnItsWay(refund.status);
}

/** Neither settled nor over. */
export function isOnItsWay(status: TransactionStatus): boolean {
  switch (status) {
    case 'authorized':
    case 'submitted_for_settlement':
    case 'settlement_pending':
    case 'settlement_confirmed':
    case 'settling':
      return true;
    case 'settled':
    case 'settlement_declined':
    case 'voided':
    case 'processor_declined':
    case 'gateway_rejected':
    case 'failed':
      return false;
  }
}

/** True when the answer that carries this transaction is a failed result. */
export function isUnsuccessful(status: TransactionStatus): boolean {
  switch (status) {
    case 'settlement_declined':
    case 'processor_declined':
    case 'gateway_rejected':
    case 'failed':
      return true;
    case 'authorized':
    case 'submitted_for_settlement':
    case 'settlement_pending':
    case 'settlement_confirmed':
    case 'settling':
    case 'settled':
    case 'voided':
      return false;
  }
}

/** What can still be refunded; a refund that failed, was declined or voided gave its share back. */
export function remainingOf(sale: BraintreeTransaction): number {
  return sale.refunds.reduce(
    (remaining, refund) => (countsAsRefunded(refund) ? remaining - refund.amount : remaining),
    sale.amount,
  );
}

/** Bank debits: the only methods whose settlement Braintree announces by webhook. */
export function isBankDebit({ method }: Instrument): boolean {
  return method === 'us_bank_account' || method === 'sepa_debit';
}
