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
export interface RazorpayApi {
  readonly edge: HttpEdge;
  readonly callTimeoutMs: number;
}

interface ApiRequest {
  readonly method: HttpCall['method'];
  /** Below `/v1`, its parts already encoded. */
  readonly path: string;
  readonly key?: string;
  readonly body?: string;
}

/** One call with the account's credentials, which are applied here and kept nowhere. */
export async function callApi(
  api: RazorpayApi,
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
  if (request.key !== undefined) headers['X-Refund-Idempotency'] = request.key;
  return await recordedExchange(
    api.edge,
    {
      method: request.method,
      url: `${account.baseUrl}/v1${request.path}`,
      headers,
      body: request.body ?? null,
      timeoutMs: api.callTimeoutMs,
      signal,
    },
    credentials.secrets(),
  );
}
