import {
  parseJsonObject,
  transportOutcome,
  unknown,
  type Exchange,
  type HttpFact,
  type ProviderAccount,
  type StoredAttempt,
} from '#libs/provider-kit';
import { invariant, type Outcome } from '#libs/refund';
import { credentialsOf } from './account.ts';
import { callApi, type AcmeApi } from './api-call.ts';
import { outcomeOfRefund, readRefund } from './refund-entity.ts';
import { outcomeOfRefusal } from './refusal.ts';

/** `POST /acme/refunds`: the only call that moves money. */
export async function submit(
  api: AcmeApi,
  account: ProviderAccount,
  attempt: StoredAttempt,
  signal: AbortSignal,
): Promise<{ readonly outcome: Outcome; readonly exchange: Exchange }> {
  invariant(attempt.key !== null, 'an attempt at this provider has a key');
  const request = { method: 'POST', path: '/refunds', key: attempt.key, body: attempt.content } as const;
  const { fact, exchange } = await callApi(api, account, request, signal);
  return { outcome: readOutcome(fact, attempt, credentialsOf(account).secrets()), exchange };
}

function readOutcome(fact: HttpFact, attempt: StoredAttempt, secrets: readonly string[]): Outcome {
  const transport = transportOutcome(fact);
  if (transport !== null || fact.kind !== 'answered') return transport ?? unknown('unreadable', 'no answer');
  if (fact.httpStatus !== 200) return outcomeOfRefusal(fact, secrets);
  const entity = readRefund(parseJsonObject(fact.body) ?? undefined);
  if (entity === null) return unknown('unreadable', 'HTTP 200 without a refund in it');
  return outcomeOfRefund(entity, attempt, [attempt.reference]);
}
