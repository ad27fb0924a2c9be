import type { FastifyRequest } from 'fastify';
import { jsonAnswer, type Answer } from '../calls/answer.ts';
import { refundEntity } from './entities.ts';
import { refundedOf, type AcmeLedger, type AcmePayment } from './ledger.ts';
import { refusal, type RefusalCode } from './refusal.ts';

interface RefundRequest {
  readonly paymentId: string;
  readonly amount: number;
  readonly currency: string;
  readonly reference: string | null;
}

/** `POST /acme/refunds`. A key that was used before answers its refund as it is now, or refuses another body. */
export function createRefund(ledger: AcmeLedger, request: FastifyRequest): Answer {
  const key = request.headers['idempotency-key'];
  const body = typeof request.body === 'string' ? request.body : '';
  const use = typeof key === 'string' ? ledger.keys.get(key) : undefined;
  if (use !== undefined) {
    return use.body === body ? jsonAnswer(200, refundEntity(use.refund)) : refusal('key_reused');
  }
  const wanted = readRequest(body);
  if (wanted === undefined) {
    return refusal('invalid_request');
  }
  const payment = ledger.payments.get(wanted.paymentId);
  if (payment === undefined) {
    return refusal('payment_not_found');
  }
  const problem = problemOf(payment, wanted);
  if (problem !== null) {
    return refusal(problem);
  }
  const refund = ledger.addRefund(payment, wanted.amount, wanted.reference);
  if (typeof key === 'string') {
    ledger.keys.set(key, { body, refund });
  }
  return jsonAnswer(200, refundEntity(refund));
}

function problemOf(payment: AcmePayment, wanted: RefundRequest): RefusalCode | null {
  if (wanted.currency !== payment.currency) {
    return 'invalid_request';
  }
  if (payment.status !== 'captured') {
    return 'payment_not_captured';
  }
  const left = payment.amount - refundedOf(payment);
  if (left === 0) {
    return 'already_refunded';
  }
  return wanted.amount > left ? 'amount_too_high' : null;
}

function readRequest(body: string): RefundRequest | undefined {
  let fields: Record<string, unknown>;
  try {
    fields = { ...(JSON.parse(body) as object) };
  } catch {
    return undefined;
  }
  const { payment_id: paymentId, amount, currency, reference = null } = fields;
  if (typeof paymentId !== 'string' || typeof currency !== 'string') {
    return undefined;
  }
  if (typeof amount !== 'number' || !Number.isSafeInteger(amount) || amount < 1) {
    return undefined;
  }
  return reference === null || typeof reference === 'string'
    ? { paymentId, amount, currency, reference }
    : undefined;
}
