import type { FastifyRequest } from 'fastify';
import { answered, type AcceptedCall } from '../calls/answer.ts';
import { emptyAnswer } from './answers.ts';
import { acceptChange, refused, type ChangeResult } from './change.ts';
import type { BraintreeLedger } from './ledger.ts';
import { readFields, textOfField, type Fields } from './request-body.ts';
import { scheduleSettlement } from './settlement.ts';
import { orderIdProblems, readAmountField } from './transaction-parameters.ts';
import { transactionAnswer } from './transaction-xml.ts';
import type { BraintreeTransaction } from './transaction.ts';
import { invalid } from './validation-errors.ts';

const parameters = new Set(
  `amount api_request_key descriptor discount_amount industry line_items order_id purchase_order_number shipping
  shipping_address_id shipping_amount shipping_tax_amount ships_from_postal_code tax_amount tax_exempt`.split(
    /\s+/,
  ),
);

/** `PUT …/transactions/{id}/submit_for_settlement`: the whole authorized amount, or a smaller one. */
export function acceptSubmission(ledger: BraintreeLedger, request: FastifyRequest): AcceptedCall {
  const { transactionId } = request.params as { transactionId: string };
  const reading = readFields(request, 'transaction', parameters);
  if (reading.kind === 'refused') {
    return answered(reading.answer);
  }
  const subject = ledger.find(transactionId);
  if (subject === undefined) {
    return answered(emptyAnswer(404));
  }
  const { fields } = reading;
  return acceptChange(ledger, {
    call: `submit ${transactionId}`,
    fields,
    subject,
    perform: () => submit(ledger, subject, fields),
    show: (submitted) => transactionAnswer(200, submitted),
  });
}

function submit(ledger: BraintreeLedger, subject: BraintreeTransaction, fields: Fields): ChangeResult {
  if (subject.status !== 'authorized') {
    return refused(invalid.cannotSubmit);
  }
  const amount = readAmountField(fields, subject.currency);
  const problems = [
    ...(amount.kind === 'refused' ? [amount.error] : []),
    ...(amount.kind === 'amount' && amount.minorUnits > subject.amount
      ? [invalid.settlementAmountTooLarge]
      : []),
    ...orderIdProblems(fields, subject.instrument.method === 'paypal'),
  ];
  if (problems.length > 0) {
    return refused(...problems);
  }
  if (amount.kind === 'amount') {
    subject.amount = amount.minorUnits;
  }
  const orderId = textOfField(fields, 'order_id');
  if (orderId !== undefined) {
    ledger.renameOrder(subject, orderId);
  }
  ledger.move(subject, 'submitted_for_settlement', 'api');
  scheduleSettlement(ledger, subject);
  return { kind: 'done', transaction: subject };
}
