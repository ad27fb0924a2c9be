import type { HttpEdge, ProviderAccount, ProviderModule } from '#libs/provider-kit';
import { readAcmeAccount, type AccountSource } from './account.ts';
import type { AcmeApi } from './api-call.ts';
import { ACME_CAPABILITIES } from './capabilities.ts';
import { exponentOf } from './currency.ts';
import { lookUp } from './look-up.ts';
import { checkOptions, checkPaymentId } from './options.ts';
import { readPayment } from './payment.ts';
import { probe } from './probe.ts';

export { AccountInvalid, type AccountSource } from './account.ts';
export { ACME_CAPABILITIES } from './capabilities.ts';
export { AcmeOptions } from './options.ts';

/** Acme without the port that moves money (see `submit/`), and how to read an account's settings. */
export interface AcmeReading {
  readonly module: ProviderModule;
  /** @throws AccountInvalid when a setting is missing or has no usable form; the message names it and holds no value. */
  readAccount(source: AccountSource): ProviderAccount;
}

/** `callTimeoutMs` is the deadline of every single HTTP call. */
export function createAcmeReading(surroundings: {
  readonly edge: HttpEdge;
  readonly callTimeoutMs: number;
}): AcmeReading {
  const api: AcmeApi = surroundings;
  return {
    module: {
      name: 'acme',
      capabilities: ACME_CAPABILITIES,
      reader: {
        probe: async (account, signal) => await probe(api, account, signal),
        readPayment: async (account, payment, signal) => await readPayment(api, account, payment, signal),
        lookUp: async (account, attempt, signal) => await lookUp(api, account, attempt, signal),
      },
      currencyDecimals: exponentOf,
      checkOptions,
      checkPaymentId,
    },
    readAccount: readAcmeAccount,
  };
}
