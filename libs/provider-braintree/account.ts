import { plainToInstance } from 'class-transformer';
import { IsIn, IsOptional, Length, Matches, validateSync } from 'class-validator';
import type { ProviderAccount } from '#libs/provider-kit';
import { invariant } from '#libs/refund';

const VENDOR_URLS = {
  production: 'https://api.braintreegateway.com',
  sandbox: 'https://api.sandbox.braintreegateway.com',
} as const;

/** From which status on a refund counts as completed. */
export type CompleteAt = 'settled' | 'submitted_for_settlement';

/** What the configuration knows of an account: names and texts; their meaning is here. */
export interface AccountSource {
  readonly name: string;
  /** Braintree's merchant id. */
  readonly merchant: string;
  readonly settings: Readonly<Record<string, string>>;
}

/** An account whose settings cannot be used. The message names the settings at fault and never a value. */
export class AccountInvalid extends Error {
  override readonly name = 'AccountInvalid';
  readonly code = 'ACCOUNT_INVALID';
}

class BraintreeSettings {
  @Matches(/^[A-Za-z0-9_-]{1,64}$/, { message: 'merchantId must be 1 to 64 letters, digits, _ or -' })
  merchantId!: string;

  @Matches(/^[A-Za-z0-9_-]{1,200}$/, { message: 'publicKey must be 1 to 200 letters, digits, _ or -' })
  publicKey!: string;

  @Length(6, 200, { message: 'privateKey must have 6 to 200 characters' })
  @Matches(/^[\x21-\x7e]*$/, { message: 'privateKey must be printable ASCII without spaces' })
  privateKey!: string;

  @IsOptional()
  @Matches(/^https?:\/\/[^\s?#@]+$/, {
    message: 'baseUrl must be an http(s) address without query or credentials',
  })
  baseUrl?: string;

  @IsOptional()
  @IsIn(['production', 'sandbox'], { message: 'environment must be production or sandbox' })
  environment?: 'production' | 'sandbox';

  @IsOptional()
  @IsIn(['true', 'false'], { message: 'requestKeys must be true or false' })
  requestKeys?: 'true' | 'false';

  @IsOptional()
  @IsIn(['settled', 'submitted_for_settlement'], {
    message: 'completeAt must be settled or submitted_for_settlement',
  })
  completeAt?: CompleteAt;
}

/** Keys of one account, and what is known of it. Nothing secret is an own property: a log of the account shows none of it. */
export class BraintreeCredentials {
  readonly merchantId: string;
  readonly publicKey: string;
  readonly completeAt: CompleteAt;
  readonly #privateKey: string;
  readonly #authorization: string;
  readonly #secrets: readonly string[];
  #takesRequestKeys: boolean;

  constructor(settings: {
    readonly merchantId: string;
    readonly publicKey: string;
    readonly privateKey: string;
    readonly completeAt: CompleteAt;
    readonly requestKeys: boolean;
  }) {
    const { merchantId, publicKey, privateKey, completeAt, requestKeys } = settings;
    this.merchantId = merchantId;
    this.publicKey = publicKey;
    this.completeAt = completeAt;
    const pair = Buffer.from(`${publicKey}:${privateKey}`).toString('base64');
    this.#authorization = `Basic ${pair}`;
    this.#privateKey = privateKey;
    this.#secrets = [privateKey, pair];
    this.#takesRequestKeys = requestKeys;
  }

  /** The header of every call, applied at send time. */
  authorization(): string {
    return this.#authorization;
  }

  /** What webhooks are signed with. */
  privateKey(): string {
    return this.#privateKey;
  }

  /** What must not appear in anything that is kept; always the same list. */
  secrets(): readonly string[] {
    return this.#secrets;
  }

  /** False by the account's setting, or since Braintree refused a key of this merchant. */
  takesRequestKeys(): boolean {
    return this.#takesRequestKeys;
  }

  /** Remembered until the process ends: every further refund would only spend a call to hear the same. */
  rememberKeysRefused(): void {
    this.#takesRequestKeys = false;
  }
}

/**
 * Reads one account of the configuration.
 * @throws AccountInvalid when a setting is missing or has no usable form.
 */
export function readBraintreeAccount(source: AccountSource): ProviderAccount<BraintreeCredentials> {
  const settings = plainToInstance(BraintreeSettings, source.settings);
  const faults = validateSync(settings, { whitelist: true, forbidNonWhitelisted: true }).flatMap((fault) =>
    Object.values(fault.constraints ?? {}),
  );
  const { environment = 'production' } = settings;
  const baseUrl = (settings.baseUrl ?? VENDOR_URLS[environment] ?? '').replace(/\/+$/, '');
  const isVendorSandbox = hostOf(baseUrl) === hostOf(VENDOR_URLS.sandbox);
  const mode = environment === 'sandbox' || isVendorSandbox ? 'test' : 'live';
  if (environment === 'sandbox' && hostOf(baseUrl) === hostOf(VENDOR_URLS.production))
    faults.push('baseUrl must not be the production address with environment sandbox');
  if (mode === 'live' && baseUrl.startsWith('http:'))
    faults.push('baseUrl must be https unless environment is sandbox');
  if (faults.length > 0) throw new AccountInvalid(`braintree/${source.name}: ${faults.join('; ')}`);
  return {
    provider: 'braintree',
    name: source.name,
    merchant: source.merchant,
    mode,
    baseUrl,
    credentials: new BraintreeCredentials({
      merchantId: settings.merchantId,
      publicKey: settings.publicKey,
      privateKey: settings.privateKey,
      completeAt: settings.completeAt ?? 'settled',
      requestKeys: settings.requestKeys !== 'false',
    }),
  };
}

export function credentialsOf(account: ProviderAccount): BraintreeCredentials {
  invariant(account.credentials instanceof BraintreeCredentials, `${account.name} is no Braintree account`);
  return account.credentials;
}

function hostOf(address: string): string | null {
  return URL.parse(address)?.host ?? null;
}
