import {
  transportOutcome,
  unknown,
  type Exchange,
  type HttpFact,
  type ProviderAccount,
  type StoredAttempt,
} from '#libs/provider-kit';
import type { Outcome } from '#libs/refund';
import { credentialsOf } from '../account.ts';
import type { RobokassaApi } from '../api-call.ts';
import { callLegacy, readLegacyAnswer } from './answer.ts';
import { legacyRefundId, signedRefund } from './document.ts';

/** `POST OpRefund`. Of its codes only 0 is documented; every other one leaves open what happened. */
export async function submitLegacy(
  api: RobokassaApi,
  account: ProviderAccount,
  attempt: StoredAttempt,
  signal: AbortSignal,
): Promise<{ readonly outcome: Outcome; readonly exchange: Exchange }> {
  const document = signedRefund(attempt.content, credentialsOf(account));
  const { fact, exchange } = await callLegacy(api, account, 'OpRefund', document, signal);
  return { outcome: readOutcome(fact, attempt, account), exchange };
}

function readOutcome(fact: HttpFact, attempt: StoredAttempt, account: ProviderAccount): Outcome {
  const transport = transportOutcome(fact);
  if (transport !== null || fact.kind !== 'answered') return transport ?? unknown('unreadable', 'no answer');
  if (fact.httpStatus !== 200) return unknown('unlisted', `HTTP ${String(fact.httpStatus)}`);
  const answer = readLegacyAnswer(fact.body, account);
  if (answer === null) return unknown('unreadable', 'HTTP 200 without a code in it');
  return answer.code === '0'
    ? { kind: 'pending', providerRefundId: legacyRefundId(attempt.paymentId), references: {} }
    : unknown('unlisted', answer.text);
}
