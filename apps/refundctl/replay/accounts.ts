import type { Config } from '#libs/config';
import type { RequestAccount } from '#libs/processing/intake';
import { createHttpEdge } from '#libs/provider-kit';
import { AccountStore, type Database } from '#libs/store';
import { PROVIDERS } from '../providers.ts';

/** The configured accounts with their numbers, as far as their requests can be judged here. Nothing can be sent through them. */
export async function requestAccounts(
  config: Config,
  database: Database,
): Promise<readonly RequestAccount[]> {
  const edge = createHttpEdge({});
  const opened = config.accounts.flatMap((configured) => {
    const provider = PROVIDERS.get(configured.provider)?.({
      edge,
      callTimeoutMs: config.executor.callTimeoutMs,
    });
    return provider === undefined
      ? []
      : [{ module: provider.module, account: provider.readAccount(configured) }];
  });
  edge.close();
  const numbers = await new AccountStore(database).register(opened.map(({ account }) => account));
  return opened.flatMap(({ module, account }, index) => {
    const own = numbers[index];
    return own === undefined
      ? []
      : [{ accountNo: own.accountNo, merchantNo: own.merchantNo, account, module }];
  });
}
