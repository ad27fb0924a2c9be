import type { FastifyRequest } from 'fastify';
import { answered, type AcceptedCall, type Answer } from '../calls/answer.ts';
import { emptyAnswer } from './answers.ts';
import { acceptChange, refused, type ChangeResult } from './change.ts';
import { toMajorUnits } from './currencies.ts';
import type { BraintreeLedger } from './ledger.ts';
import { hasUnknownLineItemField, readLineItems, type LineItem } from './line-items.ts';
import { currencyOfMerchantAccount } from './merchant-accounts.ts';
import {
  approved,
  capturedAllTheSame,
  codeInAmount,
  declined,
  isHardDecline,
  type ProcessorResponse,
} from './processor-responses.ts';
import { readFields, textOfField, type Fields } from './request-body.ts';
import { scheduleSettlement, settleByAmount } from './settlement.ts';
import { orderIdProblems, readAmountField, readSurcharge } from './transaction-parameters.ts';
import { transactionAnswer } from './transaction-xml.ts';
import {
  isBankDebit,
  isUnsuccessful,
  remainingOf,
  type BraintreeTransaction,
  type TransactionStatus,
} from './transaction.ts';
import { invalid, invalidAnswer, unsuccessfulAnswer, type ValidationError } from './validation-errors.ts';

const parameters = new Set([
  'amount',
  'order_id',
  'merchant_account_id',
  'line_items',
  'surcharge_amount',
  'api_request_key',
]);

/** Before this version a declined refund was a validation error and showed no transaction. */
const API_VERSION_WITH_DECLINES = 6;

interface Wanted {
  readonly amount: number;
  readonly orderId: string | null;
  readonly merchantAccountId: string;
  readonly lineItems: readonly LineItem[];
  readonly surchargeAmount: number | null;
}

type WantedReading =
  | { readonly kind: 'wanted'; readonly wanted: Wanted }
  | { readonly kind: 'refused'; readonly errors: readonly ValidationError[] };

/** `POST …/transactions/{id}/refund`. */
export function acceptRefund(ledger: BraintreeLedger, request: FastifyRequest): AcceptedCall {
  const { transactionId } = request.params as { transactionId: string };
  const reading = readFields(request, 'transaction', parameters);
  if (reading.kind === 'refused') {
    return answered(reading.answer);
  }
  const { fields } = reading;
  if (hasUnknownLineItemField(fields)) {
    return answered(emptyAnswer(403));
  }
  const sale = ledger.find(transactionId);
  if (sale === undefined) {
    return answered(emptyAnswer(404));
  }
  const version = Number(request.headers['x-apiversion'] ?? API_VERSION_WITH_DECLINES);
  return acceptChange(ledger, {
    call: `refund ${transactionId}`,
    fields,
    subject: sale,
    perform: (apiRequestKey) => refund(ledger, sale, fields, { apiRequestKey, version }),
    show: (made) => showRefund(made, fields, version),
  });
}

function refund(
  ledger: BraintreeLedger,
  sale: BraintreeTransaction,
  fields: Fields,
  call: { readonly apiRequestKey: string | null; readonly version: number },
): ChangeResult {
  const stateProblem = problemOfState(sale);
  if (stateProblem !== null) {
    return refused(stateProblem);
  }
  const reading = readWanted(sale, fields);
  if (reading.kind === 'refused') {
    return refused(...reading.errors);
  }
  const { wanted } = reading;
  const amountProblem = problemOfAmount(sale, wanted.amount);
  if (amountProblem !== null) {
    return refused(amountProblem);
  }
  const { status, response } = authorize(sale, wanted.amount, call.version);
  const made = ledger.add(
    {
      ...wanted,
      type: 'credit',
      currency: sale.currency,
      instrument: sale.instrument,
      processorResponse: response,
      refundedTransaction: sale,
      apiRequestKey: call.apiRequestKey,
    },
    [status],
  );
  if (status === 'submitted_for_settlement') {
    beginSettlement(ledger, made);
  }
  return { kind: 'done', transaction: made };
}

/** PayPal decides at once, everything else with the batch. */
function beginSettlement(ledger: BraintreeLedger, made: BraintreeTransaction): void {
  if (made.instrument.method === 'paypal') {
    settleByAmount(ledger, made, 'api');
  } else {
    scheduleSettlement(ledger, made);
  }
}

function problemOfState(sale: BraintreeTransaction): ValidationError | null {
  if (sale.type === 'credit') {
    return invalid.cannotRefundCredit;
  }
  if (sale.status === 'settling' && isBankDebit(sale.instrument)) {
    return invalid.cannotRefundSettling;
  }
  if (sale.status !== 'settled' && sale.status !== 'settling') {
    return invalid.cannotRefundUnlessSettled;
  }
  return remainingOf(sale) === 0 ? invalid.alreadyRefunded : null;
}

function problemOfAmount(sale: BraintreeTransaction, amount: number): ValidationError | null {
  if (amount > remainingOf(sale)) {
    return invalid.refundAmountTooLarge;
  }
  return sale.escrow && amount < sale.amount ? invalid.escrowInFullOnly : null;
}

/** Everything the fields alone can get wrong, all at once. An absent amount is everything that is left. */
function readWanted(sale: BraintreeTransaction, fields: Fields): WantedReading {
  const amount = readAmountField(fields, sale.currency);
  const lineItems = readLineItems(fields);
  const surcharge = readSurcharge(fields, sale.currency);
  const merchantAccountId = textOfField(fields, 'merchant_account_id') ?? sale.merchantAccountId;
  const errors = [
    ...(amount.kind === 'refused' ? [amount.error] : []),
    ...orderIdProblems(fields, sale.instrument.method === 'paypal'),
    // A merchant account of another currency could not give this money back.
    ...(currencyOfMerchantAccount(merchantAccountId) === sale.currency
      ? []
      : [invalid.merchantAccountUnknown]),
    ...(lineItems.kind === 'refused' ? lineItems.errors : []),
    ...surcharge.problems,
  ];
  if (errors.length > 0 || amount.kind === 'refused' || lineItems.kind === 'refused') {
    return { kind: 'refused', errors };
  }
  return {
    kind: 'wanted',
    wanted: {
      amount: amount.kind === 'absent' ? remainingOf(sale) : amount.minorUnits,
      orderId: textOfField(fields, 'order_id') ?? sale.orderId,
      merchantAccountId,
      lineItems: lineItems.items,
      surchargeAmount: surcharge.minorUnits,
    },
  };
}

/**
 * Card refunds are authorized: an amount from 2000 to 2999.99 is the issuer's answer. After a hard decline the refund exists and is
 * declined; after a soft one it goes through all the same. Versions before 6 knew no such difference.
 */
function authorize(
  sale: BraintreeTransaction,
  amount: number,
  version: number,
): { readonly status: TransactionStatus; readonly response: ProcessorResponse } {
  const majorUnits = toMajorUnits(amount, sale.currency);
  const code = sale.instrument.method === 'card' ? codeInAmount(majorUnits, 2000, 3001) : undefined;
  if (code === undefined) {
    return { status: 'submitted_for_settlement', response: approved('1002') };
  }
  if (code === '3000') {
    return { status: 'failed', response: declined(code) };
  }
  return isHardDecline(code) || version < API_VERSION_WITH_DECLINES
    ? { status: 'processor_declined', response: declined(code) }
    : { status: 'submitted_for_settlement', response: capturedAllTheSame(code) };
}

function showRefund(made: BraintreeTransaction, fields: Fields, version: number): Answer {
  if (!isUnsuccessful(made.status)) {
    return transactionAnswer(201, made);
  }
  if (version < API_VERSION_WITH_DECLINES && made.status === 'processor_declined') {
    const { type } = made.processorResponse;
    return invalidAnswer([type === 'hard_declined' ? invalid.hardDeclined : invalid.softDeclined], fields);
  }
  return unsuccessfulAnswer(made, fields);
}
