import {
  recordedExchange,
  type Exchange,
  type HttpCall,
  type HttpEdge,
  type HttpFact,
  type ProviderAccount,
} from '#libs/provider-kit';
import { credentialsOf } from './account.ts';
import { secretsIn } from './request-id.ts';

/** What every call of this module needs. */
export interface RobokassaApi {
  readonly edge: HttpEdge;
  readonly callTimeoutMs: number;
}

interface ApiRequest {
  readonly method: HttpCall['method'];
  readonly url: string;
  readonly contentType?: string;
  readonly body?: string;
  /** Signatures and numbers of requests in this very call. */
  readonly secrets?: readonly string[];
}

/** One call. Whatever must not be kept is masked in the record of it, what the answer itself tells included. */
export async function callApi(
  api: RobokassaApi,
  account: ProviderAccount,
  request: ApiRequest,
  signal: AbortSignal,
): Promise<{ readonly fact: HttpFact; readonly exchange: Exchange }> {
  const headers: Record<string, string> = { 'User-Agent': 'refundry' };
  if (request.contentType !== undefined) headers['Content-Type'] = request.contentType;
  const secrets = (answer: string): readonly string[] => [
    ...credentialsOf(account).secrets(),
    ...(request.secrets ?? []).flatMap((secret) => [secret, secret.toLowerCase()]),
    ...secretsIn(answer),
  ];
  return await recordedExchange(
    api.edge,
    {
      method: request.method,
      url: request.url,
      headers,
      body: request.body ?? null,
      timeoutMs: api.callTimeoutMs,
      signal,
    },
    secrets,
  );
}

/** What must be masked in words of an answer before they are kept. */
export function secretsOf(account: ProviderAccount, words: string): readonly string[] {
  return [...credentialsOf(account).secrets(), ...secretsIn(words)];
}

/** The record of a question that was not asked. */
export function notAsked(): Exchange {
  return { startedAtMs: Date.now(), durationMs: 0, httpStatus: null, answer: '[not asked]', asked: false };
}
