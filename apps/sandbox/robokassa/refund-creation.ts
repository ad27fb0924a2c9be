import { answered, type Answer } from '../calls/answer.ts';
import { toMinorUnits } from './amounts.ts';
import type { Endpoint } from './endpoint.ts';
import { asFields, NumberLiteral, parseExactly } from './exact-json.ts';
import { areInvoiceItems } from './invoice-items.ts';
import type { RobokassaLedger } from './ledger.ts';
import { accepted, message, notAccepted, serviceTrouble } from './refund-answers.ts';
import { readRefundToken } from './refund-token.ts';

interface RefundOrder {
  readonly opKey: string;
  /** Minor units. Null: everything that is left. */
  readonly amount: number | null;
}

const known = new Set(['OpKey', 'RefundSum', 'InvoiceItems']);

/** `RefundService/Refund/Create`: accepts a refund and answers the number to ask for it by. The money moves later. */
export const refundCreation: Endpoint = {
  authenticate(ledger, request) {
    const reading = readRefundToken(request, ledger.behaviour.lenientAlg);
    return reading.kind === 'refused' ? reading.answer : null;
  },

  accept(ledger, request) {
    const reading = readRefundToken(request, ledger.behaviour.lenientAlg);
    if (reading.kind === 'refused') {
      return answered(reading.answer);
    }
    const order = readOrder(reading.text);
    return order === undefined
      ? answered(notAccepted(400, message.badRequest))
      : { perform: () => place(ledger, order) };
  },

  faultAnswer: serviceTrouble,

  /** The answer repeats nothing of the request. */
  distortEcho: (answer) => answer,
};

function place(ledger: RobokassaLedger, order: RefundOrder): Answer {
  const payment = ledger.paymentOfOperation(order.opKey);
  if (payment === undefined) {
    return notAccepted(400, message.operationNotFound);
  }
  const refund = ledger.requestRefund(payment, order.amount);
  if (refund === null) {
    return notAccepted(ledger.behaviour.refusalStatus, message.notEnoughFunds);
  }
  const { finishAfterMs } = ledger.behaviour;
  if (finishAfterMs !== null) {
    ledger.scheduleExecution(refund, finishAfterMs);
  }
  return accepted(refund.requestId);
}

/** Undefined for a payload that is not exactly of documented fields: with `refundSum` overlooked, a part would become the whole. */
function readOrder(text: string): RefundOrder | undefined {
  const payload = fieldsIn(text);
  if (payload === undefined || Object.keys(payload).some((name) => !known.has(name))) {
    return undefined;
  }
  const { OpKey: opKey, RefundSum: sum, InvoiceItems: items } = payload;
  const amount = sum === undefined ? null : amountOf(sum);
  if (typeof opKey !== 'string' || opKey === '' || amount === undefined) {
    return undefined;
  }
  return items === undefined || areInvoiceItems(items) ? { opKey, amount } : undefined;
}

function fieldsIn(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    return asFields(parseExactly(text));
  } catch {
    return undefined;
  }
}

function amountOf(sum: unknown): number | undefined {
  const amount = sum instanceof NumberLiteral ? toMinorUnits(sum.text) : undefined;
  return amount === 0 ? undefined : amount;
}
