import {
  asText,
  member,
  oneLine,
  parseJsonObject,
  redact,
  transportUnavailable,
  unavailable,
  type DeskAnswer,
  type DeskTrouble,
  type HttpFact,
  type OptionFault,
  type ProviderAccount,
  type RefundDesk,
} from '#libs/provider-kit';
import { literalOf, readSum } from './amount.ts';
import { callApi, secretsOf, type RobokassaApi } from './api-call.ts';
import { providerRefundIdOf, readRequestId } from './request-id.ts';
import { legacyInvoiceOf } from './v1/document.ts';
import { showLegacy } from './v1/desk.ts';

/** One refund by the number of its request, and nothing else: RoboKassa lists none, and does not say whose refund a number is. */
export function createDesk(api: RobokassaApi): RefundDesk {
  return {
    filters: [],
    needsOneOf: [],
    countMax: 1,
    idsAreSecret: true,
    checkRefundId,
    list: async () => await Promise.resolve(refused('RoboKassa has no lists of refunds')),
    show: async (account, asked, signal) => await show(api, account, asked, signal),
  };
}

function checkRefundId(providerRefundId: string): readonly OptionFault[] {
  if (readRequestId(providerRefundId) !== null || legacyInvoiceOf(providerRefundId) !== null) return [];
  const isHash = providerRefundId.startsWith('rk_');
  const message = isHash
    ? 'rk_… stands for the number of a request and cannot be asked with; --refund finds the number in the database'
    : 'a RoboKassa refund is asked for with the number of its request, a GUID, or v1_ and the invoice where the legacy interface made it';
  return [{ code: 'REFUND_ID_INVALID', field: 'providerRefundId', message }];
}

async function show(
  api: RobokassaApi,
  account: ProviderAccount,
  asked: Parameters<RefundDesk['show']>[1],
  signal: AbortSignal,
): Promise<DeskAnswer> {
  const invoiceId = legacyInvoiceOf(asked.providerRefundId);
  if (invoiceId !== null) return await showLegacy(api, account, invoiceId, asked.paymentId, signal);
  const number = asked.handle ?? readRequestId(asked.providerRefundId);
  if (number === null) return refused('it is asked with the number of a request, and this is none');
  if (asked.paymentId !== null) return refused('RoboKassa does not tell the payment of a refund');
  const url = `${account.baseUrl}/RefundService/Refund/GetState?id=${encodeURIComponent(number)}`;
  const { fact } = await callApi(api, account, { method: 'GET', url, secrets: [number] }, signal);
  return readAnswer(fact, number, account);
}

function readAnswer(fact: HttpFact, number: string, account: ProviderAccount): DeskAnswer {
  const lost = transportUnavailable(fact);
  if (lost !== null || fact.kind !== 'answered') return lost ?? unavailable('noAnswer', 'no answer');
  const shown = redact(fact.body, secretsOf(account, fact.body));
  const [answer, entity] = [parseJsonObject(fact.body), parseJsonObject(shown)];
  if (answer === null || entity === null)
    return unavailable('noAnswer', `HTTP ${String(fact.httpStatus)}`, fact.retryAfterMs);
  const message = asText(member(entity, 'message'));
  if (message !== null && /request id does not exist/i.test(message))
    return { kind: 'notFound', text: oneLine(message) };
  const label = asText(member(entity, 'label'));
  const requestId = asText(member(answer, 'requestId'));
  if (fact.httpStatus !== 200 || label === null || requestId?.toLowerCase() !== number.toLowerCase())
    return unavailable('noAnswer', 'the answer is not the refund that was asked for');
  return {
    kind: 'shown',
    refund: {
      providerRefundId: providerRefundIdOf(number),
      paymentId: null,
      amount: readSum(literalOf(member(answer, 'amount')))?.toFixed(2) ?? null,
      currency: null,
      status: oneLine(label),
      createdAtMs: null,
      references: {},
      refundId: null,
      entity,
    },
  };
}

function refused(text: string): DeskTrouble {
  return { kind: 'refused', text };
}
