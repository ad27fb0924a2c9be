import {
  asText,
  declined,
  member,
  notApplied,
  oneLine,
  parseJsonObject,
  redact,
  transportOutcome,
  unknown,
  type Answered,
  type Exchange,
  type HttpFact,
  type JsonObject,
  type ProviderAccount,
  type StoredAttempt,
} from '#libs/provider-kit';
import type { Outcome } from '#libs/refund';
import { credentialsOf } from './account.ts';
import { callApi, secretsOf, type RobokassaApi } from './api-call.ts';
import { ruleFor } from './error-table.ts';
import { providerRefundIdOf, readRequestId } from './request-id.ts';
import { isLegacy } from './v1/document.ts';
import { submitLegacy } from './v1/submit.ts';

/** `POST /RefundService/Refund/Create`: the only call that moves money. The body is the token as a JSON string, in its quotes. */
export async function submit(
  api: RobokassaApi,
  account: ProviderAccount,
  attempt: StoredAttempt,
  signal: AbortSignal,
): Promise<{ readonly outcome: Outcome; readonly exchange: Exchange }> {
  if (isLegacy(attempt)) return await submitLegacy(api, account, attempt, signal);
  const token = credentialsOf(account).refundToken(attempt.content);
  const request = {
    method: 'POST',
    url: `${account.baseUrl}/RefundService/Refund/Create`,
    contentType: 'application/json',
    body: JSON.stringify(token),
    secrets: [token],
  } as const;
  const { fact, exchange } = await callApi(api, account, request, signal);
  return { outcome: readOutcome(fact, account), exchange };
}

/** `success` decides and not the status: refusals were seen with 200, 400 and 401. */
function readOutcome(fact: HttpFact, account: ProviderAccount): Outcome {
  const transport = transportOutcome(fact);
  if (transport !== null || fact.kind !== 'answered') return transport ?? unknown('unreadable', 'no answer');
  const answer = parseJsonObject(fact.body) ?? {};
  const success = member(answer, 'success');
  if (fact.httpStatus !== 200 && success !== true) return refusal(fact, answer, account);
  if (success === false && member(answer, 'requestId') === null) return refusal(fact, answer, account);
  const handle = readRequestId(asText(member(answer, 'requestId')));
  if (fact.httpStatus !== 200 || success !== true || handle === null)
    return unknown('unreadable', `HTTP ${String(fact.httpStatus)} that neither accepts nor refuses`);
  // Accepted, not paid: the money moves later, and only GetState says so.
  return { kind: 'pending', providerRefundId: providerRefundIdOf(handle), handle, references: {} };
}

function refusal({ httpStatus }: Answered, answer: JsonObject, account: ProviderAccount): Outcome {
  const message = asText(member(answer, 'message'));
  const words = message === null ? '' : `: ${redact(message, secretsOf(account, message))}`;
  const text = oneLine(`HTTP ${String(httpStatus)}${words}`);
  const rule = ruleFor(httpStatus, message);
  if (rule === null) return unknown('unlisted', text);
  const { meaning } = rule;
  switch (meaning.kind) {
    case 'declined':
      return declined(meaning.code, text, meaning);
    case 'notApplied':
      return notApplied(meaning.because, text, { code: meaning.code });
  }
}
