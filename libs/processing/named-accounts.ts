import type { ProviderAccount, ProviderModule } from '#libs/provider-kit';

/** An account as intake needs it: it can judge a request, and nothing can be sent through it. */
export interface RequestAccount {
  readonly accountNo: number;
  readonly merchantNo: number;
  readonly account: ProviderAccount;
  readonly module: ProviderModule;
}

export type Resolution<Account extends RequestAccount> =
  | { readonly kind: 'account'; readonly account: Account }
  | {
      readonly kind: 'unknown';
      readonly code: 'PROVIDER_UNKNOWN' | 'ACCOUNT_UNKNOWN';
      readonly message: string;
    };

const DEFAULT_ACCOUNT = 'default';

/** The configured accounts by the name a request gives. */
export class NamedAccounts<Account extends RequestAccount> {
  private readonly names: ReadonlyMap<string, Account>;
  private readonly providers: ReadonlySet<string>;

  constructor(private readonly accounts: readonly Account[]) {
    this.names = new Map(accounts.map((each) => [`${each.account.provider}/${each.account.name}`, each]));
    this.providers = new Set(accounts.map((each) => each.account.provider));
  }

  /** The account a request names; the provider's `default`, or its only one, when it names none. */
  resolve(provider: string, name: string | null): Resolution<Account> {
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

  private only(provider: string): Account | undefined {
    const own = this.accounts.filter((each) => each.account.provider === provider);
    return own.length === 1 ? own[0] : undefined;
  }
}
