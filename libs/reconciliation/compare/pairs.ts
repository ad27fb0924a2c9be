import type { Workbench } from './workbench.ts';

/**
 * Which refund of ours a provider refund is, of all that the store has, in the window or not: by the id that is bound to it, by our refundId in its notes,
 * by the reference that an attempt sent. The first that holds decides.
 */
const BY_ID = `
  select t.account_key, t.provider_refund_id, b.payment_no, b.ordinal, 1
  from theirs t join account_in i on i.account_key = t.account_key
  join refundry.provider_refund b on b.merchant_no = i.merchant_no and b.provider_refund_id = t.provider_refund_id
  where b.ordinal > 0`;
const BY_NOTE = `
  select t.account_key, t.provider_refund_id, r.payment_no, r.ordinal, 2
  from theirs t join account_in i on i.account_key = t.account_key
  join refundry.refund_id k on k.refund_id = t.refund_id and k.provider = i.provider
  join refundry.payment p on p.merchant_no = k.merchant_no and p.payment_id = k.payment_id
  join refundry.refund r on r.payment_no = p.payment_no and r.refund_id = k.refund_id
  where t.refund_id is not null`;
const BY_REFERENCE = `
  select t.account_key, t.provider_refund_id, x.payment_no, x.ordinal, 3
  from theirs t join account_in i on i.account_key = t.account_key
  join refundry.attempt x on x.reference = t.reference
  join refundry.payment p on p.payment_no = x.payment_no join refundry.merchant m on m.merchant_no = p.merchant_no and m.provider = i.provider
  where t.reference is not null`;

/** Binds what is not bound yet, and chooses for each refund of ours the provider refund that it is compared with; all others of it are surplus. */
export async function bindPairs(bench: Workbench): Promise<void> {
  for (const way of [BY_ID, BY_NOTE, BY_REFERENCE])
    await bench.execute(
      `insert into pair ${way} and not exists (
         select from pair p where p.account_key = t.account_key and p.provider_refund_id = t.provider_refund_id)
       on conflict do nothing`,
    );
  await bench.execute('analyze pair');
  // One that moved money before one that did not: a second attempt pays where the first was refused. Then the one that the refund itself names: a second
  // one that was recorded beside it is bound to it as well.
  await bench.execute(
    `insert into best
     select distinct on (p.payment_no, p.ordinal) p.payment_no, p.ordinal, p.account_key, p.provider_refund_id
     from pair p join theirs t on t.account_key = p.account_key and t.provider_refund_id = p.provider_refund_id
     join ours o on o.payment_no = p.payment_no and o.ordinal = p.ordinal
     order by p.payment_no, p.ordinal, t.status = 'failed', t.provider_refund_id is distinct from o.provider_refund_id, p.rank, t.created_at nulls first, p.provider_refund_id
     on conflict (payment_no, ordinal) do update set account_key = excluded.account_key, provider_refund_id = excluded.provider_refund_id`,
  );
  await bench.execute('analyze best');
}
