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
export interface BraintreeApi {
  readonly edge: HttpEdge;
  readonly callTimeoutMs: number;
}

interface ApiRequest {
  readonly method: HttpCall['method'];
  /** Below `/merchants/{merchantId}`, its parts already encoded. */
  readonly path: string;
  readonly body?: string;
}

/** Before this version a refund that the bank declines is a validation error and shows no transaction. */
const API_VERSION = '6';

/** One call with the account's credentials, which are applied here and kept nowhere. */
export async function callApi(
  api: BraintreeApi,
  account: ProviderAccount,
  request: ApiRequest,
  signal: AbortSignal,
): Promise<{ readonly fact: HttpFact; readonly exchange: Exchange }> {
  const credentials = credentialsOf(account);
  const headers: Record<string, string> = {
    Authorization: credentials.authorization(),
    Accept: 'application/xml',
    'X-ApiVersion': API_VERSION,
    'User-Agent': 'refundry',
  };
  if (request.body !== undefined) headers['Content-Type'] = 'application/json';
  return await recordedExchange(
    api.edge,
    {
      method: request.method,
      url: `${account.baseUrl}/merchants/${encodeURIComponent(credentials.merchantId)}${request.path}`,
      headers,
      body: request.body ?? null,
      timeoutMs: api.callTimeoutMs,
      signal,
    },
    credentials.secrets(),
  );
}

export function transactionPath(transactionId: string): string {
  return `/transactions/${encodeURIComponent(transactionId)}`;
}
