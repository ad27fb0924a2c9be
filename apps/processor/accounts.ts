import type { AccountConfig, Config } from '#libs/config';
import { AccountBook, retryPolicy, type ProcessingAccount } from '#libs/processing';
import {
  createHttpEdge,
  tellingWhenSent,
  type HttpEdge,
  type ProviderAccount,
  type ProviderModule,
} from '#libs/provider-kit';
import type { RefundSubmitter } from '#libs/provider-kit/submit';
import { createBraintree } from '#libs/provider-braintree/submit';
import { createRazorpay } from '#libs/provider-razorpay/submit';
import { createRobokassa } from '#libs/provider-robokassa/submit';
import type { AccountStore } from '#libs/store';

/** One provider as the processor composes it. */
interface Provider {
  readonly module: ProviderModule;
  readonly submitter: RefundSubmitter;
  /** @throws when a setting is missing or malformed; the message names the setting and holds no value. */
  readAccount(config: AccountConfig): ProviderAccount;
}

/** Every provider this release serves. */
function providers(config: Config, edge: HttpEdge): ReadonlyMap<string, Provider> {
  const { callTimeoutMs } = config.executor;
  return new Map<string, Provider>([
    ['razorpay', createRazorpay({ edge, callTimeoutMs })],
    ['braintree', createBraintree({ edge, callTimeoutMs })],
    ['robokassa', createRobokassa({ edge, callTimeoutMs })],
  ]);
}

/** The configured accounts with their numbers in the database. `onSent`: a call that moves money has left. */
export async function openAccounts(
  config: Config,
  store: AccountStore,
  onSent: () => void,
): Promise<AccountBook> {
  const edge = createHttpEdge({});
  const known = providers(config, edge);
  const moving = providers(config, tellingWhenSent(edge, onSent));
  const served = config.accounts.map((account) => {
    const provider = known.get(account.provider);
    const submitter = moving.get(account.provider)?.submitter;
    if (provider === undefined || submitter === undefined)
      throw new Error(`no module for provider ${account.provider}`);
    return { config: account, provider, submitter, account: provider.readAccount(account) };
  });
  const registered = await store.register(served.map(({ account }) => account));
  return new AccountBook(
    served.flatMap((each, index): ProcessingAccount[] => {
      const numbers = registered[index];
      if (numbers === undefined) return [];
      const { timing, concurrency, ratePerSecond, verify } = each.config;
      const { module } = each.provider;
      const { retryFirstMs, retryMaxMs, callsMax, waitingMaxMs, verifyAgeMs } = config.executor;
      return [
        {
          accountNo: numbers.accountNo,
          merchantNo: numbers.merchantNo,
          account: each.account,
          module,
          submitter: each.submitter,
          policy: retryPolicy(module.capabilities, timing, {
            retryFirstMs,
            retryMaxMs,
            callsMax,
            waitingMaxMs,
          }),
          verify,
          verifyAgeMs,
          spacingMs: timing.spacingMs ?? module.capabilities.spacingMs,
          concurrency: concurrency ?? config.executor.concurrency,
          ratePerSecond,
        },
      ];
    }),
  );
}
