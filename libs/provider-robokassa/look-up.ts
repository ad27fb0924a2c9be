import {
  asText,
  differences,
  member,
  oneLine,
  parseJsonObject,
  redact,
  transportUnavailable,
  unavailable,
  unknown,
  type Exchange,
  type HttpFact,
  type JsonObject,
  type ProviderAccount,
  type StoredAttempt,
} from '#libs/provider-kit';
import type { LookUpResult, Outcome } from '#libs/refund';
import { literalOf, readSum, sumLiteral } from './amount.ts';
import { callApi, notAsked, secretsOf, type RobokassaApi } from './api-call.ts';
import { ROBOKASSA_CAPABILITIES } from './capabilities.ts';
import { refundMeaning } from './status-table.ts';
import { isLegacy } from './v1/document.ts';
import { lookUpLegacy } from './v1/look-up.ts';

interface LookUp {
  readonly result: LookUpResult;
  readonly exchange: Exchange;
}

/** `GET /RefundService/Refund/GetState?id=`: the number of the request is all that it needs, so whoever has it may ask. */
export async function lookUp(
  api: RobokassaApi,
  account: ProviderAccount,
  attempt: StoredAttempt,
  signal: AbortSignal,
): Promise<LookUp> {
  if (isLegacy(attempt)) return await lookUpLegacy(api, account, attempt, signal);
  const { handle } = attempt;
  // Nothing of ours is at RoboKassa. Without its answer there is nothing to ask with, and no answer either way.
  if (handle === null) return { result: unavailable('noAnswer', 'it gave no number'), exchange: notAsked() };
  const url = `${account.baseUrl}/RefundService/Refund/GetState?id=${encodeURIComponent(handle)}`;
  const { fact, exchange } = await callApi(api, account, { method: 'GET', url, secrets: [handle] }, signal);
  return { result: readResult(fact, attempt, handle, account), exchange };
}

function readResult(
  fact: HttpFact,
  attempt: StoredAttempt,
  handle: string,
  account: ProviderAccount,
): LookUpResult {
  const lost = transportUnavailable(fact);
  if (lost !== null || fact.kind !== 'answered') return lost ?? unavailable('noAnswer', 'no answer');
  const answer = parseJsonObject(fact.body) ?? {};
  const message = asText(member(answer, 'message'));
  // The status beside it is not documented, so the sentence decides.
  if (message !== null && /request id does not exist/i.test(message)) return vanished(attempt);
  if (fact.httpStatus !== 200)
    return unavailable('noAnswer', `HTTP ${String(fact.httpStatus)}`, fact.retryAfterMs);
  const label = asText(member(answer, 'label'));
  if (label === null) return unavailable('noAnswer', 'the answer is no state of a refund');
  return { kind: 'found', outcome: outcomeOf(answer, label, attempt, handle, account) };
}

function outcomeOf(
  answer: JsonObject,
  label: string,
  attempt: StoredAttempt,
  handle: string,
  account: ProviderAccount,
): Outcome {
  const providerRefundId = attempt.providerRefundId ?? '';
  const sum = readSum(literalOf(member(answer, 'amount')));
  const requestId = asText(member(answer, 'requestId'));
  const isOurs = requestId?.toLowerCase() === handle.toLowerCase();
  const mismatch = differences([
    { field: 'amount', expected: sumLiteral(attempt.amount), answered: sum?.toFixed(2) ?? null },
    // Neither number is told.
    { field: 'request', expected: 'ours', answered: isOurs ? 'ours' : 'another' },
  ]);
  if (mismatch !== null) return unknown('mismatch', mismatch, providerRefundId);
  switch (refundMeaning(label)) {
    case 'succeeded':
      return { kind: 'succeeded', providerRefundId, references: {}, completedAtMs: null };
    case 'pending':
      return { kind: 'pending', providerRefundId, references: {} };
    case 'cancelled':
      return {
        kind: 'declined',
        cancelled: true,
        code: label,
        text: 'it was cancelled in the cabinet of the shop',
        actBy: 'merchant',
        mayRequestAgain: true,
        providerRefundId,
        readingStale: true,
      };
    case null: {
      const word = redact(label, secretsOf(account, label));
      return unknown('unlisted', oneLine(`refund label ${word} is not listed`), providerRefundId);
    }
  }
}

/** RoboKassa gave this number itself. Just afterwards it may not be shown yet; later, nothing that follows from that is safe to do without a person. */
function vanished({ armedAtMs, providerRefundId }: StoredAttempt): LookUpResult {
  const name = providerRefundId ?? '';
  if (Date.now() - armedAtMs < ROBOKASSA_CAPABILITIES.visibilityDelayMs)
    return { kind: 'found', outcome: { kind: 'pending', providerRefundId: name, references: {} } };
  return { kind: 'ambiguous', text: `refund ${name} is not there any more` };
}
