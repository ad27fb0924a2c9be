import type { AccountConfig, Config } from '#libs/config';
import {
  createHttpEdge,
  type OptionFault,
  type ProviderAccount,
  type ProviderModule,
} from '#libs/provider-kit';
import { CommandFailure } from '../failure.ts';
import { PROVIDERS } from '../providers.ts';

/** A provider's desk with the account whose keys are used. */
export interface OpenDesk {
  /** As errors name it: `razorpay/india`. */
  readonly label: string;
  readonly configured: AccountConfig;
  readonly account: ProviderAccount;
  readonly module: ProviderModule;
}

const DEFAULT_ACCOUNT = 'default';

/** Lends the desk for the length of one command. `accountName` null: the account `default`, or the provider's only one. */
export async function withDesk<Answer>(
  config: Config,
  provider: string,
  accountName: string | null,
  use: (desk: OpenDesk) => Promise<Answer>,
): Promise<Answer> {
  const create = PROVIDERS.get(provider);
  if (create === undefined) throw new Error(`no module for provider ${provider}`);
  const configured = chooseAccount(config, provider, accountName);
  const edge = createHttpEdge({});
  try {
    const reading = create({ edge, callTimeoutMs: config.executor.callTimeoutMs });
    const { module } = reading;
    const label = `${provider}/${configured.name}`;
    return await use({ label, configured, account: reading.readAccount(configured), module });
  } finally {
    edge.close();
  }
}

function chooseAccount(config: Config, provider: string, name: string | null): AccountConfig {
  const accounts = config.accounts.filter((account) => account.provider === provider);
  const chosen =
    accounts.find((account) => account.name === (name ?? DEFAULT_ACCOUNT)) ??
    (name === null && accounts.length === 1 ? accounts[0] : undefined);
  if (chosen !== undefined) return chosen;
  const known = accounts.map((account) => account.name).join(', ');
  throw new CommandFailure(
    'ACCOUNT_NOT_CONFIGURED',
    {
      happened: `no account ${provider}/${name ?? DEFAULT_ACCOUNT} is configured here`,
      notDone: 'the provider was not asked',
      next:
        known === ''
          ? `give ${provider}'s credentials as the processor gets them (variables, or REFUNDRY_CONFIG), or SANDBOX_URL`
          : `name one with --account: ${known}`,
    },
    2,
  );
}

/** Stops before a call that the provider could only refuse. */
export function refuseFaults(faults: readonly OptionFault[]): void {
  const [first] = faults;
  if (first === undefined) return;
  throw new CommandFailure(
    first.code,
    {
      happened: faults.map(({ message }) => message).join('; '),
      notDone: 'the provider was not asked',
      next: 'correct it; --help says what is possible',
    },
    2,
  );
}
