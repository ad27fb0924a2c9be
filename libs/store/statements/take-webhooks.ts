import { unnest, type Columns } from '../binary-array.ts';
import type { Statement } from '../statement.ts';

/** A verified webhook: which refund it is about, as far as it says so, and what it says of it. */
export interface WebhookRow {
  readonly merchantNo: number;
  readonly accountNo: number;
  readonly eventId: string;
  readonly paymentId: string | null;
  readonly providerRefundId: string | null;
  readonly shows: 'succeeded' | 'pending' | 'failed' | null;
}

export const WEBHOOK_COLUMNS: Columns<WebhookRow> = [
  { name: 'n', type: 'int4', of: (_row, index) => index },
  { name: 'merchant_no', type: 'int4', of: (row) => row.merchantNo },
  { name: 'account_no', type: 'int4', of: (row) => row.accountNo },
  { name: 'event_id', type: 'text', of: (row) => row.eventId },
  { name: 'payment_id', type: 'text', of: (row) => row.paymentId },
  { name: 'provider_refund_id', type: 'text', of: (row) => row.providerRefundId },
  { name: 'shows', type: 'text', of: (row) => row.shows },
];

/**
 * Keeps webhooks that are new and makes look-ups of what they are about due now; no refund is changed.
 * Where the named provider refund is bound, that refund of ours is meant, also when it has ended; otherwise every open refund of the payment that is
 * looked up and is not bound to another one. A webhook that shows what is stored brings no news. A refund whose call is out gets no look-up here:
 * its answer is about to be written, and a pending one then finds the event (settle).
 * The lease of a look-up under way is ended: it asked before the news, and may end the look-up no more.
 * One event at most once per statement.
 */
export const TAKE_WEBHOOKS: Statement = {
  name: 'take-webhooks',
  text: `
with input as materialized (select * from ${unnest(WEBHOOK_COLUMNS, 'i')}),
kept as (
  insert into refundry.webhook_event (merchant_no, event_id, account_no, payment_id, provider_refund_id, shows)
  select merchant_no, event_id, account_no, payment_id, provider_refund_id, shows from input order by merchant_no, event_id
  on conflict (merchant_no, event_id) do nothing
  returning merchant_no, event_id, payment_id, provider_refund_id, shows),
owned as materialized (
  select k.merchant_no, k.event_id, k.shows, b.payment_no, b.ordinal
  from kept k join refundry.provider_refund b on b.merchant_no = k.merchant_no and b.provider_refund_id = k.provider_refund_id),
meant as materialized (
  select r.payment_no, r.ordinal, r.account_no
  from owned o join refundry.refund r on r.payment_no = o.payment_no and r.ordinal = o.ordinal
  where r.state in ('pending', 'unknown', 'review', 'completed', 'failed', 'reversed')
    and (coalesce(o.shows, ''), r.state) not in (('succeeded', 'completed'), ('pending', 'pending'), ('failed', 'failed'), ('failed', 'reversed'))
  union all
  select r.payment_no, r.ordinal, r.account_no
  from kept k join refundry.payment p on p.merchant_no = k.merchant_no and p.payment_id = k.payment_id
  join refundry.look_up l on l.payment_no = p.payment_no
  join refundry.refund r on r.payment_no = l.payment_no and r.ordinal = l.ordinal
  where r.state in ('pending', 'unknown', 'review') and (k.provider_refund_id is null or r.provider_refund_id is null)
    and not exists (select from owned o where o.merchant_no = k.merchant_no and o.event_id = k.event_id)),
hinted as (
  insert into refundry.look_up as l (payment_no, ordinal, account_no, due_at, hinted_at)
  select distinct on (payment_no, ordinal) payment_no, ordinal, account_no, now(), now() from meant order by payment_no, ordinal
  on conflict (payment_no, ordinal) do update set due_at = least(l.due_at, excluded.due_at), hinted_at = excluded.hinted_at,
    lease_until = '-infinity', lease_token = 0
  returning l.payment_no)
select i.n, exists (select from hinted) as hinted
from input i join kept k on k.merchant_no = i.merchant_no and k.event_id = i.event_id`,
};

/** Forgets webhooks received more than $1 milliseconds ago, at most $2 of them; several processes may do it at once. */
export const FORGET_WEBHOOKS = `
delete from refundry.webhook_event where (merchant_no, event_id) in (
  select merchant_no, event_id from refundry.webhook_event where received_at < now() - $1::bigint * interval '1 millisecond'
  order by received_at limit $2 for update skip locked)`;
