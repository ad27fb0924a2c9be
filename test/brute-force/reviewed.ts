/** A refund in review with what the call log and the journal know of its last attempt. */
export interface Reviewed {
  payment_no: string;
  ordinal: number;
  refund_id: string;
  payment_id: string;
  attempt_no: number;
  reason: string;
  fenced_ms_ago: number | null;
  /** What its call was answered with; empty when nobody heard an answer. */
  answers: string[];
  /** Why it became unknown: `answer` (its own), `lease` (another worker found it); null when it never did. */
  unknown_because: string | null;
}

export const REVIEWED = `
select r.payment_no, r.ordinal, r.refund_id, p.payment_id, r.attempt_no, r.review_reason as reason,
  (extract(epoch from now() - a.fenced_at) * 1000)::float8 as fenced_ms_ago,
  array(select c.verdict from refundry.call c
    where c.payment_no = r.payment_no and c.ordinal = r.ordinal and c.attempt_no = r.attempt_no and c.verb = 'create') as answers,
  (select j.cause from refundry.journal j where j.payment_no = r.payment_no and j.ordinal = r.ordinal and j.status::json ->> 'state' = 'unknown'
    order by j.sequence desc limit 1) as unknown_because
from refundry.refund r join refundry.payment p using (payment_no)
left join refundry.attempt a on a.payment_no = r.payment_no and a.ordinal = r.ordinal and a.attempt_no = r.attempt_no
where r.state = 'review'`;

/**
 * Why a person was asked for nothing: in review is only what was fenced and whose answer is lost, or came when another worker had given it up already
 * and says that nothing moved. `isDecided`: the answer to an attempt (`refundId/attemptNo`) was heard by a worker that lived to decide it.
 */
export function unexplained(row: Reviewed, isDecided: (attempt: string) => boolean): string[] {
  const { answers, unknown_because: because } = row;
  const wrong: string[] = [];
  if (row.reason !== 'LOST_ANSWER') wrong.push(`for ${row.reason}`);
  if (row.fenced_ms_ago === null) wrong.push('without a fence');
  if (answers.length === 0 && because !== 'lease') wrong.push('without an answer that nobody heard');
  for (const answer of answers) {
    if (answer.startsWith('unknown')) continue;
    const isLate =
      because === 'lease' &&
      (answer.startsWith('notApplied') || !isDecided(`${row.refund_id}/${String(row.attempt_no)}`));
    if (!isLate) wrong.push(`although it was answered: ${answer}`);
  }
  return wrong.map((text) => `${row.refund_id} is in review ${text}`);
}
