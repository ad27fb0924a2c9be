import {
  transportOutcome,
  unknown,
  type Answered,
  type Exchange,
  type HttpFact,
  type ProviderAccount,
  type StoredAttempt,
} from '#libs/provider-kit';
import type { Outcome } from '#libs/refund';
import { credentialsOf } from './account.ts';
import { callApi, transactionPath, type BraintreeApi } from './api-call.ts';
import { outcomeOfRefund, outcomeOfVoid, sentOrderId } from './outcome.ts';
import { outcomeOfErrors, outcomeOfStatus } from './refusal.ts';
import { readTransaction, readXml, type Transaction } from './transaction.ts';
import { child } from './xml.ts';

/** `POST …/transactions/{id}/refund` or `PUT …/transactions/{id}/void`: the only calls that move money. */
export async function submit(
  api: BraintreeApi,
  account: ProviderAccount,
  attempt: StoredAttempt,
  signal: AbortSignal,
): Promise<{ readonly outcome: Outcome; readonly exchange: Exchange }> {
  const isVoid = attempt.action === 'void';
  const request = {
    method: isVoid ? 'PUT' : 'POST',
    path: `${transactionPath(attempt.paymentId)}/${isVoid ? 'void' : 'refund'}`,
    body: attempt.content,
  } as const;
  const { fact, exchange } = await callApi(api, account, request, signal);
  const outcome = readOutcome(fact, attempt, account);
  if (outcome.kind === 'notApplied' && outcome.because === 'keyRefused')
    credentialsOf(account).rememberKeysRefused();
  return { outcome, exchange };
}

function readOutcome(fact: HttpFact, attempt: StoredAttempt, account: ProviderAccount): Outcome {
  const transport = transportOutcome(fact);
  if (transport !== null || fact.kind !== 'answered') return transport ?? unknown('unreadable', 'no answer');
  switch (fact.httpStatus) {
    case 200:
    case 201: {
      const transaction = readTransaction(readXml(fact));
      return transaction === null
        ? unknown('unreadable', `HTTP ${String(fact.httpStatus)} without a transaction in it`)
        : outcomeOfTransaction(transaction, attempt, account);
    }
    case 422:
      return outcomeOfUnsuccessful(fact, attempt, account);
    default:
      return outcomeOfStatus(fact);
  }
}

/** Either the rules that were broken, or the transaction that was made and declined. */
function outcomeOfUnsuccessful(fact: Answered, attempt: StoredAttempt, account: ProviderAccount): Outcome {
  const response = readXml(fact);
  if (response?.name !== 'api-error-response')
    return unknown('unreadable', 'HTTP 422 without a list of errors in it');
  const transaction = readTransaction(child(response, 'transaction'));
  return transaction === null
    ? outcomeOfErrors(response, fact, credentialsOf(account).secrets())
    : outcomeOfTransaction(transaction, attempt, account);
}

function outcomeOfTransaction(
  transaction: Transaction,
  attempt: StoredAttempt,
  account: ProviderAccount,
): Outcome {
  if (attempt.action === 'refund')
    return outcomeOfRefund(transaction, attempt, account, [sentOrderId(attempt)]);
  return (
    outcomeOfVoid(transaction, attempt) ??
    unknown('unlisted', `the payment is ${transaction.status} after its void`)
  );
}
