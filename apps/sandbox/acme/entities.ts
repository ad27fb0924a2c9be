import type { Answer } from '../calls/answer.ts';
import type { EchoField } from '../calls/fault.ts';
import { refundedOf, type AcmePayment, type AcmeRefund } from './ledger.ts';

/** The refund as Acme writes it. */
export function refundEntity(refund: AcmeRefund): Record<string, unknown> {
  return {
    object: 'refund',
    id: refund.id,
    payment_id: refund.payment.id,
    amount: refund.amount,
    currency: refund.payment.currency,
    reference: refund.reference,
    status: refund.status,
    created_at: new Date(refund.createdAtMs).toISOString(),
  };
}

/** The payment as Acme writes it. */
export function paymentEntity(payment: AcmePayment): Record<string, unknown> {
  const { id, amount, currency, status } = payment;
  return { object: 'payment', id, amount, currency, status, refunded: refundedOf(payment) };
}

/** One value of the answer (of every item, in a list) wrong, yet well formed. An answer that is neither payment nor refund stays as it is. */
export function distortedAnswer(answer: Answer, field: EchoField): Answer {
  const body = JSON.parse(answer.body) as Record<string, unknown>;
  const items = Array.isArray(body['data']) ? (body['data'] as Record<string, unknown>[]) : [body];
  for (const item of items) {
    if (typeof item['object'] === 'string') {
      distort(item, field);
    }
  }
  return { ...answer, body: JSON.stringify(body) };
}

function distort(entity: Record<string, unknown>, field: EchoField): void {
  switch (field) {
    case 'amount':
      entity['amount'] = Number(entity['amount']) + 100;
      return;
    case 'currency':
      entity['currency'] = entity['currency'] === 'USD' ? 'EUR' : 'USD';
      return;
    case 'payment':
      entity[entity['object'] === 'refund' ? 'payment_id' : 'id'] = 'pay_of_somebody_else';
      return;
  }
}
