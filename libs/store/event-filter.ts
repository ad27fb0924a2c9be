/** Which refunds a replay is about; absent: all. `fromMs` to before `toMs` is the time of the events. */
export interface EventFilter {
  readonly provider?: string;
  readonly account?: string;
  readonly payment?: string;
  readonly refund?: string;
  readonly fromMs?: number;
  readonly toMs?: number;
  /** Where their requests lie on the bus; `from` to before `to`. */
  readonly requested?: {
    readonly cluster: string;
    readonly topic: string;
    readonly partition: number | null;
    readonly from: number;
    readonly to: number;
  };
}

/** Parameters that EVENT_FILTER takes, from $1 on. */
export const FILTER_PARAMETERS = 11;

/** A condition on a refund id `k` and a journal entry `j`. */
export const EVENT_FILTER = `($1::text is null or k.provider = $1) and ($2::text is null or k.account = $2)
  and ($3::text is null or k.payment_id = $3) and ($4::text is null or k.refund_id = $4)
  and ($5::bigint is null or j.occurred_at >= to_timestamp($5 / 1000.0)) and ($6::bigint is null or j.occurred_at < to_timestamp($6 / 1000.0))
  and ($7::text is null or (k.cluster = $7 and k.topic = $8::text and ($9::int is null or k.partition = $9)
    and k.record_offset >= $10::bigint and k.record_offset < $11::bigint))`;

export function filterValues(filter: EventFilter): unknown[] {
  const {
    provider = null,
    account = null,
    payment = null,
    refund = null,
    fromMs = null,
    toMs = null,
  } = filter;
  const { cluster = null, topic = null, partition = null, from = null, to = null } = filter.requested ?? {};
  return [provider, account, payment, refund, fromMs, toMs, cluster, topic, partition, from, to];
}
