import type { HttpEdge, ProviderAccount, ProviderModule } from '#libs/provider-kit';
import type { RefundSubmitter } from '#libs/provider-kit/submit';
import { readRazorpayAccount, type AccountSource } from './account.ts';
import type { RazorpayApi } from './api-call.ts';
import { RAZORPAY_CAPABILITIES } from './capabilities.ts';
import { decimalsTaken } from './currency.ts';
import { listRefunds } from './list.ts';
import { lookUp } from './look-up.ts';
import { checkOptions, checkPaymentId } from './options.ts';
import { readPayment } from './payment.ts';
import { prepare } from './prepare.ts';
import { probe } from './probe.ts';
import { submit } from './submit.ts';
import { readWebhook } from './webhook.ts';

export { AccountInvalid, type AccountSource } from './account.ts';
export { RAZORPAY_CAPABILITIES } from './capabilities.ts';
export { ListingUnavailable } from './list.ts';
export { RazorpayOptions } from './options.ts';

/** Razorpay as the composition root takes it: reading, the port that moves money, and how to read an account's settings. */
export interface Razorpay {
  readonly module: ProviderModule;
  readonly submitter: RefundSubmitter;
  /** @throws AccountInvalid when a setting is missing or has no usable form; the message names it and holds no value. */
  readAccount(source: AccountSource): ProviderAccount;
}

/** `callTimeoutMs` is the deadline of every single HTTP call. */
export function createRazorpay(surroundings: {
  readonly edge: HttpEdge;
  readonly callTimeoutMs: number;
}): Razorpay {
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
      currencyDecimals: decimalsTaken,
      checkOptions,
      checkPaymentId,
    },
    submitter: {
      prepare: (_account, task, _reading, attemptNo, previous) => prepare(task, attemptNo, previous),
      submit: async (account, attempt, signal) => await submit(api, account, attempt, signal),
    },
    readAccount: readRazorpayAccount,
  };
}
