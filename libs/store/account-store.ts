import type { Pool } from 'pg';
import type { Database } from './database.ts';

/** An account as configured; the merchant identity is what payments belong to. */
export interface AccountIdentity {
  readonly provider: string;
  readonly name: string;
  readonly merchant: string;
  readonly mode: 'live' | 'test';
}

export interface RegisteredAccount extends AccountIdentity {
  readonly accountNo: number;
  readonly merchantNo: number;
}

export interface AccountStop {
  readonly provider: string;
  readonly name: string;
  readonly accountNo: number;
  readonly stopped: boolean;
  /** It stopped by itself, and goes on by itself when a trial after `untilMs` says so. */
  readonly byItself: boolean;
  /** When its stop ends, or when it is tried next; null: only a person ends it, or it runs. */
  readonly untilMs: number | null;
  readonly by: string | null;
  readonly reason: string | null;
}

/** Whether an account is stopped: by itself until it goes on, by a person until the time they gave. */
export const IS_STOPPED = 'stop_kind is not null or coalesce(stopped_until > now(), false)';

/** An account name now names another merchant identity while refunds of the old one exist. */
export class AccountIdentityChanged extends Error {
  override readonly name = 'AccountIdentityChanged';
  readonly code = 'ACCOUNT_IDENTITY_CHANGED';
}

/** Accounts by number, and their stop and resume, which live in the database so that every process obeys. */
export class AccountStore {
  private readonly pool: Pool;

  constructor(database: Database) {
    this.pool = database.pool('report', 1);
  }

  /** @throws AccountIdentityChanged; nothing was written for that account. */
  async register(accounts: readonly AccountIdentity[]): Promise<readonly RegisteredAccount[]> {
    const registered: RegisteredAccount[] = [];
    for (const account of accounts) registered.push(await this.registerOne(account));
    return registered;
  }

  private async registerOne(account: AccountIdentity): Promise<RegisteredAccount> {
    const { provider, name, merchant, mode } = account;
    const merchants = await this.pool.query<{ merchant_no: number }>(
      `insert into refundry.merchant (provider, identity) values ($1, $2)
       on conflict (provider, identity) do update set identity = excluded.identity returning merchant_no`,
      [provider, merchant],
    );
    const merchantNo = merchants.rows[0]?.merchant_no ?? 0;
    const accounts = await this.pool.query<{ account_no: number; merchant_no: number; mode: string }>(
      `insert into refundry.account as a (provider, name, merchant_no, mode) values ($1, $2, $3, $4)
       on conflict (provider, name) do update set merchant_no = excluded.merchant_no, mode = excluded.mode
         where (a.merchant_no = excluded.merchant_no and a.mode = excluded.mode)
           or not exists (select from refundry.refund r where r.account_no = a.account_no)
       returning account_no, merchant_no, mode`,
      [provider, name, merchantNo, mode],
    );
    const row = accounts.rows[0];
    if (row === undefined)
      throw new AccountIdentityChanged(
        `account ${provider}/${name} now names another merchant or mode, but refunds of the old one exist: give the new credentials a new account name`,
      );
    return { ...account, accountNo: row.account_no, merchantNo };
  }

  /** `untilMs` null: until somebody resumes it. Answers false when there is no such account. */
  async stop(
    provider: string,
    name: string,
    stop: { readonly by: string; readonly reason: string; readonly untilMs: number | null },
  ): Promise<boolean> {
    const { rowCount } = await this.pool.query(
      `update refundry.account set stopped_until = coalesce(to_timestamp($3::bigint / 1000.0), 'infinity'), stopped_by = $4, stopped_reason = $5,
         stop_kind = null, stop_turns = 0, doubted_by = null, doubted_at = null, standing_version = standing_version + 1
       where provider = $1 and name = $2 and account_no > 0`,
      [provider, name, stop.untilMs, stop.by, stop.reason],
    );
    return rowCount === 1;
  }

  async resume(provider: string, name: string): Promise<boolean> {
    const { rowCount } = await this.pool.query(
      `update refundry.account set stopped_until = null, stopped_by = null, stopped_reason = null,
         stop_kind = null, stop_turns = 0, doubted_by = null, doubted_at = null, standing_version = standing_version + 1
       where provider = $1 and name = $2 and account_no > 0`,
      [provider, name],
    );
    return rowCount === 1;
  }

  async list(): Promise<readonly AccountStop[]> {
    const { rows } = await this.pool.query<{
      provider: string;
      name: string;
      account_no: number;
      stopped: boolean;
      by_itself: boolean;
      until_ms: string | null;
      stopped_by: string | null;
      stopped_reason: string | null;
    }>(
      `select provider, name, account_no, ${IS_STOPPED} as stopped, stop_kind is not null as by_itself, stopped_by, stopped_reason,
         case when isfinite(stopped_until) then (extract(epoch from stopped_until) * 1000)::bigint end as until_ms
       from refundry.account where account_no > 0 order by provider, name`,
    );
    return rows.map((row) => ({
      provider: row.provider,
      name: row.name,
      accountNo: row.account_no,
      stopped: row.stopped,
      byItself: row.by_itself,
      untilMs: row.until_ms === null ? null : Number(row.until_ms),
      by: row.stopped_by,
      reason: row.stopped_reason,
    }));
  }
}
