import type { Decimal } from 'decimal.js';
import type { Answered } from '#libs/provider-kit';
import { readAmount } from './amount.ts';
import { itemsOf, parseXml, textOf, type XmlElement } from './xml.ts';

/** A transaction as Braintree answers it, a sale and a refund alike. What is absent or cannot be read is null; only id, type and status must be there. */
export interface Transaction {
  readonly id: string;
  /** `sale` or `credit`. */
  readonly type: string;
  readonly status: string;
  readonly amount: Decimal | null;
  /** The amount's literal text, for the words about a mismatch. */
  readonly amountText: string | null;
  readonly currency: string | null;
  readonly orderId: string | null;
  /** The payment that a refund gives back. */
  readonly refundedTransactionId: string | null;
  readonly refundIds: readonly string[];
  readonly escrowStatus: string | null;
  /** `paypal_account`, `credit_card`, … */
  readonly instrumentType: string | null;
  readonly response: ProcessorResponse;
  readonly history: readonly StatusEvent[];
  readonly createdAtMs: number | null;
  /** All of it, for whoever shows it to a person. */
  readonly element: XmlElement;
}

/** Why the bank declined, in its own codes. */
interface ProcessorResponse {
  readonly code: string | null;
  readonly text: string | null;
  readonly settlementCode: string | null;
  readonly settlementText: string | null;
  readonly gatewayRejectionReason: string | null;
}

interface StatusEvent {
  readonly status: string | null;
  readonly source: string | null;
  readonly atMs: number | null;
}

/** An id of a transaction as it goes into a path. Longer than any that was seen. */
export const TRANSACTION_ID = /^[A-Za-z0-9_-]{1,64}$/;

/** The root of an answer in Braintree's XML; null for anything else, a gateway's page of HTML for example. */
export function readXml(answer: Answered): XmlElement | null {
  const mediaType = (answer.contentType ?? '').split(';')[0]?.trim().toLowerCase();
  return mediaType === 'application/xml' ? parseXml(answer.body) : null;
}

/** Null when it is no transaction: without an id, a type or a status there is nothing to go by, and a refund with an unreadable id could be ours. */
export function readTransaction(element: XmlElement | null): Transaction | null {
  if (element?.name !== 'transaction') return null;
  const text = (name: string) => textOf(element, name);
  const [id, type, status] = [text('id'), text('type'), text('status')];
  if (id === null || !TRANSACTION_ID.test(id) || type === null || status === null) return null;
  const currency = text('currency-iso-code');
  const refundIds = itemsOf(element, 'refund-ids').map((item) => item.text);
  if (!refundIds.every((refundId) => TRANSACTION_ID.test(refundId))) return null;
  return {
    id,
    type,
    status,
    amount: readAmount(text('amount'), currency),
    amountText: text('amount'),
    currency,
    orderId: text('order-id'),
    // The second name stands in samples of webhooks.
    refundedTransactionId: text('refunded-transaction-id') ?? text('refunded-transaction-fk'),
    refundIds,
    escrowStatus: text('escrow-status'),
    instrumentType: text('payment-instrument-type'),
    response: {
      code: text('processor-response-code'),
      text: text('processor-response-text'),
      settlementCode: text('processor-settlement-response-code'),
      settlementText: text('processor-settlement-response-text'),
      gatewayRejectionReason: text('gateway-rejection-reason'),
    },
    history: itemsOf(element, 'status-history').map((event) => ({
      status: textOf(event, 'status'),
      source: textOf(event, 'transaction-source'),
      atMs: readTime(textOf(event, 'timestamp')),
    })),
    createdAtMs: readTime(text('created-at')),
    element,
  };
}

/** When the transaction reached a status, as far as its history tells. */
export function reachedAtMs(transaction: Transaction, status: string): number | null {
  return transaction.history.find((event) => event.status === status)?.atMs ?? null;
}

/** Only a time with its zone: without one it would be read in the zone of this machine. */
function readTime(text: string | null): number | null {
  if (text === null || !/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/.test(text)) return null;
  const timeMs = Date.parse(text);
  return Number.isNaN(timeMs) ? null : timeMs;
}
