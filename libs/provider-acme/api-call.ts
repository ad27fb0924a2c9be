import {
  recordedExchange,
  type Exchange,
  type HttpCall,
  type HttpEdge,
  type HttpFact,
  type ProviderAccount,
} from '#libs/provider-kit';
import { credentialsOf } from './account.ts';

/** What every call of this module needs. */
export interface AcmeApi {
  readonly edge: HttpEdge;
  readonly callTimeoutMs: number;
}

interface ApiRequest {
  readonly method: HttpCall['method'];
  /** Below `/acme`, its parts already encoded. */
  readonly path: string;
  readonly key?: string;
  readonly body?: string;
}

/** One call with the account's credentials, which are applied here and kept nowhere. */
export async function callApi(
  api: AcmeApi,
  account: ProviderAccount,
  request: ApiRequest,
  signal: AbortSignal,
): Promise<{ readonly fact: HttpFact; readonly exchange: Exchange }> {
  const credentials = credentialsOf(account);
  const headers: Record<string, string> = {
    Authorization: credentials.authorization(),
    Accept: 'application/json',
    'User-Agent': 'refundry',
  };
  if (request.body !== undefined) headers['Content-Type'] = 'application/json';
  if (request.key !== undefined) headers['Idempotency-Key'] = request.key;
  return await recordedExchange(
    api.edge,
    {
      method: request.method,
      url: `${account.baseUrl}/acme${request.path}`,
      headers,
      body: request.body ?? null,
      timeoutMs: api.callTimeoutMs,
      signal,
    },
    credentials.secrets(),
  );
}
