import type { Answer } from '../calls/answer.ts';
import { xmlAnswer } from './answers.ts';
import { toMajorUnits } from './currencies.ts';
import {
  remainingOf,
  type BraintreeTransaction,
  type Instrument,
  type PaymentMethod,
} from './transaction.ts';
import { xmlArray, type XmlValue } from './xml.ts';

const instrumentTypes: Readonly<Record<PaymentMethod, string>> = {
  card: 'credit_card',
  paypal: 'paypal_account',
  us_bank_account: 'us_bank_account',
  sepa_debit: 'sepa_debit_account',
};

/** Cards are authorized for a week. */
const AUTHORIZATION_LIFETIME_MS = 7 * 24 * 3_600_000;

export function transactionAnswer(status: 200 | 201, transaction: BraintreeTransaction): Answer {
  return xmlAnswer(status, 'transaction', transactionFields(transaction));
}

export function instrumentTypeOf({ method }: Instrument): string {
  return instrumentTypes[method];
}

/** The transaction as Braintree writes it, without the customer, addresses, subscription and risk data that no refund needs. */
export function transactionFields(transaction: BraintreeTransaction): Record<string, XmlValue> {
  const { id, amount, currency, history, processorResponse, refunds, instrument } = transaction;
  const latest = history.at(-1)?.atMs ?? transaction.createdAtMs;
  return {
    id,
    status: transaction.status,
    type: transaction.type,
    'currency-iso-code': currency,
    amount: toMajorUnits(amount, currency),
    'merchant-account-id': transaction.merchantAccountId,
    'sub-merchant-account-id': null,
    'master-merchant-account-id': null,
    'order-id': transaction.orderId,
    'refunded-transaction-id': transaction.refundedTransaction?.id ?? null,
    'refund-id': refunds.at(-1)?.id ?? null,
    'refund-ids': xmlArray(
      'item',
      refunds.map((refund) => refund.id),
    ),
    'partial-settlement-transaction-ids': xmlArray('item', []),
    'authorized-transaction-id': null,
    'created-at': new Date(transaction.createdAtMs),
    'updated-at': new Date(latest),
    'authorization-expires-at': authorizationEnd(transaction),
    'processor-authorization-code':
      processorResponse.type === 'approved' ? id.slice(0, 6).toUpperCase() : null,
    'processor-response-code': processorResponse.code,
    'processor-response-text': processorResponse.text,
    'processor-response-type': processorResponse.type,
    'additional-processor-response': processorResponse.additional,
    'processor-settlement-response-code': transaction.settlementResponse?.code ?? '',
    'processor-settlement-response-text': transaction.settlementResponse?.text ?? '',
    'gateway-rejection-reason': transaction.gatewayRejectionReason,
    'escrow-status': escrowStatus(transaction),
    'settlement-batch-id': transaction.settlementBatchId,
    'status-history': xmlArray('status-event', statusEvents(transaction)),
    'surcharge-amount': moneyOrNull(transaction.surchargeAmount, currency),
    'service-fee-amount': null,
    'tax-amount': null,
    'tax-exempt': false,
    'purchase-order-number': null,
    'voice-referral-number': null,
    channel: null,
    recurring: false,
    'custom-fields': '',
    'plan-id': null,
    'subscription-id': null,
    disputes: xmlArray('dispute', []),
    'payment-instrument-type': instrumentTypeOf(instrument),
    ...instrumentFields(transaction),
    'global-id': Buffer.from(`transaction_${id}`).toString('base64url'),
  };
}

function statusEvents({ history, currency }: BraintreeTransaction): XmlValue[] {
  return history.map(({ status, atMs, amount, source }) => ({
    timestamp: new Date(atMs),
    status,
    amount: toMajorUnits(amount, currency),
    user: source === '' ? null : 'sandbox',
    'transaction-source': source,
  }));
}

function authorizationEnd({ status, type, createdAtMs }: BraintreeTransaction): Date | null {
  return type === 'sale' && status === 'authorized'
    ? new Date(createdAtMs + AUTHORIZATION_LIFETIME_MS)
    : null;
}

function escrowStatus(transaction: BraintreeTransaction): string | null {
  if (!transaction.escrow) {
    return null;
  }
  return remainingOf(transaction) === 0 ? 'refunded' : 'held';
}

function moneyOrNull(minorUnits: number | null, currency: string): string | null {
  return minorUnits === null ? null : toMajorUnits(minorUnits, currency);
}

function instrumentFields({ id, type, instrument }: BraintreeTransaction): Record<string, XmlValue> {
  const { cardType, bin, last4, expirationMonth, expirationYear } = instrument;
  switch (instrument.method) {
    case 'card':
      return {
        'credit-card': {
          token: null,
          bin,
          'last-4': last4,
          'card-type': cardType,
          'expiration-month': expirationMonth,
          'expiration-year': expirationYear,
          'customer-location': 'US',
          'cardholder-name': null,
        },
      };
    case 'paypal':
      return {
        paypal: {
          'payer-email': 'payer@example.com',
          'payment-id': `PAYID-${id.toUpperCase()}`,
          [type === 'sale' ? 'capture-id' : 'refund-id']: id.toUpperCase(),
        },
      };
    case 'us_bank_account':
      return {
        'us-bank-account': {
          'routing-number': '021000021',
          'last-4': '0000',
          'account-type': 'checking',
          'account-holder-name': 'Sandbox Customer',
          'ach-mandate': { text: 'I agree', 'accepted-at': new Date(0) },
        },
      };
    case 'sepa_debit':
      return {
        'sepa-debit-account-detail': { 'last-4': '1234', 'mandate-type': 'RECURRENT' },
      };
  }
}
