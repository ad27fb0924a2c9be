import { SANDBOX_TIMING, type AccountConfig } from './account.ts';
import { fileAccounts } from './file-accounts.ts';
import type { Findings } from './faults.ts';
import { PROVIDERS, type ProviderRules } from './providers.ts';
import { checkAddress, type Environment, type EnvironmentReader } from './values.ts';

/** Every account of the environment, the sandbox and the file; each rule that one of them breaks is a fault. */
export function readAccounts(
  reader: EnvironmentReader,
  env: Environment,
  section: unknown,
  sandboxUrl: string | null,
  findings: Findings,
): readonly AccountConfig[] {
  const accounts: AccountConfig[] = [];
  for (const [provider, rules] of Object.entries(PROVIDERS)) {
    const account = defaultAccount(provider, rules, reader, sandboxUrl, findings);
    if (account !== null) accounts.push(account);
  }
  accounts.push(...fileAccounts(section, env, sandboxUrl, findings));
  checkDistinct(accounts, findings);
  const faulty = findings.faults.some(({ name }) => name.startsWith('accounts') || isSetting(name));
  if (accounts.length === 0 && !faulty) {
    findings.fault(
      'accounts',
      'no account is configured: set SANDBOX_URL to try it with the sandbox, or the variables of a provider (RAZORPAY_…, BRAINTREE_…, ROBOKASSA_…), or accounts in REFUNDRY_CONFIG',
    );
  }
  return accounts;
}

function defaultAccount(
  provider: string,
  rules: ProviderRules,
  reader: EnvironmentReader,
  sandboxUrl: string | null,
  findings: Findings,
): AccountConfig | null {
  const given = new Map<string, string>();
  for (const [setting, rule] of Object.entries(rules.settings)) {
    const value = rule.env === undefined ? null : reader.text(rule.env);
    if (value !== null) given.set(setting, rule.address === true ? value.replace(/\/+$/, '') : value);
  }
  if (sandboxUrl !== null) {
    for (const setting of given.keys()) {
      findings.fault(
        rules.settings[setting]?.env ?? setting,
        'is set beside SANDBOX_URL: real credentials and the sandbox exclude each other; unset one of them',
      );
    }
    return account(provider, 'default', { ...rules.sandbox, baseUrl: sandboxUrl }, 'sandbox', rules);
  }
  if (given.size === 0 || !checkGiven(provider, rules, given, findings)) return null;
  return account(provider, 'default', Object.fromEntries(given), 'live', rules);
}

/** False when a required setting is missing. */
function checkGiven(
  provider: string,
  rules: ProviderRules,
  given: ReadonlyMap<string, string>,
  findings: Findings,
): boolean {
  let complete = true;
  for (const [setting, rule] of Object.entries(rules.settings)) {
    const value = given.get(setting);
    const name = rule.env ?? setting;
    if (value === undefined && rule.required === true) {
      findings.fault(name, `is missing: the account ${provider}/default needs it`);
      complete = false;
    }
    if (value !== undefined && rule.address === true) checkAddress(name, value, findings);
  }
  return complete;
}

function account(
  provider: string,
  name: string,
  settings: Readonly<Record<string, string>>,
  profile: 'live' | 'sandbox',
  rules: ProviderRules,
): AccountConfig {
  return {
    provider,
    name,
    merchant: settings[rules.merchantSetting] ?? name,
    settings,
    profile,
    verify: 'first',
    concurrency: null,
    ratePerSecond: null,
    timing: profile === 'sandbox' ? SANDBOX_TIMING : {},
  };
}

/** Refunds of one payment are guarded within a merchant identity: with two accounts for one, the guard would be split. */
function checkDistinct(accounts: readonly AccountConfig[], findings: Findings): void {
  const seen = new Map<string, AccountConfig>();
  for (const one of accounts) {
    const key = one.settings[PROVIDERS[one.provider]?.keySetting ?? ''] ?? '';
    const claims = [
      [`name ${one.provider}/${one.name}`, 'have one name'],
      [`merchant ${one.provider}/${one.merchant}`, 'have one merchant identity'],
      [`key ${one.provider}/${key}`, 'use one key, so they are one merchant'],
    ] as const;
    for (const [claim, what] of claims) {
      const other = seen.get(claim);
      if (other === undefined) {
        seen.set(claim, one);
        continue;
      }
      findings.fault(
        'accounts',
        `${one.provider}/${other.name} and ${one.provider}/${one.name} ${what}: keep one of them`,
      );
      break;
    }
  }
}

function isSetting(name: string): boolean {
  return Object.values(PROVIDERS).some((rules) =>
    Object.values(rules.settings).some((rule) => rule.env === name),
  );
}
