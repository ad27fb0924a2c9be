import type { FastifyRequest } from 'fastify';
import type { AcceptedCall } from '../calls/answer.ts';
import { emptyAnswer, xmlAnswer } from './answers.ts';
import type { BraintreeLedger } from './ledger.ts';
import { transactionAnswer } from './transaction-xml.ts';
import { xmlArray } from './xml.ts';

/** `GET …/transactions/{id}`: a sale, a refund or a credit alike. */
export function acceptFind(ledger: BraintreeLedger, request: FastifyRequest): AcceptedCall {
  const { transactionId } = request.params as { transactionId: string };
  return {
    perform: () => {
      const transaction = ledger.find(transactionId);
      return transaction === undefined ? emptyAnswer(404) : transactionAnswer(200, transaction);
    },
  };
}

/** `GET …/transactions/{id}/line_items`. */
export function acceptLineItems(ledger: BraintreeLedger, request: FastifyRequest): AcceptedCall {
  const { transactionId } = request.params as { transactionId: string };
  return {
    perform: () => {
      const transaction = ledger.find(transactionId);
      if (transaction === undefined) {
        return emptyAnswer(404);
      }
      const items = transaction.lineItems.map((item) =>
        Object.fromEntries(Object.entries(item).map(([name, value]) => [name.replaceAll('_', '-'), value])),
      );
      return xmlAnswer(200, 'line-items', xmlArray('line-item', items));
    },
  };
}
