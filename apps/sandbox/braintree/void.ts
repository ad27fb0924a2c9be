import type { FastifyRequest } from 'fastify';
import { answered, type AcceptedCall } from '../calls/answer.ts';
import { emptyAnswer } from './answers.ts';
import { acceptChange, refused, type ChangeResult } from './change.ts';
import type { BraintreeLedger } from './ledger.ts';
import { readFields } from './request-body.ts';
import { transactionAnswer } from './transaction-xml.ts';
import type { BraintreeTransaction } from './transaction.ts';
import { invalid } from './validation-errors.ts';

const parameters = new Set(['api_request_key']);

/** `PUT …/transactions/{id}/void`: of a sale or of a refund, always as a whole, until its settlement has begun. */
export function acceptVoid(ledger: BraintreeLedger, request: FastifyRequest): AcceptedCall {
  const { transactionId } = request.params as { transactionId: string };
  const reading = readFields(request, 'transaction', parameters);
  if (reading.kind === 'refused') {
    return answered(reading.answer);
  }
  const subject = ledger.find(transactionId);
  if (subject === undefined) {
    return answered(emptyAnswer(404));
  }
  return acceptChange(ledger, {
    call: `void ${transactionId}`,
    fields: reading.fields,
    subject,
    perform: (apiRequestKey) => voidOnce(ledger, subject, apiRequestKey),
    show: (voided) => transactionAnswer(200, voided),
  });
}

export function canBeVoided({ status, instrument }: BraintreeTransaction): boolean {
  return (
    status === 'authorized' ||
    status === 'submitted_for_settlement' ||
    (status === 'settlement_pending' && instrument.method === 'paypal')
  );
}

function voidOnce(
  ledger: BraintreeLedger,
  subject: BraintreeTransaction,
  apiRequestKey: string | null,
): ChangeResult {
  if (!canBeVoided(subject)) {
    return refused(invalid.cannotVoid);
  }
  ledger.void(subject, apiRequestKey, 'api');
  return { kind: 'done', transaction: subject };
}
