import { plainToInstance } from 'class-transformer';
import { IsIn, IsOptional, Length, Matches, validateSync } from 'class-validator';
import type { ProviderAccount } from '#libs/provider-kit';
import { invariant } from '#libs/refund';
import { CURRENCIES, type RobokassaCurrency } from './currency.ts';
import { HASH_ALGORITHMS, signatureOf, type HashAlgorithm } from './signature.ts';
import { signRefund, TOKEN_ALGORITHMS, type TokenAlgorithm } from './token.ts';

/** OpStateExt and the legacy interface live on one host, the refund service on the other. */
const PAYMENTS_URL = 'https://auth.robokassa.ru';
const REFUNDS_URL = 'https://services.robokassa.ru';

/** What the configuration knows of an account: names and texts; their meaning is here. */
export interface AccountSource {
  readonly name: string;
  /** The shop's login. */
  readonly merchant: string;
  readonly settings: Readonly<Record<string, string>>;
  /** Absent: `live`. */
  readonly profile?: 'live' | 'sandbox';
}

/** An account whose settings cannot be used. The message names the settings at fault and never a value. */
export class AccountInvalid extends Error {
  override readonly name = 'AccountInvalid';
  readonly code = 'ACCOUNT_INVALID';
}

const PASSWORD = /^[\x21-\x7e]{6,200}$/;
const passwordText = (name: string): string =>
  `${name} must be 6 to 200 printable ASCII characters without spaces`;

class RobokassaSettings {
  @Matches(/^[A-Za-z0-9._-]{1,100}$/, {
    message: 'login must be the MerchantLogin of the shop: letters, digits, dots, dashes, underscores',
  })
  login!: string;

  @IsOptional()
  @Matches(PASSWORD, { message: passwordText('password1') })
  password1?: string;

  @Matches(PASSWORD, { message: passwordText('password2') })
  password2!: string;

  @IsOptional()
  @Matches(PASSWORD, { message: passwordText('password3') })
  password3?: string;

  @IsOptional()
  @IsIn(HASH_ALGORITHMS, { message: `hash must be one of ${HASH_ALGORITHMS.join(', ')}` })
  hash?: HashAlgorithm;

  @IsOptional()
  @IsIn(TOKEN_ALGORITHMS, { message: `tokenAlgorithm must be one of ${TOKEN_ALGORITHMS.join(', ')}` })
  tokenAlgorithm?: TokenAlgorithm;

  @IsOptional()
  @IsIn(CURRENCIES, { message: `currency must be one of ${CURRENCIES.join(', ')}` })
  currency?: RobokassaCurrency;

  @IsOptional()
  @IsIn(['v1', 'v2'], { message: 'api must be v2, or v1 for the legacy interface' })
  api?: 'v1' | 'v2';

  @IsOptional()
  @Length(1, 500)
  @Matches(/^https?:\/\/[^\s?#@]+$/, {
    message: 'baseUrl must be an http(s) address without query or credentials',
  })
  baseUrl?: string;
}

/** Passwords of one shop. Nothing secret is an own property: a log of the account shows none of it. */
export class RobokassaCredentials {
  readonly login: string;
  readonly api: 'v1' | 'v2';
  readonly currency: RobokassaCurrency;
  /** Where payments are asked for, and where the legacy interface is. */
  readonly paymentsUrl: string;
  readonly #settings: RobokassaSettings;
  readonly #secrets: readonly string[];

  constructor(settings: RobokassaSettings, paymentsUrl: string) {
    this.login = settings.login;
    this.api = settings.api ?? 'v2';
    this.currency = settings.currency ?? 'RUB';
    this.paymentsUrl = paymentsUrl;
    this.#settings = settings;
    const { password1, password2, password3 } = settings;
    this.#secrets = [password1, password2, password3].filter((password) => password !== undefined);
  }

  /** Signs a question about a payment, with Password #2. */
  paymentSignature(invoiceId: string): string {
    return signatureOf(this.#hash(), [this.login, invoiceId, this.#settings.password2]);
  }

  /** The token that carries a refund, signed with Password #3; the content goes into it byte for byte. */
  refundToken(content: string): string {
    const { password3, tokenAlgorithm = 'HS256' } = this.#settings;
    invariant(password3 !== undefined, 'an account of the refund API has Password #3');
    return signRefund(content, password3, tokenAlgorithm);
  }

  /** Whether documents of the legacy interface can be signed; refunds of it may be open when the account has left it. */
  signsLegacy(): boolean {
    return this.#settings.password1 !== undefined;
  }

  /** Signs a document of the legacy interface, with Password #1. */
  legacySignature(values: readonly string[]): string {
    const { password1 } = this.#settings;
    invariant(password1 !== undefined, 'an account of the legacy interface has Password #1');
    return signatureOf(this.#hash(), [...values, password1]);
  }

  /** What must not appear in anything that is kept; always the same list. */
  secrets(): readonly string[] {
    return this.#secrets;
  }

  #hash(): HashAlgorithm {
    return this.#settings.hash ?? 'md5';
  }
}

/**
 * Reads one account of the configuration.
 * @throws AccountInvalid when a setting is missing or has no usable form.
 */
export function readRobokassaAccount(source: AccountSource): ProviderAccount<RobokassaCredentials> {
  const settings = plainToInstance(RobokassaSettings, source.settings);
  const faults = validateSync(settings, { whitelist: true, forbidNonWhitelisted: true }).flatMap((fault) =>
    Object.values(fault.constraints ?? {}),
  );
  const isLegacy = settings.api === 'v1';
  if (!isLegacy && settings.password3 === undefined)
    faults.push(
      'password3 (ROBOKASSA_PASSWORD3) is missing: refunds are signed with it; the shop gets it once RoboKassa has opened the refund API to it',
    );
  if (isLegacy && settings.password1 === undefined)
    faults.push('password1 (ROBOKASSA_PASSWORD1) is missing: the legacy interface signs with it');
  const own = settings.baseUrl?.replace(/\/+$/, '');
  const isSandbox = own !== undefined && (source.profile === 'sandbox' || isLoopback(own));
  if (own?.startsWith('http:') === true && !isSandbox)
    faults.push('baseUrl must be https; only a sandbox may be asked over http');
  if (faults.length > 0) throw new AccountInvalid(`robokassa/${source.name}: ${faults.join('; ')}`);
  return {
    provider: 'robokassa',
    name: source.name,
    merchant: source.merchant,
    // RoboKassa has no test mode for refunds: whatever goes to it is real money.
    mode: isSandbox ? 'test' : 'live',
    baseUrl: own ?? REFUNDS_URL,
    credentials: new RobokassaCredentials(settings, own ?? PAYMENTS_URL),
  };
}

export function credentialsOf(account: ProviderAccount): RobokassaCredentials {
  invariant(account.credentials instanceof RobokassaCredentials, `${account.name} is no RoboKassa account`);
  return account.credentials;
}

function isLoopback(address: string): boolean {
  const { protocol, hostname } = new URL(address);
  return protocol === 'http:' && ['localhost', '127.0.0.1', '[::1]'].includes(hostname);
}
