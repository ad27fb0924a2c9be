/** One setting of an account. `env` is the variable that sets it for the account `default`. */
interface SettingRule {
  readonly env?: string;
  readonly required?: true;
  readonly secret?: true;
  readonly address?: true;
}

/** What the configuration knows of a provider: names of settings, never their meaning. */
export interface ProviderRules {
  readonly settings: Readonly<Record<string, SettingRule>>;
  /** The setting that names the merchant identity; where it is absent, the account's own name is the identity. */
  readonly merchantSetting: string;
  /** The setting that must differ between accounts, because two accounts with one key are one merchant. */
  readonly keySetting: string;
  /** Credentials of the sandbox; they open nothing else. */
  readonly sandbox: Readonly<Record<string, string>>;
}

export const PROVIDERS: Readonly<Record<string, ProviderRules>> = {
  razorpay: {
    settings: {
      keyId: { env: 'RAZORPAY_KEY_ID', required: true },
      keySecret: { env: 'RAZORPAY_KEY_SECRET', required: true, secret: true },
      webhookSecret: { env: 'RAZORPAY_WEBHOOK_SECRET', secret: true },
      baseUrl: { env: 'RAZORPAY_BASE_URL', address: true },
      accountId: {},
    },
    merchantSetting: 'accountId',
    keySetting: 'keyId',
    sandbox: {
      keyId: 'rzp_test_sandbox',
      keySecret: 'sandbox_secret',
      webhookSecret: 'sandbox_webhook_secret',
    },
  },
  braintree: {
    settings: {
      merchantId: { env: 'BRAINTREE_MERCHANT_ID', required: true },
      publicKey: { env: 'BRAINTREE_PUBLIC_KEY', required: true },
      privateKey: { env: 'BRAINTREE_PRIVATE_KEY', required: true, secret: true },
      baseUrl: { env: 'BRAINTREE_BASE_URL', address: true },
      environment: { env: 'BRAINTREE_ENVIRONMENT' },
      requestKeys: {},
      completeAt: {},
    },
    merchantSetting: 'merchantId',
    keySetting: 'publicKey',
    sandbox: {
      merchantId: 'sandbox_merchant',
      publicKey: 'sandbox_public',
      privateKey: 'sandbox_private',
      environment: 'sandbox',
    },
  },
  robokassa: {
    settings: {
      login: { env: 'ROBOKASSA_LOGIN', required: true },
      password1: { env: 'ROBOKASSA_PASSWORD1', secret: true },
      password2: { env: 'ROBOKASSA_PASSWORD2', required: true, secret: true },
      // Required too, but not of an account that is set to the legacy interface: the module says so by name.
      password3: { env: 'ROBOKASSA_PASSWORD3', secret: true },
      baseUrl: { env: 'ROBOKASSA_BASE_URL', address: true },
      hash: {},
      tokenAlgorithm: {},
      currency: {},
      api: {},
    },
    merchantSetting: 'login',
    keySetting: 'login',
    sandbox: {
      login: 'demo',
      password1: 'password1',
      password2: 'password2',
      password3: 'password3',
    },
  },
};
