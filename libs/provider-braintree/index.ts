import type { HttpEdge, ProviderAccount, ProviderModule } from '#libs/provider-kit';
import { readBraintreeAccount, type AccountSource } from './account.ts';
import type { BraintreeApi } from './api-call.ts';
import { BRAINTREE_CAPABILITIES } from './capabilities.ts';
import { decimalsOf } from './currency.ts';
import { createDesk } from './desk.ts';
import { listRefunds } from './list.ts';
import { lookUp } from './look-up.ts';
import { checkOptions, checkPaymentId } from './options.ts';
import { readPayment } from './payment.ts';
import { probe } from './probe.ts';
import { answerChallenge, readWebhook } from './webhook.ts';
import { whereToLook } from './where-to-look.ts';

export { AccountInvalid, type AccountSource } from './account.ts';
export { BRAINTREE_CAPABILITIES } from './capabilities.ts';
export { BraintreeOptions } from './options.ts';

/** Braintree for whoever only reads: the ports, and how to read an account's settings. */
export interface BraintreeReading {
  readonly module: ProviderModule;
  /** @throws AccountInvalid when a setting is missing or has no usable form; the message names it and holds no value. */
  readAccount(source: AccountSource): ProviderAccount;
}

/** `callTimeoutMs` is the deadline of every single HTTP call. */
export function createBraintreeReading(surroundings: {
  readonly edge: HttpEdge;
  readonly callTimeoutMs: number;
}): BraintreeReading {
  const api: BraintreeApi = surroundings;
  return {
    module: {
      name: 'braintree',
      capabilities: BRAINTREE_CAPABILITIES,
      reader: {
        probe: async (account, signal) => await probe(api, account, signal),
        readPayment: async (account, payment, signal) => await readPayment(api, account, payment, signal),
        lookUp: async (account, attempt, signal) => await lookUp(api, account, attempt, signal),
        listRefunds: (account, window, signal) => listRefunds(api, account, window, signal),
      },
      webhooks: { readWebhook, answerChallenge },
      desk: createDesk(api),
      whereToLook,
      currencyDecimals: decimalsOf,
      checkOptions,
      checkPaymentId,
    },
    readAccount: readBraintreeAccount,
  };
}
