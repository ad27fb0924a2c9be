import {
  parseJsonObject,
  transportUnavailable,
  unavailable,
  type DeskAnswer,
  type DeskListing,
  type DeskQuery,
  type Exchange,
  type HttpFact,
  type OptionFault,
  type ProviderAccount,
  type RefundDesk,
} from '#libs/provider-kit';
import { credentialsOf } from './account.ts';
import { callApi, type RazorpayApi } from './api-call.ts';
import { deskRefundOf, noRefund, troubleOf } from './desk-refund.ts';
import { readCollection, refundsOf } from './list.ts';
import { refusedRead } from './refusal.ts';

/** What Razorpay gives when no count is asked for. */
const COUNT_DEFAULT = 10;

const REFUND_ID = /^rfnd_[A-Za-z0-9]{1,60}$/;

/** The four readings that Razorpay offers: all refunds or those of a payment, one by its id or of a payment. */
export function createDesk(api: RazorpayApi): RefundDesk {
  return {
    filters: ['paymentId', 'fromMs', 'toMs', 'count', 'skip'],
    needsOneOf: [],
    countMax: 100,
    checkRefundId,
    list: async (account, query, signal) => await list(api, account, query, signal),
    show: async (account, { providerRefundId, paymentId }, signal) => {
      const path =
        paymentId === null
          ? refundPath(providerRefundId)
          : `${refundsOf(paymentId)}/${encodeURIComponent(providerRefundId)}`;
      const { fact, exchange } = await callApi(api, account, { method: 'GET', path }, signal);
      return readAnswer(fact, exchange, { account, providerRefundId, paymentId });
    },
  };
}

function checkRefundId(providerRefundId: string): readonly OptionFault[] {
  if (REFUND_ID.test(providerRefundId)) return [];
  const message = 'a Razorpay refund id is rfnd_ and letters and digits';
  return [{ code: 'REFUND_ID_INVALID', field: 'providerRefundId', message }];
}

async function list(
  api: RazorpayApi,
  account: ProviderAccount,
  asked: DeskQuery,
  signal: AbortSignal,
): Promise<DeskListing> {
  const { paymentId, fromMs, toMs, count, skip } = asked;
  const query = {
    ...(fromMs === undefined ? {} : { from: String(Math.floor(fromMs / 1000)) }),
    ...(toMs === undefined ? {} : { to: String(Math.ceil(toMs / 1000)) }),
    ...(count === undefined ? {} : { count: String(count) }),
    ...(skip === undefined ? {} : { skip: String(skip) }),
  };
  const path = paymentId === undefined ? '/refunds' : refundsOf(paymentId);
  const answer = await readCollection(api, account, { path, query }, signal);
  if (answer.kind === 'notFound') return { kind: 'notFound', text: answer.text };
  if (answer.kind === 'unavailable') return troubleOf(answer.why, answer.exchange);
  const refunds = answer.items.map(deskRefundOf).filter((refund) => refund !== null);
  if (refunds.length !== answer.items.length) return noRefund();
  return { kind: 'listed', refunds, mayHaveMore: refunds.length >= (count ?? COUNT_DEFAULT) };
}

export function refundPath(providerRefundId: string): string {
  return `/refunds/${encodeURIComponent(providerRefundId)}`;
}

/** The refund that was asked for, and no other. */
export function readAnswer(
  fact: HttpFact,
  exchange: Exchange,
  asked: {
    readonly account: ProviderAccount;
    readonly providerRefundId: string;
    readonly paymentId: string | null;
  },
): DeskAnswer {
  const lost = transportUnavailable(fact);
  if (lost !== null || fact.kind !== 'answered') return lost ?? unavailable('noAnswer', 'no answer');
  if (fact.httpStatus !== 200) {
    const refused = refusedRead(fact, credentialsOf(asked.account).secrets());
    return refused.kind === 'notFound' ? refused : troubleOf(refused, exchange);
  }
  const entity = parseJsonObject(fact.body);
  const refund = entity === null ? null : deskRefundOf(entity);
  if (refund === null || refund.providerRefundId !== asked.providerRefundId) return noRefund();
  if (asked.paymentId !== null && refund.paymentId !== asked.paymentId) return noRefund();
  return { kind: 'shown', refund };
}
