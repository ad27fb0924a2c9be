import type { Statement } from '../statement.ts';
import { REFUND_JOINS, refundView } from './refund-view.ts';

/** A refund ($1) as it is stored now, its merchant identity, and how long ago the last of its attempts without a key was fenced. */
export const READ_REVIEW: Statement = {
  name: 'read-review',
  text: `
select ${refundView('p')}, m.identity as merchant,
  (select (extract(epoch from now() - max(t.fenced_at)) * 1000)::bigint from refundry.attempt t
   where t.payment_no = r.payment_no and t.ordinal = r.ordinal) as fenced_ago_ms
from refundry.refund_id w
join refundry.merchant m on m.merchant_no = w.merchant_no
join refundry.payment p on p.merchant_no = w.merchant_no and p.payment_id = w.payment_id
join refundry.refund r on r.payment_no = p.payment_no and r.refund_id = w.refund_id ${REFUND_JOINS}
where w.refund_id = $1`,
};

/**
 * Refunds in review, by way of the look-ups that each of them has: those that wait, never all refunds. $1 provider, $2 account, $3 reason (null = any),
 * $4 reasons after which nothing has moved. `risk.sum`: what may have moved; null where its amount was omitted and nobody knows it.
 */
const IN_REVIEW = `
from refundry.look_up l join refundry.refund r using (payment_no, ordinal) join refundry.account a on a.account_no = r.account_no
join refundry.refund_id k on k.refund_id = r.refund_id join refundry.payment p on p.payment_no = r.payment_no
left join refundry.attempt t on t.payment_no = r.payment_no and t.ordinal = r.ordinal and t.attempt_no = r.attempt_no
cross join lateral (select case when r.held > 0 then r.held when r.review_reason = any($4::text[]) then 0 else coalesce(r.amount, r.asked) end as sum) risk
where not l.reread and r.state = 'review'
  and ($1::text is null or a.provider = $1) and ($2::text is null or a.name = $2) and ($3::text is null or r.review_reason = $3)`;

/** One page behind ($5, $6), at most $7, in the order in which their payments were first seen. */
export const LIST_REVIEWS: Statement = {
  name: 'list-reviews',
  text: `
select r.payment_no, r.ordinal, r.refund_id, a.provider, a.name as account, p.payment_id, k.currency, coalesce(r.amount, r.asked)::text as amount,
  risk.sum::text as at_risk, r.review_reason as reason, (extract(epoch from r.changed_at) * 1000)::bigint as since_ms, r.provider_refund_id,
  t.reference, t.key is not null as keyed
${IN_REVIEW} and (l.payment_no, l.ordinal) > ($5::bigint, $6::int)
order by l.payment_no, l.ordinal limit $7::int`,
};

/** How many they are and what is at risk, by currency. */
export const TOTAL_REVIEWS: Statement = {
  name: 'total-reviews',
  text: `
select k.currency, count(*) as refunds, coalesce(sum(risk.sum), 0)::text as at_risk, count(*) filter (where risk.sum is null) as unknown
${IN_REVIEW}
group by k.currency order by k.currency`,
};

/** The attempts of a refund ($1, $2), oldest first. Their contents may hold secrets of the payment and are left out. */
export const READ_ATTEMPTS: Statement = {
  name: 'read-attempts',
  text: `
select attempt_no, action, key, reference, amount::text, currency, (extract(epoch from armed_at) * 1000)::bigint as armed_ms,
  (extract(epoch from same_key_until) * 1000)::bigint as key_until_ms, (extract(epoch from fenced_at) * 1000)::bigint as fenced_ms
from refundry.attempt where payment_no = $1 and ordinal = $2 order by attempt_no`,
};

/** Refunds of the payment ($1) that wait behind one ($2) in the lane, at most $3, and how many there are. */
export const READ_BEHIND: Statement = {
  name: 'read-behind',
  text: `
select refund_id, state, coalesce(amount, asked)::text as amount, waiting_for, count(*) over () as all
from refundry.refund where payment_no = $1 and ordinal <> $2 and in_lane order by ordinal limit $3`,
};

/** Who owns a provider refund ($1 merchant, $2 its id): a refund of ours, or none (null) where it is recorded as made elsewhere. */
export const READ_OWNER: Statement = {
  name: 'read-owner',
  text: `
select b.payment_no, r.refund_id from refundry.provider_refund b left join refundry.refund r using (payment_no, ordinal)
where b.merchant_no = $1 and b.provider_refund_id = $2`,
};
