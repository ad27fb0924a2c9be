import type { RefundSubmitter } from '#libs/provider-kit/submit';
import type { RetryPolicy } from '#libs/refund';
import { NamedAccounts, type RequestAccount, type Resolution } from './named-accounts.ts';

export type Verify = 'always' | 'first' | 'never';

/** One account as the loops use it: its provider's ports, its numbers in the database, its limits. Milliseconds. */
export interface ProcessingAccount extends RequestAccount {
  readonly submitter: RefundSubmitter;
  readonly policy: RetryPolicy;
  readonly verify: Verify;
  readonly verifyAgeMs: number;
  readonly spacingMs: number;
  /** Calls of this account in flight in this process. */
  readonly concurrency: number;
  /** Calls a second in this process; null = no limit of ours. */
  readonly ratePerSecond: number | null;
}

/** The configured accounts, by number and by the name a request gives. */
export class AccountBook {
  private readonly numbers: ReadonlyMap<number, ProcessingAccount>;
  private readonly names: NamedAccounts<ProcessingAccount>;

  constructor(readonly accounts: readonly ProcessingAccount[]) {
    this.numbers = new Map(accounts.map((account) => [account.accountNo, account]));
    this.names = new NamedAccounts(accounts);
  }

  byNumber(accountNo: number): ProcessingAccount | undefined {
    return this.numbers.get(accountNo);
  }

  /** The account a request names; the provider's `default`, or its only one, when it names none. */
  resolve(provider: string, name: string | null): Resolution<ProcessingAccount> {
    return this.names.resolve(provider, name);
  }
}
