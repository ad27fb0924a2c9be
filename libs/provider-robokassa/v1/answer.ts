import { oneLine, redact, type Exchange, type HttpFact, type ProviderAccount } from '#libs/provider-kit';
import { credentialsOf } from '../account.ts';
import { callApi, secretsOf, type RobokassaApi } from '../api-call.ts';
import { readDocument, textIn } from '../xml.ts';

/** The flat answer of the legacy interface; the name of its root is not known. */
export interface LegacyAnswer {
  readonly code: string;
  readonly state: string | null;
  /** Code, state and description, masked, on one line. */
  readonly text: string;
}

/** A document goes bare into the body, whatever its media type says: that is how the one library that knows this interface sends it. */
export async function callLegacy(
  api: RobokassaApi,
  account: ProviderAccount,
  operation: 'OpRefund' | 'OpRefundStatus',
  { text, signature }: { readonly text: string; readonly signature: string },
  signal: AbortSignal,
): Promise<{ readonly fact: HttpFact; readonly exchange: Exchange }> {
  const request = {
    method: 'POST',
    url: `${credentialsOf(account).paymentsUrl}/Merchant/WebService/Service.asmx/${operation}`,
    contentType: 'application/x-www-form-urlencoded',
    body: text,
    secrets: [signature],
  } as const;
  return await callApi(api, account, request, signal);
}

/** Null when the text is no such answer. */
export function readLegacyAnswer(body: string, account: ProviderAccount): LegacyAnswer | null {
  const answer = readDocument(body);
  const code = answer === null ? null : textIn(answer, 'Code');
  if (answer === null || code === null) return null;
  const state = textIn(answer, 'State');
  const said = `code ${code}, state ${state ?? 'absent'}: ${textIn(answer, 'Description') ?? ''}`;
  return { code, state, text: oneLine(redact(said, secretsOf(account, said))) };
}
