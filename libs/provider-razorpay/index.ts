import type {
  HttpEdge,
  ProviderAccount,
  ProviderModule,
  RefundAnnotator,
  RefundDesk,
} from '#libs/provider-kit';
import { readRazorpayAccount, type AccountSource } from './account.ts';
import { createAnnotator } from './annotate.ts';
import type { RazorpayApi } from './api-call.ts';
import { RAZORPAY_CAPABILITIES } from './capabilities.ts';
import { decimalsTaken } from './currency.ts';
import { createDesk } from './desk.ts';
import { listRefunds } from './list.ts';
import { lookUp } from './look-up.ts';
import { checkOptions, checkPaymentId } from './options.ts';
import { readPayment } from './payment.ts';
import { probe } from './probe.ts';
import { readWebhook } from './webhook.ts';
import { whereToLook } from './where-to-look.ts';

export { AccountInvalid, type AccountSource } from './account.ts';
export { RAZORPAY_CAPABILITIES } from './capabilities.ts';
export { RazorpayOptions } from './options.ts';

/** Razorpay without the port that moves money (see `submit/`), and how to read an account's settings. */
export interface RazorpayReading {
  readonly module: ProviderModule & { readonly desk: RefundDesk; readonly annotator: RefundAnnotator };
  /** @throws AccountInvalid when a setting is missing or has no usable form; the message names it and holds no value. */
  readAccount(source: AccountSource): ProviderAccount;
}

/** `callTimeoutMs` is the deadline of every single HTTP call. */
export function createRazorpayReading(surroundings: {
  readonly edge: HttpEdge;
  readonly callTimeoutMs: number;
}): RazorpayReading {
  const api: RazorpayApi = surroundings;
  return {
    module: {
      name: 'razorpay',
      capabilities: RAZORPAY_CAPABILITIES,
      reader: {
        probe: async (account, signal) => await probe(api, account, signal),
        readPayment: async (account, payment, signal) => await readPayment(api, account, payment, signal),
        lookUp: async (account, attempt, signal) => await lookUp(api, account, attempt, signal),
        listRefunds: (account, window, signal) => listRefunds(api, account, window, signal),
      },
      webhooks: { readWebhook },
      desk: createDesk(api),
      annotator: createAnnotator(api),
      whereToLook,
      currencyDecimals: decimalsTaken,
      checkOptions,
      checkPaymentId,
    },
    readAccount: readRazorpayAccount,
  };
}
