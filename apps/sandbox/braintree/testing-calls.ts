import type { FastifyRequest } from 'fastify';
import type { AcceptedCall, Answer } from '../calls/answer.ts';
import { emptyAnswer } from './answers.ts';
import type { BraintreeLedger } from './ledger.ts';
import { awaitsSettlement, declineSettlement, holdSettlement, settleByAmount } from './settlement.ts';
import { transactionAnswer } from './transaction-xml.ts';
import type { BraintreeTransaction } from './transaction.ts';
import { invalid, invalidAnswer } from './validation-errors.ts';

type Simulate = (ledger: BraintreeLedger, transaction: BraintreeTransaction) => void;

/** The calls of the vendor's own sandbox, `PUT …/transactions/{id}/{name}`: they decide a settlement that was submitted. */
export const testingCalls: Readonly<Record<string, Simulate>> = {
  settle: (ledger, transaction) => settleByAmount(ledger, transaction, 'api'),
  settlement_pending: (ledger, transaction) => holdSettlement(ledger, transaction, 'api'),
  settlement_confirm: (ledger, transaction) => ledger.move(transaction, 'settlement_confirmed', 'api'),
  settlement_decline: (ledger, transaction) => declineSettlement(ledger, transaction, '4001', 'api'),
};

export function acceptTestingCall(simulate: Simulate) {
  return (ledger: BraintreeLedger, request: FastifyRequest): AcceptedCall => ({
    perform: (): Answer => {
      const { transactionId } = request.params as { transactionId: string };
      const transaction = ledger.find(transactionId);
      if (transaction === undefined) {
        return emptyAnswer(404);
      }
      if (!awaitsSettlement(transaction)) {
        return invalidAnswer([invalid.cannotSimulateSettlement]);
      }
      simulate(ledger, transaction);
      return transactionAnswer(200, transaction);
    },
  });
}
