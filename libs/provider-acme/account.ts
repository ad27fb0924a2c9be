import { plainToInstance } from 'class-transformer';
import { IsOptional, Matches, validateSync } from 'class-validator';
import type { ProviderAccount } from '#libs/provider-kit';
import { invariant } from '#libs/refund';

const VENDOR_URL = 'https://api.acme.example';

/** What the configuration knows of an account: names and texts; their meaning is here. */
export interface AccountSource {
  readonly name: string;
  /** The setting `merchantId`. */
  readonly merchant: string;
  readonly settings: Readonly<Record<string, string>>;
}

/** An account whose settings cannot be used. The message names the settings at fault and never a value. */
export class AccountInvalid extends Error {
  override readonly name = 'AccountInvalid';
  readonly code = 'ACCOUNT_INVALID';
}

class AcmeSettings {
  @Matches(/^[A-Za-z0-9_-]{1,64}$/, { message: 'merchantId must be letters, digits, _ or -' })
  merchantId!: string;

  @Matches(/^(test|live)_[\x21-\x7e]{6,200}$/, { message: 'secretKey must be a key, test_… or live_…' })
  secretKey!: string;

  @IsOptional()
  @Matches(/^https?:\/\/[^\s?#@]+$/, {
    message: 'baseUrl must be an http(s) address without query or credentials',
  })
  baseUrl?: string;
}

/** Keys of one account. Nothing secret is an own property: a log of the account shows none of it. */
export class AcmeCredentials {
  readonly #authorization: string;
  readonly #secrets: readonly string[];

  constructor(merchantId: string, secretKey: string) {
    const pair = Buffer.from(`${merchantId}:${secretKey}`).toString('base64');
    this.#authorization = `Basic ${pair}`;
    this.#secrets = [secretKey, pair];
  }

  /** The header of every call, applied at send time. */
  authorization(): string {
    return this.#authorization;
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
export function readAcmeAccount(source: AccountSource): ProviderAccount<AcmeCredentials> {
  const settings = plainToInstance(AcmeSettings, source.settings);
  const faults = validateSync(settings, { whitelist: true, forbidNonWhitelisted: true }).flatMap((fault) =>
    Object.values(fault.constraints ?? {}),
  );
  const mode = settings.secretKey?.startsWith('live_') ? 'live' : 'test';
  const baseUrl = (settings.baseUrl ?? VENDOR_URL).replace(/\/+$/, '');
  if (mode === 'live' && baseUrl.startsWith('http:')) faults.push('baseUrl must be https for a live key');
  if (faults.length > 0) throw new AccountInvalid(`acme/${source.name}: ${faults.join('; ')}`);
  return {
    provider: 'acme',
    name: source.name,
    merchant: source.merchant,
    mode,
    baseUrl,
    credentials: new AcmeCredentials(settings.merchantId, settings.secretKey),
  };
}

export function credentialsOf(account: ProviderAccount): AcmeCredentials {
  invariant(account.credentials instanceof AcmeCredentials, `${account.name} is no account of this provider`);
  return account.credentials;
}
