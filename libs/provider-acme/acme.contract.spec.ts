import { describeRefundProvider } from '#libs/provider-kit/testing';
import { startSandbox } from '../../apps/sandbox/sandbox.ts';
import { readAcmeAccount } from './account.ts';
import { createAcme } from './submit/index.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 1440 * MINUTE_MS;

const SECRET_KEY = 'test_acme_sandbox_key';
const WRONG_KEY = 'test_not_the_key';

function account(baseUrl: string, secretKey = SECRET_KEY) {
  const merchantId = 'sandbox_merchant';
  return readAcmeAccount({
    name: 'default',
    merchant: merchantId,
    settings: { merchantId, secretKey, baseUrl },
  });
}

const declined = (code: string) => ({ kind: 'declined', code }) as const;
const unknown = { kind: 'unknown', phase: 'unlisted' } as const;

describeRefundProvider({
  name: 'acme',
  startSandbox: async () => await startSandbox(),
  create: createAcme,
  account: (baseUrl) => account(baseUrl),
  wrongAccount: (baseUrl) => account(baseUrl, WRONG_KEY),
  secrets: [SECRET_KEY, WRONG_KEY],
  currency: 'EUR',
  unknownPaymentId: 'pay_00000000000000000000',
  capabilities: {
    resend: 'sameKey',
    replayWindowMs: DAY_MS,
    lookUp: ['providerRefundId', 'reference'],
    visibilityDelayMs: 10 * MINUTE_MS,
    webhooks: false,
    partials: true,
    void: false,
    spacingMs: 0,
    schedule: {
      firstLookUpMs: 10_000,
      pollFirstMs: MINUTE_MS,
      pollMaxMs: 60 * MINUTE_MS,
      overdueMs: 14 * DAY_MS,
      rereadFirstMs: DAY_MS,
      rereadForMs: 30 * DAY_MS,
    },
    currencies: 'listed',
  },
  expectedSkips: [
    'a full refund of a payment that is not settled yet is a void',
    'a balance that does not cover it moves nothing',
    "it is found where the caller's own text took the reference's place",
    "of two refunds of one amount with the caller's own texts, none is taken for the other",
    'a listing shows every refund of a payment once, with our references',
    'a webhook is verified over its bytes and hints at the refund it is about',
  ],
  declines: [
    {
      what: 'a refund whose answer says that it failed',
      paymentAmount: '500.00',
      behaviour: { newRefundStatus: 'failed' },
      amount: '10.00',
      outcome: { ...declined('REFUND_FAILED'), readingStale: true },
    },
  ],
  ownReference: null,
  notCaptured: { fields: { status: 'authorized' }, code: 'PAYMENT_NOT_CAPTURED' },
  staysPending: { newRefundStatus: 'pending' },
  emptyBalance: null,
  outcomes: {
    overTheRest: { ...declined('AMOUNT_TOO_HIGH'), readingStale: true },
    fullyRefunded: unknown,
    notCaptured: { ...declined('PAYMENT_NOT_CAPTURED'), readingStale: true },
    notFound: { ...declined('PAYMENT_NOT_FOUND'), mayRequestAgain: false },
    rateLimited: { kind: 'notApplied', because: 'rateLimited', retryAfterMs: 7000 },
    wrongCredentials: { kind: 'notApplied', because: 'credentials' },
  },
  refusals: [
    { httpStatus: 402, words: 'balance_too_low', outcome: { kind: 'notApplied', because: 'balance' } },
    { httpStatus: 409, words: 'payment_busy', outcome: { kind: 'notApplied', because: 'busy' } },
    { httpStatus: 409, words: 'key_reused', outcome: unknown },
    { httpStatus: 400, words: 'invalid_request', outcome: declined('REQUEST_MALFORMED') },
    { httpStatus: 403, words: 'invalid_request', outcome: unknown },
    { httpStatus: 422, words: 'the_word_of_tomorrow', outcome: unknown },
  ],
});
