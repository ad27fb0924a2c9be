import type { ProviderAccount, ProviderModule } from '#libs/provider-kit';
import type { RefundSubmitter } from '#libs/provider-kit/submit';
import type { RetryPolicy } from '#libs/refund';

export type Verify = 'always' | 'first' | 'never';

/** One account as the loops use it: its provider's ports, its numbers in the database, its limits. Milliseconds. */
export interface ProcessingAccount {
  readonly accountNo: number;
  readonly merchantNo: number;
  readonly account: ProviderAccount;
  readonly module: ProviderModule;
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

export type Resolution =
  | { readonly kind: 'account'; readonly account: ProcessingAccount }
  | {
      readonly kind: 'unknown';
      readonly code: 'PROVIDER_UNKNOWN' | 'ACCOUNT_UNKNOWN';
      readonly message: string;
    };

const DEFAULT_ACCOUNT = 'default';

/** The configured accounts, by number and by the name a request gives. */
export class AccountBook {
  private readonly numbers: ReadonlyMap<number, ProcessingAccount>;
  private readonly names: ReadonlyMap<string, ProcessingAccount>;
  private readonly providers: ReadonlySet<string>;

  constructor(readonly accounts: readonly ProcessingAccount[]) {
    this.numbers = new Map(accounts.map((account) => [account.accountNo, account]));
    this.names = new Map(accounts.map((each) => [`${each.account.provider}/${each.account.name}`, each]));
    this.providers = new Set(accounts.map((each) => each.account.provider));
  }

  byNumber(accountNo: number): ProcessingAccount | undefined {
    return this.numbers.get(accountNo);
  }

  /** The account a request names; the provider's `default`, or its only one, when it names none. */
  resolve(provider: string, name: string | null): Resolution {
    const account =
      this.names.get(`${provider}/${name ?? DEFAULT_ACCOUNT}`) ??
      (name === null ? this.only(provider) : undefined);
    if (account !== undefined) return { kind: 'account', account };
    return this.providers.has(provider)
      ? {
          kind: 'unknown',
          code: 'ACCOUNT_UNKNOWN',
          message: 'no such account of this provider is configured',
        }
      : { kind: 'unknown', code: 'PROVIDER_UNKNOWN', message: 'no account of this provider is configured' };
  }

  private only(provider: string): ProcessingAccount | undefined {
    const own = this.accounts.filter((each) => each.account.provider === provider);
    return own.length === 1 ? own[0] : undefined;
  }
}
