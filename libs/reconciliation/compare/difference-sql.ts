import { REFERENCE_FORM } from '#libs/provider-kit';
import type { ClassCode } from './classes.ts';

/** Column expressions of a difference, by its columns' names; what is absent is null. */
export interface Expressions {
  readonly atRisk?: string;
  readonly riskCurrency?: string;
  readonly happenedAt?: string;
  readonly detail?: string;
  readonly provider?: string;
  readonly account?: string;
  readonly refundId?: string;
  readonly paymentId?: string;
  readonly providerRefundId?: string;
  readonly ourState?: string;
  readonly ourAmount?: string;
  readonly ourCurrency?: string;
  readonly theirStatus?: string;
  readonly theirAmount?: string;
  readonly theirCurrency?: string;
  readonly paymentNo?: string;
  readonly ordinal?: string;
  readonly sequence?: string;
}

/** What a difference says of one of our refunds, `o`. */
export const OURS: Expressions = {
  provider: 'o.provider',
  account: 'o.account',
  refundId: 'o.refund_id',
  paymentId: 'o.payment_id',
  providerRefundId: 'o.provider_refund_id',
  ourState: 'o.state',
  ourAmount: 'o.amount',
  ourCurrency: 'o.currency',
  atRisk: 'o.amount',
  riskCurrency: 'o.currency',
  happenedAt: 'o.changed_at',
  paymentNo: 'o.payment_no',
  ordinal: 'o.ordinal',
};

/** What it says of a provider refund, `t`, at account `i`. */
export const THEIRS: Expressions = {
  providerRefundId: 't.provider_refund_id',
  theirStatus: 't.status',
  theirAmount: 't.amount',
  theirCurrency: 't.currency',
};

/** Whether a provider refund, `t`, carries a name that only we give: it is one of ours, also where the store does not know it (any more). */
export const NAMED_BY_US = `(t.refund_id is not null or coalesce(t.reference ~ '${REFERENCE_FORM}', false))`;

/** `source`: everything from `from` on. */
export function insertDifference(code: ClassCode, columns: Expressions, source: string): string {
  const of = (expression: string | undefined): string => expression ?? 'null';
  return `insert into difference (class, provider, account, refund_id, payment_id, provider_refund_id, our_state, our_amount, our_currency,
    their_status, their_amount, their_currency, at_risk, risk_currency, happened_at, detail, payment_no, ordinal, sequence)
  select '${code}', ${of(columns.provider)}, ${of(columns.account)}, ${of(columns.refundId)}, ${of(columns.paymentId)}, ${of(columns.providerRefundId)},
    ${of(columns.ourState)}, ${of(columns.ourAmount)}, ${of(columns.ourCurrency)}, ${of(columns.theirStatus)}, ${of(columns.theirAmount)},
    ${of(columns.theirCurrency)}, ${of(columns.atRisk)}, ${of(columns.riskCurrency)}, ${of(columns.happenedAt)}, ${of(columns.detail)},
    ${of(columns.paymentNo)}, ${of(columns.ordinal)}, ${of(columns.sequence)}
  ${source}`;
}
