import type { ComparedAccount } from './account.ts';
import type { Filter } from './comparison.ts';
import type { Workbench } from './workbench.ts';

/** The accounts of this run, by their place in the list. */
export async function loadAccounts(bench: Workbench, accounts: readonly ComparedAccount[]): Promise<void> {
  for (const [key, { account, reader, visibilityDelayMs, lateAfterMs }] of accounts.entries()) {
    const { provider, name, merchant, mode } = account;
    await bench.execute(
      `insert into account_in
       select $1::int, $2, $3, $4, $5, m.merchant_no, a.account_no, $6::bigint, $7::bigint, $8::bool
       from (select 1) as one left join refundry.merchant m on m.provider = $2 and m.identity = $4
       left join refundry.account a on a.provider = $2 and a.name = $3`,
      [key, provider, name, merchant, mode, visibilityDelayMs, lateAfterMs, reader.listRefunds !== undefined],
    );
  }
}

/** Our refunds of the window as they are now, in one snapshot. Answers how many. */
export async function loadOurs(bench: Workbench, filter: Filter): Promise<number> {
  const count = await bench.execute(
    `insert into ours
     select r.payment_no, r.ordinal, r.refund_id, k.provider, coalesce(nullif(a.name, ''), k.account), i.account_key, k.merchant_no, k.payment_id,
       k.currency, k.mode, r.state, r.sequence, coalesce(r.amount, t.amount, r.asked), r.held, r.provider_refund_id,
       r.handle is not null or r.provider_refund_id like 'v1\\_%', r.attempt_no, f.armed_at, r.called_at, r.requested_at, r.changed_at, true
     from refundry.refund r join refundry.refund_id k on k.refund_id = r.refund_id join refundry.account a on a.account_no = r.account_no
     left join account_in i on i.account_no = r.account_no
     left join refundry.attempt t on t.payment_no = r.payment_no and t.ordinal = r.ordinal and t.attempt_no = r.attempt_no
     left join refundry.attempt f on f.payment_no = r.payment_no and f.ordinal = r.ordinal and f.attempt_no = 1
     where r.changed_at >= (select from_at from question) and r.changed_at < (select to_at from question)
       and ($1::text is null or k.provider = $1) and ($2::text is null or coalesce(nullif(a.name, ''), k.account) = $2)`,
    [filter.provider, filter.account],
  );
  await bench.execute('analyze ours');
  return count;
}
