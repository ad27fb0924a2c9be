import type { AccountConfig, Config } from '#libs/config';
import { createHttpEdge, type HttpEdge, type HttpFact } from '#libs/provider-kit';
import type { ComparedAccount, Filter } from '#libs/reconciliation';
import { CommandFailure } from '../failure.ts';
import { PROVIDERS } from '../providers.ts';

export interface OpenAccounts {
  readonly accounts: readonly ComparedAccount[];
  close(): void;
}

/** Where the configuration says nothing: as few as a person's look at the provider, so that the processors keep their share of its limit. */
const CONCURRENCY = 4;

/** The configured accounts of a run, each with a reader and nothing that could move money. */
export function openAccounts(config: Config, filter: Filter): OpenAccounts {
  const chosen = config.accounts.filter(
    ({ provider, name }) =>
      (filter.provider === null || provider === filter.provider) &&
      (filter.account === null || name === filter.account),
  );
  if (filter.account !== null && chosen.length === 0) throw notConfigured(filter);
  const edge = createHttpEdge({});
  return {
    accounts: chosen.map((account) => open(config, account, edge)),
    close: () => {
      edge.close();
    },
  };
}

function open(config: Config, configured: AccountConfig, edge: HttpEdge): ComparedAccount {
  const create = PROVIDERS.get(configured.provider);
  if (create === undefined) throw new Error(`no module for provider ${configured.provider}`);
  const { timing, concurrency, ratePerSecond } = configured;
  const paced = ratePerSecond === null ? edge : pacedEdge(edge, ratePerSecond);
  const provider = create({ edge: paced, callTimeoutMs: config.executor.callTimeoutMs });
  const { capabilities, reader } = provider.module;
  return {
    account: provider.readAccount(configured),
    reader,
    visibilityDelayMs: timing.visibilityDelayMs ?? capabilities.visibilityDelayMs,
    lateAfterMs: timing.overdueMs ?? capabilities.schedule.overdueMs,
    concurrency: Math.min(CONCURRENCY, concurrency ?? CONCURRENCY),
  };
}

/** Half of the account's rate: the processors go on beside a reconciliation. */
function pacedEdge(edge: HttpEdge, ratePerSecond: number): HttpEdge {
  const spacingMs = 2000 / ratePerSecond;
  let nextAtMs = 0;
  return {
    exchange: async (call): Promise<HttpFact> => {
      const nowMs = performance.now();
      const waitMs = Math.max(0, nextAtMs - nowMs);
      nextAtMs = nowMs + waitMs + spacingMs;
      if (waitMs > 0) await new Promise<void>((resolve) => setTimeout(resolve, waitMs));
      return await edge.exchange(call);
    },
    close: () => {
      edge.close();
    },
  };
}

function notConfigured({ provider, account }: Filter): CommandFailure {
  return new CommandFailure(
    'ACCOUNT_NOT_CONFIGURED',
    {
      happened: `no account ${provider ?? ''}/${account ?? ''} is configured here`,
      notDone: 'nothing was compared',
      next: 'give its credentials as the processor gets them (variables, or REFUNDRY_CONFIG), or SANDBOX_URL',
    },
    2,
  );
}
