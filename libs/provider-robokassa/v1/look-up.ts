import {
  transportUnavailable,
  unavailable,
  unknown,
  type Exchange,
  type HttpFact,
  type ProviderAccount,
  type StoredAttempt,
} from '#libs/provider-kit';
import type { LookUpResult } from '#libs/refund';
import { credentialsOf } from '../account.ts';
import { notAsked, type RobokassaApi } from '../api-call.ts';
import { isLegacySuccess } from '../status-table.ts';
import { callLegacy, readLegacyAnswer } from './answer.ts';
import { signedStatus } from './document.ts';

/**
 * `POST OpRefundStatus`: one state for the whole invoice. It is evidence only while this is the one refund of the invoice that moved money; it may have
 * company when the account was changed to the refund API meanwhile.
 */
export async function lookUpLegacy(
  api: RobokassaApi,
  account: ProviderAccount,
  attempt: StoredAttempt,
  signal: AbortSignal,
): Promise<{ readonly result: LookUpResult; readonly exchange: Exchange }> {
  if (!credentialsOf(account).signsLegacy()) {
    const result = unavailable('credentials', 'password1 is missing: the legacy interface is asked with it');
    return { result, exchange: notAsked() };
  }
  const document = signedStatus(attempt.paymentId, credentialsOf(account));
  const { fact, exchange } = await callLegacy(api, account, 'OpRefundStatus', document, signal);
  const result: LookUpResult = attempt.alone
    ? readResult(fact, attempt, account)
    : { kind: 'ambiguous', text: 'another refund of the invoice has moved money' };
  return { result, exchange };
}

function readResult(fact: HttpFact, attempt: StoredAttempt, account: ProviderAccount): LookUpResult {
  const lost = transportUnavailable(fact);
  if (lost !== null || fact.kind !== 'answered') return lost ?? unavailable('noAnswer', 'no answer');
  const answer = fact.httpStatus === 200 ? readLegacyAnswer(fact.body, account) : null;
  if (answer === null) return unavailable('noAnswer', 'the answer is no state of a refund');
  if (answer.code !== '0') return unavailable('noAnswer', answer.text);
  const providerRefundId = attempt.providerRefundId ?? '';
  const outcome = isLegacySuccess(answer.state ?? '')
    ? ({ kind: 'succeeded', providerRefundId, references: {}, completedAtMs: null } as const)
    : unknown('unlisted', `a state that is not listed; ${answer.text}`, providerRefundId);
  return { kind: 'found', outcome };
}
