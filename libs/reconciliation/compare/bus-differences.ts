import { insertDifference, OURS } from './difference-sql.ts';
import type { Workbench } from './workbench.ts';

/** Where the requests were read from, as the store names it. */
export interface Source {
  readonly groupId: string;
  readonly cluster: string;
  readonly topic: string;
}

const REQUEST = {
  provider: 'q.provider',
  account: 'q.account',
  refundId: 'q.refund_id',
  paymentId: 'q.payment_id',
  ourCurrency: 'q.currency',
  atRisk: 'q.amount::numeric',
  riskCurrency: 'q.currency',
  happenedAt: 'q.record_at',
};

const PLACE = `'partition ' || q.partition || ', offset ' || q.record_offset`;

/** More is read than the window has, because records do not lie in the order of their times. */
const IN_WINDOW = `q.record_at >= (select from_at from question) and q.record_at < (select to_at from question)`;

/** The record was laid aside. $1 cluster, $2 topic. */
const LAID_ASIDE = `exists (select from refundry.dead_letter d
  where d.cluster = $1 and d.topic = $2 and d.partition = q.partition and d.record_offset = q.record_offset)`;

/** $3 provider, $4 account. A record that is no request belongs to none. */
const ASKED_FOR = `($3::text is null or q.provider = $3) and ($4::text is null or coalesce(q.account, 'default') = $4)`;

/** $5 group, $6 the time before which a record must have been taken in: one that intake passed over is missing however young it is. */
const NOT_TAKEN = insertDifference(
  'request-not-taken',
  { ...REQUEST, detail: `${PLACE} || case when q.fault is null then '' else ': ' || q.fault end` },
  `from request q left join refundry.intake_position n
     on n.group_id = $5 and n.cluster = $1 and n.topic = $2 and n.partition = q.partition
   where ${IN_WINDOW} and ${ASKED_FOR} and not ${LAID_ASIDE}
     and (q.refund_id is null or not exists (select from refundry.refund_id k where k.refund_id = q.refund_id))
     and (q.record_offset < n.next_offset or q.record_at <= to_timestamp($6::bigint / 1000.0))`,
);

const CONTENT = insertDifference(
  'request-content',
  { ...REQUEST, detail: PLACE },
  `from request q join refundry.refund_id k on k.refund_id = q.refund_id
   where ${IN_WINDOW} and ${ASKED_FOR} and k.fingerprint <> q.fingerprint and k.fingerprint_version = 1 and not ${LAID_ASIDE}`,
);

const NOT_ON_BUS = insertDifference(
  'request-not-on-bus',
  {
    provider: 'k.provider',
    account: 'k.account',
    refundId: 'k.refund_id',
    paymentId: 'k.payment_id',
    ourCurrency: 'k.currency',
    atRisk: '0',
    riskCurrency: 'k.currency',
    happenedAt: 'k.record_at',
    detail: `'partition ' || k.partition || ', offset ' || k.record_offset`,
  },
  `from refundry.refund_id k join scanned s on s.partition = k.partition and k.record_offset >= s.low_offset
   where k.record_at >= (select from_at from question) and k.record_at < (select to_at from question) and k.cluster = $1 and k.topic = $2 and ($3::text is null or k.provider = $3) and ($4::text is null or k.account = $4)
     and not exists (select from request q where q.partition = k.partition and q.record_offset = k.record_offset and q.refund_id = k.refund_id)`,
);

/** Requests on the bus against the store. */
export async function compareRequests(
  bench: Workbench,
  source: Source,
  filter: { readonly provider: string | null; readonly account: string | null },
  takenBeforeMs: number,
): Promise<void> {
  const values = [source.cluster, source.topic, filter.provider, filter.account];
  await bench.execute(NOT_TAKEN, [...values, source.groupId, takenBeforeMs]);
  await bench.execute(CONTENT, values);
  await bench.execute(NOT_ON_BUS, values);
}

/** Results of the window's refunds that are old enough ($2) to be on their topic, which is whole since $1. */
const RESULTS = `
  from ours o join refundry.journal j on j.payment_no = o.payment_no and j.ordinal = o.ordinal
  where j.result is not null and j.occurred_at >= to_timestamp($1::bigint / 1000.0) and j.occurred_at <= to_timestamp($2::bigint / 1000.0)`;

const RESULT = { ...OURS, atRisk: '0', happenedAt: 'j.occurred_at', sequence: 'j.sequence' };

const NOT_PUBLISHED = insertDifference(
  'result-not-published',
  {
    ...RESULT,
    detail: `j.result_type || ' ' || o.refund_id || '.' || j.sequence || case when exists (select from refundry.outbox x
      where x.payment_no = j.payment_no and x.ordinal = j.ordinal and x.sequence = j.sequence) then ' still waits to be sent' else ' was taken for sent' end`,
  },
  `${RESULTS} and not exists (select from published b where b.refund_id = o.refund_id and b.sequence = j.sequence)`,
);

const NOT_ACKNOWLEDGED = insertDifference(
  'result-not-acknowledged',
  { ...RESULT, detail: `j.result_type || ' ' || o.refund_id || '.' || j.sequence` },
  `${RESULTS} and exists (select from published b where b.refund_id = o.refund_id and b.sequence = j.sequence)
     and not exists (select from acknowledged a where a.refund_id = o.refund_id and a.sequence = j.sequence)`,
);

/** The store against the results topic. */
export async function comparePublished(
  bench: Workbench,
  wholeSinceMs: number,
  sentBeforeMs: number,
): Promise<void> {
  await bench.execute(NOT_PUBLISHED, [wholeSinceMs, sentBeforeMs]);
}

/** The results topic against the acknowledgements. */
export async function compareAcknowledged(
  bench: Workbench,
  wholeSinceMs: number,
  takenBeforeMs: number,
): Promise<void> {
  await bench.execute(NOT_ACKNOWLEDGED, [wholeSinceMs, takenBeforeMs]);
}
