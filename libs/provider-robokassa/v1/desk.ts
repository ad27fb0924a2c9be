import {
  oneLine,
  redact,
  transportUnavailable,
  unavailable,
  type DeskAnswer,
  type HttpFact,
  type JsonObject,
  type ProviderAccount,
} from '#libs/provider-kit';
import { credentialsOf } from '../account.ts';
import { secretsOf, type RobokassaApi } from '../api-call.ts';
import { readDocument, textIn } from '../xml.ts';
import { callLegacy, readLegacyAnswer } from './answer.ts';
import { legacyRefundId, signedStatus } from './document.ts';

/** `POST OpRefundStatus`, for a person: the one state of the whole invoice, with every field of the answer. */
export async function showLegacy(
  api: RobokassaApi,
  account: ProviderAccount,
  invoiceId: string,
  paymentId: string | null,
  signal: AbortSignal,
): Promise<DeskAnswer> {
  if (!credentialsOf(account).signsLegacy())
    return unavailable('credentials', 'password1 is missing: the legacy interface is asked with it');
  if (paymentId !== null && paymentId !== invoiceId)
    return { kind: 'notFound', text: `it is of invoice ${invoiceId}` };
  const document = signedStatus(invoiceId, credentialsOf(account));
  const { fact } = await callLegacy(api, account, 'OpRefundStatus', document, signal);
  return readAnswer(fact, invoiceId, account);
}

function readAnswer(fact: HttpFact, invoiceId: string, account: ProviderAccount): DeskAnswer {
  const lost = transportUnavailable(fact);
  if (lost !== null || fact.kind !== 'answered') return lost ?? unavailable('noAnswer', 'no answer');
  const answer = fact.httpStatus === 200 ? readLegacyAnswer(fact.body, account) : null;
  if (answer === null) return unavailable('noAnswer', 'the answer is no state of a refund');
  // Which codes say that there is no such refund is not known: all of them are RoboKassa's own words about the question.
  if (answer.code !== '0' || answer.state === null) return { kind: 'refused', text: answer.text };
  return {
    kind: 'shown',
    refund: {
      providerRefundId: legacyRefundId(invoiceId),
      paymentId: invoiceId,
      amount: null,
      currency: null,
      status: oneLine(answer.state),
      createdAtMs: null,
      references: {},
      refundId: null,
      entity: entityOf(fact.body, account),
    },
  };
}

/** The flat answer, field by field. */
function entityOf(body: string, account: ProviderAccount): JsonObject {
  const fields = readDocument(redact(body, secretsOf(account, body))) ?? {};
  return Object.fromEntries(Object.keys(fields).map((name) => [name, textIn(fields, name)]));
}
