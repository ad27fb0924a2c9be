import { createBraintree } from '#libs/provider-braintree/submit';
import type { BenchProvider } from './bench-top.ts';

/** Braintree at the sandbox, a provider whose unsettled payments are voided; `more` are settings of its account. */
export function braintree(more: Readonly<Record<string, string>> = {}): BenchProvider {
  return {
    name: 'braintree',
    currency: 'USD',
    open: (surroundings) => {
      const opened = createBraintree(surroundings);
      const keys = { publicKey: 'sandbox_public', privateKey: 'sandbox_private' };
      const settings = { merchantId: 'sandbox_merchant', environment: 'sandbox', ...keys, ...more };
      return {
        ...opened,
        account: (baseUrl) =>
          opened.readAccount({
            name: 'default',
            merchant: 'sandbox_merchant',
            settings: { ...settings, baseUrl },
          }),
      };
    },
  };
}
