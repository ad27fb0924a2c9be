import type { FastifyRequest } from 'fastify';
import { answered, jsonAnswer, type AcceptedCall, type Answer } from '../calls/answer.ts';
import { paymentEntity } from './entities.ts';
import { description, refusal } from './errors.ts';
import { aboutPayment } from './found.ts';
import type { RazorpayLedger, RazorpayPayment } from './ledger.ts';
import { readBody } from './request-body.ts';

/** `POST /v1/payments/{id}/capture`: how an authorised payment becomes refundable, always for its whole amount. */
export function acceptCapture(ledger: RazorpayLedger, request: FastifyRequest): AcceptedCall {
  const body = readBody(request);
  if (body === undefined) {
    return answered(refusal(description.bodyUnreadable));
  }
  return { perform: () => aboutPayment(ledger, request, (payment) => capture(payment, body['amount'])) };
}

function capture(payment: RazorpayPayment, amount: unknown): Answer {
  if (payment.status === 'captured') {
    return refusal(description.alreadyCaptured);
  }
  if (payment.status !== 'authorized') {
    return refusal(description.notAuthorized);
  }
  if (Number(amount) !== payment.amount) {
    return refusal(description.captureAmountDiffers, 'amount');
  }
  payment.status = 'captured';
  return jsonAnswer(200, paymentEntity(payment));
}
