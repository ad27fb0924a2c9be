import { describeRefundProvider } from '#libs/provider-kit/testing';
import { startSandbox } from '../../apps/sandbox/sandbox.ts';
import { readBraintreeAccount } from './account.ts';
import { createBraintree } from './submit/index.ts';

const SECOND_MS = 1000;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

const SECRET = 'sandbox_private';

function account(baseUrl: string, privateKey = SECRET) {
  return readBraintreeAccount({
    name: 'default',
    merchant: 'sandbox_merchant',
    settings: {
      merchantId: 'sandbox_merchant',
      publicKey: 'sandbox_public',
      privateKey,
      environment: 'sandbox',
      baseUrl,
    },
  });
}

const declined = (code: string) => ({ kind: 'declined', code }) as const;
const notApplied = (because: string) => ({ kind: 'notApplied', because }) as const;
const unknown = { kind: 'unknown', phase: 'unlisted' } as const;

describeRefundProvider({
  name: 'braintree',
  startSandbox: async () => await startSandbox(),
  create: createBraintree,
  account: (baseUrl) => account(baseUrl),
  wrongAccount: (baseUrl) => account(baseUrl, 'not_the_private_key'),
  secrets: [SECRET, 'not_the_private_key'],
  currency: 'USD',
  unknownPaymentId: 'nosuchid',
  capabilities: {
    resend: 'sameKey',
    replayWindowMs: 29 * DAY_MS,
    lookUp: ['providerRefundId', 'reference'],
    visibilityDelayMs: 120 * SECOND_MS,
    webhooks: true,
    partials: true,
    void: true,
    spacingMs: 10 * SECOND_MS,
    schedule: {
      firstLookUpMs: 90 * SECOND_MS,
      pollFirstMs: HOUR_MS,
      pollMaxMs: HOUR_MS,
      overdueMs: 5 * DAY_MS,
      rereadFirstMs: DAY_MS,
      rereadForMs: 60 * DAY_MS,
    },
    currencies: 'listed',
  },
  expectedSkips: ['a balance that does not cover it moves nothing'],
  declines: [
    {
      what: 'a refund that the bank declines in the answer',
      paymentAmount: '9000.00',
      amount: '2004.00',
      outcome: { ...declined('2004'), actBy: 'merchant', readingStale: true },
    },
    {
      what: 'a refund that meets a failing network',
      paymentAmount: '9000.00',
      amount: '3000.00',
      outcome: declined('3000'),
    },
  ],
  ownReference: (orderId) => ({ orderId }),
  ownReferenceLookUp: 'perhaps',
  voidable: { fields: { status: 'authorized' } },
  notCaptured: { fields: { status: 'settlement_confirmed' }, code: 'PAYMENT_NOT_SETTLED' },
  staysPending: { settleAfterMs: null },
  emptyBalance: null,
  webhookPaymentFields: { method: 'us_bank_account' },
  webhookSignature: 'body',
  outcomes: {
    overTheRest: unknown,
    fullyRefunded: unknown,
    notCaptured: notApplied('notSettled'),
    notFound: { ...declined('PAYMENT_NOT_FOUND'), mayRequestAgain: false },
    rateLimited: { ...notApplied('rateLimited'), retryAfterMs: 7000 },
    wrongCredentials: notApplied('credentials'),
  },
  refusals: [
    { httpStatus: 422, words: '91506 Not settled.', outcome: notApplied('notSettled') },
    { httpStatus: 422, words: '91574 Still settling.', outcome: notApplied('notSettled') },
    { httpStatus: 422, words: '91512 Refunded in full.', outcome: unknown },
    { httpStatus: 422, words: '91521 Too much.', outcome: unknown },
    { httpStatus: 422, words: '91563 All or nothing.', outcome: declined('PARTIAL_NOT_SUPPORTED') },
    {
      httpStatus: 422,
      words: '91547 No refunds here.',
      outcome: { ...declined('MERCHANT_ACCOUNT_REFUSED'), actBy: 'operator' },
    },
    { httpStatus: 422, words: '915231 No keys here.', outcome: notApplied('keyRefused') },
    { httpStatus: 422, words: '915232 Another request has this key.', outcome: unknown },
    { httpStatus: 422, words: '915233 In flight.', outcome: notApplied('busy') },
    { httpStatus: 422, words: '915234 The first request failed.', outcome: notApplied('keySpent') },
    {
      httpStatus: 422,
      words: '915235 Something broke.',
      outcome: { kind: 'unknown', phase: 'serverError' },
    },
    { httpStatus: 422, words: '99999 The words of tomorrow', outcome: unknown },
    { httpStatus: 400, words: 'Bad Request', outcome: unknown },
    { httpStatus: 401, words: 'Unauthorized', outcome: notApplied('credentials') },
    { httpStatus: 403, words: 'Forbidden', outcome: notApplied('credentials') },
    { httpStatus: 408, words: 'Request Timeout', outcome: { kind: 'unknown', phase: 'serverError' } },
    { httpStatus: 426, words: 'Upgrade Required', outcome: notApplied('credentials') },
  ],
});
