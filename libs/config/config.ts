import type { AccountConfig } from './account.ts';
import type { Books } from './books.ts';
import type { Fault } from './faults.ts';
import type { ExecutorLimits, Limits, RelayLimits, SealerLimits } from './limits.ts';
import { PROVIDERS } from './providers.ts';
import type { Topics } from './topics.ts';

export interface KafkaConfig {
  readonly kind: 'kafka';
  readonly brokers: readonly string[];
  /** Null: no TLS. `caFile` null: the system's authorities. */
  readonly ssl: { readonly caFile: string | null } | null;
  readonly sasl: {
    readonly mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512';
    readonly username: string;
    readonly password: string;
  } | null;
}

export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'silent';

/** Everything a process of Refundry may be told, checked and frozen. Holds secrets: log only what `configSecrets` does not name. */
export interface Config {
  readonly production: boolean;
  readonly bus: KafkaConfig | { readonly kind: 'embedded' };
  readonly groupId: string;
  readonly database: { readonly kind: 'url'; readonly url: string } | { readonly kind: 'embedded' };
  /** Absolute path. */
  readonly dataDirectory: string;
  readonly http: { readonly host: string; readonly port: number };
  readonly topics: Topics;
  readonly createTopics: boolean;
  readonly accounts: readonly AccountConfig[];
  readonly limits: Limits;
  readonly executor: ExecutorLimits;
  readonly relay: RelayLimits;
  readonly sealer: SealerLimits;
  readonly books: Books;
  readonly statusEvents: boolean;
  readonly logLevel: LogLevel;
  readonly sandboxUrl: string | null;
  /** What is not wrong but probably not meant; print it at the start. */
  readonly warnings: readonly Fault[];
}

/** Every secret value in a configuration, to be registered with the logs' redaction before anything else is logged. */
export function configSecrets(config: Config): readonly string[] {
  const secrets: string[] = [];
  for (const account of config.accounts) {
    const rules = PROVIDERS[account.provider]?.settings ?? {};
    for (const [setting, value] of Object.entries(account.settings)) {
      // While a secret rotates, a setting may hold the new and the old one.
      if (rules[setting]?.secret === true) secrets.push(...value.split(',').map((one) => one.trim()));
    }
  }
  if (config.bus.kind === 'kafka' && config.bus.sasl !== null) secrets.push(config.bus.sasl.password);
  if (config.database.kind === 'url') {
    const { password } = new URL(config.database.url);
    if (password !== '') secrets.push(password, decodeURIComponent(password));
  }
  return secrets;
}
