import type { FastifyRequest } from 'fastify';
import { answered, type AcceptedCall, type Answer } from '../calls/answer.ts';
import { emptyAnswer } from './answers.ts';
import { acceptChange, refused, type ChangeResult } from './change.ts';
import { toMajorUnits } from './currencies.ts';
import { readInstrument, type Fate } from './instruments.ts';
import type { BraintreeLedger, NewTransaction } from './ledger.ts';
import { hasUnknownLineItemField, readLineItems } from './line-items.ts';
import { currencyOfMerchantAccount, DEFAULT_MERCHANT_ACCOUNT_ID } from './merchant-accounts.ts';
import { approved, codeInAmount, declined, type ProcessorResponse } from './processor-responses.ts';
import { isFields, readFields, textOfField, type Fields } from './request-body.ts';
import { scheduleSettlement } from './settlement.ts';
import { orderIdProblems, readAmountField, readSurcharge } from './transaction-parameters.ts';
import { transactionAnswer } from './transaction-xml.ts';
import {
  isUnsuccessful,
  type BraintreeTransaction,
  type GatewayRejectionReason,
  type TransactionStatus,
} from './transaction.ts';
import { invalid, unsuccessfulAnswer, type ValidationError } from './validation-errors.ts';

/** Everything the vendor's libraries may send; most of it is taken and forgotten. */
const parameters = new Set(
  `accept_partial_authorization acquirer_reference_number amount android_pay_card api_request_key apple_pay_card billing
  billing_address_id channel credit_card custom_fields customer customer_id descriptor device_data device_session_id
  discount_amount exchange_rate_quote_id external_vault foreign_retailer fraud_merchant_id industry installments line_items
  merchant_account_id options order_id payment_facilitator payment_method_nonce payment_method_token paypal_account
  processing_merchant_category_code product_sku purchase_order_number recurring risk_data sca_exemption service_fee_amount
  shared_billing_address_id shared_customer_id shared_payment_method_nonce shared_payment_method_token
  shared_shipping_address_id shipping shipping_address_id shipping_amount shipping_tax_amount ships_from_postal_code
  subscription_id surcharge_amount tax_amount tax_exempt three_d_secure_authentication_id three_d_secure_pass_thru
  three_d_secure_token transaction_source transfer type us_bank_account venmo_sdk_payment_method_code`.split(
    /\s+/,
  ),
);

type WantedReading =
  | {
      readonly kind: 'wanted';
      readonly wanted: Omit<NewTransaction, 'type' | 'processorResponse'>;
      readonly fate: Fate;
    }
  | { readonly kind: 'refused'; readonly errors: readonly ValidationError[] };

interface Authorization {
  readonly status: TransactionStatus;
  readonly response: ProcessorResponse;
  readonly reason: GatewayRejectionReason | null;
}

/** `POST …/transactions`: a sale, or a credit of nothing. */
export function acceptSale(ledger: BraintreeLedger, request: FastifyRequest): AcceptedCall {
  const reading = readFields(request, 'transaction', parameters);
  if (reading.kind === 'refused') {
    return answered(reading.answer);
  }
  const { fields } = reading;
  if (hasUnknownLineItemField(fields)) {
    return answered(emptyAnswer(403));
  }
  return acceptChange(ledger, {
    call: 'create',
    fields,
    subject: undefined,
    perform: (apiRequestKey) => create(ledger, fields, apiRequestKey),
    show: (made) => showSale(made, fields),
  });
}

function create(ledger: BraintreeLedger, fields: Fields, apiRequestKey: string | null): ChangeResult {
  const type = textOfField(fields, 'type');
  if (type !== 'sale' && type !== 'credit') {
    return refused(type === undefined ? invalid.typeMissing : invalid.typeUnknown);
  }
  if (type === 'credit' && !ledger.credits) {
    return refused(invalid.creditsDisabled);
  }
  const reading = readWanted(fields);
  if (reading.kind === 'refused') {
    return refused(...reading.errors);
  }
  const { status, response, reason } =
    type === 'credit'
      ? { status: 'submitted_for_settlement' as const, response: approved('1002'), reason: null }
      : authorize(reading.wanted, reading.fate, fields);
  const made = ledger.add(
    {
      ...reading.wanted,
      type,
      processorResponse: response,
      gatewayRejectionReason: reason,
      apiRequestKey,
    },
    [status],
  );
  if (status === 'authorized' && asksForSettlement(fields)) {
    ledger.move(made, 'submitted_for_settlement', 'api');
  }
  if (made.status === 'submitted_for_settlement') {
    scheduleSettlement(ledger, made);
  }
  return { kind: 'done', transaction: made };
}

function readWanted(fields: Fields): WantedReading {
  const merchantAccountId = textOfField(fields, 'merchant_account_id') ?? DEFAULT_MERCHANT_ACCOUNT_ID;
  const knownCurrency = currencyOfMerchantAccount(merchantAccountId);
  const currency = knownCurrency ?? 'USD';
  const amount = readAmountField(fields, currency);
  const instrument = readInstrument(fields);
  const lineItems = readLineItems(fields);
  const surcharge = readSurcharge(fields, currency);
  const isPayPal = instrument.kind === 'instrument' && instrument.instrument.method === 'paypal';
  const errors = [
    ...(amount.kind === 'refused' ? [amount.error] : []),
    ...(amount.kind === 'absent' ? [invalid.amountMissing] : []),
    ...(knownCurrency === undefined ? [invalid.merchantAccountUnknown] : []),
    ...(instrument.kind === 'refused' ? instrument.errors : []),
    ...orderIdProblems(fields, isPayPal),
    ...(lineItems.kind === 'refused' ? lineItems.errors : []),
    ...surcharge.problems,
  ];
  if (
    errors.length > 0 ||
    amount.kind !== 'amount' ||
    instrument.kind === 'refused' ||
    lineItems.kind === 'refused'
  ) {
    return { kind: 'refused', errors };
  }
  return {
    kind: 'wanted',
    wanted: {
      amount: amount.minorUnits,
      currency,
      merchantAccountId,
      orderId: textOfField(fields, 'order_id') ?? null,
      instrument: instrument.instrument,
      lineItems: lineItems.items,
      surchargeAmount: surcharge.minorUnits,
    },
    fate: instrument.fate,
  };
}

/** The vendor's magic amounts; a magic instrument comes before them. */
function authorize(
  { amount, currency, instrument }: Pick<NewTransaction, 'amount' | 'currency' | 'instrument'>,
  fate: Fate,
  fields: Fields,
): Authorization {
  const majorUnits = toMajorUnits(amount, currency);
  switch (fate.kind) {
    case 'declined':
      return { status: 'processor_declined', response: declined('2000'), reason: null };
    case 'network-failure':
      return { status: 'failed', response: declined('3000'), reason: null };
    case 'rejected':
      return { status: 'gateway_rejected', response: approved('1000'), reason: fate.reason };
    case 'as-the-amount-says':
      break;
  }
  const code = codeInAmount(majorUnits, 2000, 3001);
  if (code !== undefined) {
    const status = code === '3000' ? 'failed' : 'processor_declined';
    return { status, response: declined(code), reason: null };
  }
  if (majorUnits === '5001.00') {
    return { status: 'gateway_rejected', response: approved('1000'), reason: 'application_incomplete' };
  }
  if (majorUnits === '5001.01' && instrument.method === 'paypal') {
    return { status: 'processor_declined', response: declined('2038'), reason: null };
  }
  const isPartial = majorUnits === '1004.00' && isTrue(fields['accept_partial_authorization']);
  return { status: 'authorized', response: approved(isPartial ? '1004' : '1000'), reason: null };
}

function asksForSettlement(fields: Fields): boolean {
  const options = fields['options'];
  return isFields(options) && isTrue(options['submit_for_settlement']);
}

function isTrue(value: unknown): boolean {
  return value === true || value === 'true';
}

function showSale(made: BraintreeTransaction, fields: Fields): Answer {
  return isUnsuccessful(made.status) ? unsuccessfulAnswer(made, fields) : transactionAnswer(201, made);
}
