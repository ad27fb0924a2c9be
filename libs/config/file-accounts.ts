import { SANDBOX_TIMING, type AccountConfig, type Timing } from './account.ts';
import { isRecord, unknownKeys, type Document } from './document.ts';
import type { Findings } from './faults.ts';
import { readNumbers } from './limits.ts';
import { suggestion } from './nearest.ts';
import { PROVIDERS, type ProviderRules } from './providers.ts';
import { checkAddress, type Environment } from './values.ts';

const KEYS = [
  'provider',
  'name',
  'settings',
  'profile',
  'verify',
  'concurrency',
  'ratePerSecond',
  'timing',
] as const;

const DAY_MS = 86_400_000;
const span = (meaning: string, min: number, max: number) => ({ default: 0, min, max, meaning });
const TIMING = {
  firstLookUpMs: span('from an unknown answer to the first look-up', 1, DAY_MS),
  pollFirstMs: span('first pause between polls; it doubles', 1, DAY_MS),
  pollMaxMs: span('longest pause between polls', 1, 7 * DAY_MS),
  overdueMs: span('a pending or unknown refund older than this goes to review', 1000, 90 * DAY_MS),
  spacingMs: span('least time between two refunds of one payment', 0, DAY_MS),
  visibilityDelayMs: span('how long a refund may stay invisible to a look-up', 0, 7 * DAY_MS),
  rereadFirstMs: span(
    'from completion to the first time that a refund is read again; the pause doubles',
    1,
    30 * DAY_MS,
  ),
  rereadForMs: span('a refund completed for longer is not read again; 0: none ever is', 0, 365 * DAY_MS),
} as const;

/** Accounts of the file's section `accounts`. Faulty ones are reported and left out. */
export function fileAccounts(
  section: unknown,
  env: Environment,
  sandboxUrl: string | null,
  findings: Findings,
): readonly AccountConfig[] {
  if (section === undefined) return [];
  if (!Array.isArray(section)) {
    findings.fault('accounts', 'must be a list of accounts');
    return [];
  }
  const entries: readonly unknown[] = section;
  return entries.flatMap((entry, index) => {
    const path = `accounts[${String(index)}]`;
    const account = fileAccount(entry, path, env, findings);
    if (account !== null && sandboxUrl !== null && account.profile === 'live') {
      findings.fault(
        path,
        `real credentials of ${account.provider} beside SANDBOX_URL: unset it, or give the account "profile": "sandbox"`,
      );
    }
    return account === null ? [] : [account];
  });
}

function fileAccount(
  entry: unknown,
  path: string,
  env: Environment,
  findings: Findings,
): AccountConfig | null {
  if (!isRecord(entry)) {
    findings.fault(path, 'must be an object');
    return null;
  }
  unknownKeys(entry, KEYS, path, findings);
  const { provider, name } = entry;
  const rules =
    typeof provider === 'string' && Object.hasOwn(PROVIDERS, provider) ? PROVIDERS[provider] : undefined;
  if (rules === undefined) {
    findings.fault(`${path}.provider`, `must be one of ${Object.keys(PROVIDERS).join(', ')}`);
  }
  const named = typeof name === 'string' && /^[A-Za-z0-9_-]{1,64}$/.test(name);
  if (!named) findings.fault(`${path}.name`, 'must be 1 to 64 letters, digits, _ or -');
  const profile = choice(entry, 'profile', ['live', 'sandbox'], 'live', path, findings);
  const verify = choice(entry, 'verify', ['always', 'first', 'never'], 'first', path, findings);
  const timing = readTiming(entry['timing'], profile, `${path}.timing`, findings);
  const concurrency = optionalNumber(entry, 'concurrency', path, findings);
  const ratePerSecond = optionalNumber(entry, 'ratePerSecond', path, findings);
  if (rules === undefined || typeof provider !== 'string' || !named) return null;
  const settings = readSettings(entry['settings'], rules, profile, `${path}.settings`, env, findings);
  if (settings === null) return null;
  const merchant = settings[rules.merchantSetting] ?? name;
  return { provider, name, merchant, settings, profile, verify, concurrency, ratePerSecond, timing };
}

/** A setting is a text, or `{"env": "NAME"}` to keep a secret out of the file. */
function readSettings(
  section: unknown,
  rules: ProviderRules,
  profile: 'live' | 'sandbox',
  path: string,
  env: Environment,
  findings: Findings,
): Readonly<Record<string, string>> | null {
  if (!isRecord(section)) {
    findings.fault(path, 'is missing: an object with the credentials');
    return null;
  }
  const settings: Record<string, string> = profile === 'sandbox' ? { ...rules.sandbox } : {};
  for (const [key, value] of Object.entries(section)) {
    const rule = Object.hasOwn(rules.settings, key) ? rules.settings[key] : undefined;
    if (rule === undefined) {
      findings.fault(`${path}.${key}`, `unknown; ${suggestion(key, Object.keys(rules.settings))}`);
      continue;
    }
    const text = settingText(value, `${path}.${key}`, env, findings);
    if (text === null) continue;
    if (rule.address === true) checkAddress(`${path}.${key}`, text, findings);
    settings[key] = rule.address === true ? text.replace(/\/+$/, '') : text;
  }
  let complete = true;
  for (const [key, rule] of Object.entries(rules.settings)) {
    if (rule.required !== true || settings[key] !== undefined) continue;
    complete = false;
    if (section[key] === undefined) findings.fault(`${path}.${key}`, 'is missing');
  }
  return complete ? settings : null;
}

function settingText(value: unknown, path: string, env: Environment, findings: Findings): string | null {
  if (typeof value === 'string' && value !== '') return value;
  if (isRecord(value) && typeof value['env'] === 'string') {
    const found = env[value['env']]?.trim();
    if (found !== undefined && found !== '') return found;
    findings.fault(path, `names the environment variable ${value['env']}, which is not set`);
    return null;
  }
  findings.fault(path, 'must be a text, or {"env": "NAME_OF_A_VARIABLE"}');
  return null;
}

function readTiming(section: unknown, profile: 'live' | 'sandbox', path: string, findings: Findings): Timing {
  const base = profile === 'sandbox' ? SANDBOX_TIMING : {};
  if (section === undefined) return base;
  const numbers = readNumbers(TIMING, section, path, findings);
  const given = isRecord(section) ? Object.keys(section) : [];
  const set = Object.entries(numbers).filter(([name]) => given.includes(name));
  return { ...base, ...Object.fromEntries(set) };
}

function choice<Value extends string>(
  entry: Document,
  key: string,
  values: readonly Value[],
  fallback: Value,
  path: string,
  findings: Findings,
): Value {
  const value = entry[key];
  if (value === undefined) return fallback;
  const match = values.find((candidate) => candidate === value);
  if (match === undefined) findings.fault(`${path}.${key}`, `must be one of ${values.join(', ')}`);
  return match ?? fallback;
}

function optionalNumber(entry: Document, key: string, path: string, findings: Findings): number | null {
  const value = entry[key];
  if (value === undefined || value === null) return null;
  if (typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= 10_000) return value;
  findings.fault(`${path}.${key}`, 'must be a whole number from 1 to 10000');
  return null;
}
