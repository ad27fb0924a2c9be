import type { HttpEdge, ProviderAccount, ProviderModule } from '#libs/provider-kit';
import { readRobokassaAccount, type AccountSource } from './account.ts';
import type { RobokassaApi } from './api-call.ts';
import { ROBOKASSA_CAPABILITIES } from './capabilities.ts';
import { decimalsTaken } from './currency.ts';
import { createDesk } from './desk.ts';
import { lookUp } from './look-up.ts';
import { checkOptions, checkPaymentId } from './options.ts';
import { readPayment } from './payment.ts';
import { probe } from './probe.ts';
import { readRefund } from './read-refund.ts';
import { providerRefundIdOf, readRequestId } from './request-id.ts';
import { whereToLook } from './where-to-look.ts';

export { AccountInvalid, type AccountSource } from './account.ts';
export { ROBOKASSA_CAPABILITIES } from './capabilities.ts';
export { RobokassaInvoiceItem, RobokassaOptions } from './options.ts';
export { providerRefundIdOf } from './request-id.ts';

/** RoboKassa without the port that moves money (see `submit/`), and how to read an account's settings. */
export interface RobokassaReading {
  readonly module: ProviderModule;
  /** @throws AccountInvalid when a setting is missing or has no usable form; the message names it and holds no value. */
  readAccount(source: AccountSource): ProviderAccount;
}

/** `callTimeoutMs` is the deadline of every single HTTP call. */
export function createRobokassaReading(surroundings: {
  readonly edge: HttpEdge;
  readonly callTimeoutMs: number;
}): RobokassaReading {
  const api: RobokassaApi = surroundings;
  const desk = createDesk(api);
  return {
    module: {
      name: 'robokassa',
      capabilities: ROBOKASSA_CAPABILITIES,
      reader: {
        probe: async (account, signal) => await probe(api, account, signal),
        readPayment: async (account, payment, signal) => await readPayment(api, account, payment, signal),
        lookUp: async (account, attempt, signal) => await lookUp(api, account, attempt, signal),
        readRefund: async (account, asked, signal) => await readRefund(desk, account, asked, signal),
      },
      desk,
      nameOfHandle: (handle) => {
        const requestId = readRequestId(handle);
        return requestId === null ? null : providerRefundIdOf(requestId);
      },
      whereToLook,
      currencyDecimals: decimalsTaken,
      checkOptions,
      checkPaymentId,
    },
    readAccount: readRobokassaAccount,
  };
}
