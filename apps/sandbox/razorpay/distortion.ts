import type { Answer } from '../calls/answer.ts';
import type { EchoField } from '../calls/fault.ts';
import { randomIdentifier } from './identifiers.ts';

/**
 * One value of the answer (of every item, in a list) wrong, yet well formed: an amount one unit of money higher, another currency, or
 * another payment's id. Answers that are neither payment nor refund stay as they are.
 */
export function distortedAnswer(answer: Answer, field: EchoField): Answer {
  const body = JSON.parse(answer.body) as Record<string, unknown>;
  const items = Array.isArray(body['items']) ? (body['items'] as Record<string, unknown>[]) : [body];
  for (const item of items) {
    if (item['entity'] === 'refund' || item['entity'] === 'payment') {
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
      entity[entity['entity'] === 'refund' ? 'payment_id' : 'id'] = `pay_${randomIdentifier()}`;
      return;
  }
}
