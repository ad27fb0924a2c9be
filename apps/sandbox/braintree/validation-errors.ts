import type { Answer } from '../calls/answer.ts';
import { xmlAnswer } from './answers.ts';
import type { Fields } from './request-body.ts';
import { transactionFields } from './transaction-xml.ts';
import type { BraintreeTransaction } from './transaction.ts';
import { xmlArray, type XmlValue } from './xml.ts';

export interface ValidationError {
  readonly code: string;
  /** The field at fault; `base` for the transaction as a whole. */
  readonly attribute: string;
  readonly message: string;
  /** Where under the transaction the field stands: `line-items`, `index-0`. */
  readonly path?: readonly string[];
}

const error = (code: string, attribute: string, message: string): ValidationError => ({
  code,
  attribute,
  message,
});

/** The rules that name no field of their own. Clients tell them by `code`; the sentences may differ from the vendor's. */
export const invalid = {
  cannotRefundUnlessSettled: error('91506', 'base', 'Cannot refund transaction unless it is settled.'),
  cannotRefundSettling: error('91574', 'base', 'Cannot refund a settling transaction.'),
  alreadyRefunded: error('91512', 'base', 'Transaction has already been completely refunded.'),
  refundAmountTooLarge: error('91521', 'amount', 'Refund amount is too large.'),
  cannotRefundCredit: error('91505', 'base', 'Credit transactions cannot be refunded.'),
  escrowInFullOnly: error('91563', 'base', 'Transactions held in escrow can only be refunded in full.'),
  cannotVoid: error('91504', 'base', 'Transaction can no longer be voided: its settlement has begun.'),
  cannotSubmit: error('91507', 'base', 'Cannot submit for settlement unless status is authorized.'),
  settlementAmountTooLarge: error('91522', 'amount', 'Settlement amount is too large.'),
  cannotSimulateSettlement: error('91575', 'base', 'Cannot simulate settlement from this status.'),
  creditsDisabled: error('91546', 'base', 'Processor does not support credits.'),
  merchantAccountUnknown: error('91513', 'merchant_account_id', 'Merchant account ID is invalid.'),
  orderIdTooLong: error('91501', 'order_id', 'Order ID is too long.'),
  amountNegative: error('81501', 'amount', 'Amount cannot be negative.'),
  amountMissing: error('81502', 'amount', 'Amount is required.'),
  amountMalformed: error('81503', 'amount', 'Amount is an invalid format.'),
  amountTooLarge: error('81528', 'amount', 'Amount is too large.'),
  amountZero: error('81531', 'amount', 'Amount must be greater than zero.'),
  tooManyLineItems: error('915157', 'line_items', 'Too many line items.'),
  lineItemsExpected: error('915158', 'line_items', 'Line items are expected.'),
  hardDeclined: error('915200', 'base', 'Refund authorization was hard declined.'),
  softDeclined: error('915201', 'base', 'Refund authorization was soft declined.'),
  typeMissing: error('91524', 'type', 'Type is required.'),
  typeUnknown: error('91523', 'type', 'Type is invalid.'),
  instrumentMissing: error('91508', 'base', 'Cannot determine payment method.'),
  tokenUnknown: error('91518', 'payment_method_token', 'Payment method token is invalid.'),
  nonceConsumed: error('91564', 'payment_method_nonce', 'Payment method nonce was used already.'),
  nonceUnknown: error('91565', 'payment_method_nonce', 'Unknown payment method nonce.'),
  keyTooLong: error('915230', 'api_request_key', 'API request key is too long.'),
  keyNotAllowed: error('915231', 'api_request_key', 'API request keys are not enabled for this merchant.'),
  keyOfOtherRequest: error('915232', 'api_request_key', 'API request key belongs to another request.'),
  keyInFlight: error('915233', 'api_request_key', 'A request with this API request key is in flight.'),
  keyOfFailedRequest: error('915234', 'api_request_key', 'The request with this API request key failed.'),
} as const;

/** 422 with every rule that was broken. */
export function invalidAnswer(errors: readonly ValidationError[], params: Fields = {}): Answer {
  const message = errors.map((broken) => broken.message).join('\n');
  return refusal(errors, params, message, undefined);
}

/** 422 for a transaction that exists and failed: no rule was broken, so the list of errors is empty. */
export function unsuccessfulAnswer(transaction: BraintreeTransaction, params: Fields = {}): Answer {
  const { text } = transaction.settlementResponse ?? transaction.processorResponse;
  const reason = transaction.gatewayRejectionReason;
  const message = reason === null ? text : `Gateway Rejected: ${reason}`;
  return refusal([], params, message, transactionFields(transaction));
}

function refusal(
  errors: readonly ValidationError[],
  params: Fields,
  message: string,
  transaction: XmlValue | undefined,
): Answer {
  const tree = new ErrorNode();
  for (const broken of errors) {
    tree.at(['transaction', ...(broken.path ?? [])]).errors.push(broken);
  }
  return xmlAnswer(422, 'api-error-response', {
    errors: tree.xml(),
    params: { transaction: echoed(params) },
    message,
    ...(transaction === undefined ? {} : { transaction }),
  });
}

class ErrorNode {
  readonly errors: ValidationError[] = [];
  readonly #children = new Map<string, ErrorNode>();

  at([name, ...rest]: readonly string[]): ErrorNode {
    if (name === undefined) {
      return this;
    }
    const child = this.#children.get(name) ?? new ErrorNode();
    this.#children.set(name, child);
    return child.at(rest);
  }

  xml(): XmlValue {
    const errors = this.errors.map(({ code, attribute, message }) => ({
      code,
      attribute: { xmlSymbol: attribute },
      message,
    }));
    const children = [...this.#children].map(([name, child]): [string, XmlValue] => [name, child.xml()]);
    return { errors: xmlArray('error', errors), ...Object.fromEntries(children) };
  }
}

/** The plain parameters as they came. What the customer paid with stays out of it. */
function echoed(params: Fields): XmlValue {
  const entries = Object.entries(params).flatMap(([name, value]): [string, string][] =>
    typeof value === 'string' || typeof value === 'number'
      ? [[name.replaceAll('_', '-'), String(value)]]
      : [],
  );
  return Object.fromEntries(entries);
}
