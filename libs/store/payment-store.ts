import type { Pool } from 'pg';
import type { Database } from './database.ts';

/** `running`: the payment was not stopped; nothing was changed. */
export type ReleaseAnswer = 'released' | 'running' | 'unknown';

/** Payments that are stopped because money moved for a refund which had ended without it. */
export class PaymentStore {
  private readonly pool: Pool;

  constructor(database: Database) {
    this.pool = database.pool('report', 1);
  }

  /** Lets the payment's refunds go on, and keeps who decided it and why. */
  async release(
    account: { readonly provider: string; readonly name: string },
    paymentId: string,
    decision: { readonly by: string; readonly reason: string },
  ): Promise<ReleaseAnswer> {
    const { rows } = await this.pool.query<{ stopped: boolean }>(
      `with found as materialized (
         select p.payment_no, p.stopped_because is not null as stopped
         from refundry.account a join refundry.payment p on p.merchant_no = a.merchant_no and p.payment_id = $3
         where a.provider = $1 and a.name = $2 and a.account_no > 0 for no key update of p),
       pay as (
         update refundry.payment p set stopped_because = null from found f where p.payment_no = f.payment_no and f.stopped returning p.payment_no),
       due as (update refundry.lane l set due_at = now() from pay where l.payment_no = pay.payment_no),
       looked as (
         update refundry.external_refund e set released_at = now(), released_by = $4, released_reason = $5
         from pay where e.payment_no = pay.payment_no and e.released_at is null)
       select stopped from found`,
      [account.provider, account.name, paymentId, decision.by, decision.reason],
    );
    const [found] = rows;
    if (found === undefined) return 'unknown';
    return found.stopped ? 'released' : 'running';
  }
}
