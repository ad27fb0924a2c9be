import { plainToInstance } from 'class-transformer';
import { IsOptional, IsString, Length, Matches, validateSync } from 'class-validator';
import type { ProviderAccount } from '#libs/provider-kit';
import { invariant } from '#libs/refund';

const VENDOR_URL = 'https://api.razorpay.com';

/** What the configuration knows of an account: names and texts; their meaning is here. */
export interface AccountSource {
  readonly name: string;
  /** `acc_…` where the setting `accountId` has it, otherwise the account's name: a key is no identity, it is rotated. */
  readonly merchant: string;
  readonly settings: Readonly<Record<string, string>>;
}

/** An account whose settings cannot be used. The message names the settings at fault and never a value. */
export class AccountInvalid extends Error {
  override readonly name = 'AccountInvalid';
  readonly code = 'ACCOUNT_INVALID';
}

class RazorpaySettings {
  @Matches(/^rzp_(test|live)_[A-Za-z0-9_]{1,60}$/, {
    message: 'keyId must be a key id, rzp_test_… or rzp_live_…',
  })
  keyId!: string;

  @Length(6, 200, { message: 'keySecret must have 6 to 200 characters' })
  @Matches(/^[\x21-\x7e]*$/, { message: 'keySecret must be printable ASCII without spaces' })
  keySecret!: string;

  @IsOptional()
  @Length(6, 1000, { message: 'webhookSecret must have 6 to 1000 characters' })
  @Matches(/^[^,\s]{6,}(\s*,\s*[^,\s]{6,})*$/, {
    message: 'webhookSecret must be one secret or several with commas between, each of 6 characters or more',
  })
  webhookSecret?: string;

  @IsOptional()
  @Matches(/^https?:\/\/[^\s?#@]+$/, {
    message: 'baseUrl must be an http(s) address without query or credentials',
  })
  baseUrl?: string;

  @IsOptional()
  @IsString()
  @Matches(/^acc_[A-Za-z0-9]{1,40}$/, { message: 'accountId must be acc_…' })
  accountId?: string;
}

/** Keys of one account. Nothing secret is an own property: a log of the account shows none of it. */
export class RazorpayCredentials {
  readonly keyId: string;
  readonly #authorization: string;
  readonly #webhookSecrets: readonly string[];
  readonly #secrets: readonly string[];

  constructor(keyId: string, keySecret: string, webhookSecrets: readonly string[]) {
    this.keyId = keyId;
    const pair = Buffer.from(`${keyId}:${keySecret}`).toString('base64');
    this.#authorization = `Basic ${pair}`;
    this.#webhookSecrets = webhookSecrets;
    this.#secrets = [keySecret, pair, ...webhookSecrets];
  }

  /** The header of every call, applied at send time. */
  authorization(): string {
    return this.#authorization;
  }

  /** The current secret and, while it rotates, the one before: retries of old events are still signed with that. */
  webhookSecrets(): readonly string[] {
    return this.#webhookSecrets;
  }

  /** What must not appear in anything that is kept; always the same list. */
  secrets(): readonly string[] {
    return this.#secrets;
  }
}

/**
 * Reads one account of the configuration.
 * @throws AccountInvalid when a setting is missing or has no usable form.
 */
export function readRazorpayAccount(source: AccountSource): ProviderAccount<RazorpayCredentials> {
  const settings = plainToInstance(RazorpaySettings, source.settings);
  const faults = validateSync(settings, { whitelist: true, forbidNonWhitelisted: true }).flatMap((fault) =>
    Object.values(fault.constraints ?? {}),
  );
  const mode = settings.keyId?.startsWith('rzp_live_') ? 'live' : 'test';
  const baseUrl = (settings.baseUrl ?? VENDOR_URL).replace(/\/+$/, '').replace(/\/v1$/, '');
  if (mode === 'live' && baseUrl.startsWith('http:')) faults.push('baseUrl must be https for a live key');
  if (faults.length > 0) throw new AccountInvalid(`razorpay/${source.name}: ${faults.join('; ')}`);
  const webhookSecrets = (settings.webhookSecret ?? '')
    .split(',')
    .map((secret) => secret.trim())
    .filter((secret) => secret !== '');
  return {
    provider: 'razorpay',
    name: source.name,
    merchant: source.merchant,
    mode,
    baseUrl,
    credentials: new RazorpayCredentials(settings.keyId, settings.keySecret, webhookSecrets),
  };
}

export function credentialsOf(account: ProviderAccount): RazorpayCredentials {
  invariant(account.credentials instanceof RazorpayCredentials, `${account.name} is no Razorpay account`);
  return account.credentials;
}
