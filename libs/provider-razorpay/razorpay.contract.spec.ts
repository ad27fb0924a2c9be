import { describeRefundProvider } from '#libs/provider-kit/testing';
import { startSandbox } from '../../apps/sandbox/sandbox.ts';
import { readRazorpayAccount } from './account.ts';
import { createRazorpay } from './submit/index.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 1440 * MINUTE_MS;

const SECRET = 'sandbox_secret';
const WEBHOOK_SECRET = 'sandbox_webhook_secret';

function account(baseUrl: string, keySecret = SECRET) {
  return readRazorpayAccount({
    name: 'default',
    merchant: 'default',
    settings: { keyId: 'rzp_test_sandbox', keySecret, webhookSecret: WEBHOOK_SECRET, baseUrl },
  });
}

const declined = (code: string) => ({ kind: 'declined', code }) as const;
const notApplied = (because: string) => ({ kind: 'notApplied', because }) as const;
const unknown = { kind: 'unknown', phase: 'unlisted' } as const;

describeRefundProvider({
  name: 'razorpay',
  startSandbox: async () => await startSandbox(),
  create: createRazorpay,
  account: (baseUrl) => account(baseUrl),
  wrongAccount: (baseUrl) => account(baseUrl, 'not_the_secret'),
  secrets: [SECRET, 'not_the_secret', WEBHOOK_SECRET],
  currency: 'INR',
  unknownPaymentId: 'pay_00000000000000',
  capabilities: {
    resend: 'sameKey',
    replayWindowMs: DAY_MS,
    lookUp: ['providerRefundId', 'reference'],
    visibilityDelayMs: 10 * MINUTE_MS,
    webhooks: true,
    partials: true,
    void: false,
    spacingMs: 0,
    schedule: {
      firstLookUpMs: 10_000,
      pollFirstMs: 30 * MINUTE_MS,
      pollMaxMs: 360 * MINUTE_MS,
      overdueMs: 14 * DAY_MS,
      rereadFirstMs: DAY_MS,
      rereadForMs: 30 * DAY_MS,
    },
    currencies: 'listed',
  },
  expectedSkips: ['a full refund of a payment that is not settled yet is a void'],
  declines: [
    {
      what: 'a refund whose answer says that it failed',
      paymentAmount: '500.00',
      behaviour: { newRefundStatus: 'failed' },
      amount: '10.00',
      outcome: { ...declined('REFUND_FAILED'), readingStale: true },
    },
  ],
  ownReference: (receipt) => ({ receipt }),
  notCaptured: { fields: { captured: false }, code: 'PAYMENT_NOT_CAPTURED' },
  staysPending: { newRefundStatus: 'pending' },
  emptyBalance: { balance: '0.00' },
  outcomes: {
    overTheRest: { ...declined('AMOUNT_TOO_HIGH'), readingStale: true },
    fullyRefunded: unknown,
    notCaptured: { ...declined('PAYMENT_NOT_CAPTURED'), readingStale: true },
    notFound: { ...declined('PAYMENT_NOT_FOUND'), mayRequestAgain: false },
    rateLimited: { ...notApplied('rateLimited'), retryAfterMs: 7000 },
    wrongCredentials: notApplied('credentials'),
  },
  refusals: [
    { httpStatus: 400, words: 'Duplicate receipt found for this refund request.', outcome: unknown },
    { httpStatus: 400, words: 'Refund has already been processed', outcome: unknown },
    {
      httpStatus: 400,
      words: 'Request failed because another payment operation is in progress',
      outcome: notApplied('busy'),
    },
    {
      httpStatus: 409,
      words: 'Another request with the same idempotency key is still in progress.',
      outcome: notApplied('busy'),
    },
    {
      httpStatus: 409,
      words: 'Different request with the same idempotency key has already been processed.',
      outcome: unknown,
    },
    { httpStatus: 400, words: 'invalid request sent', outcome: notApplied('balance') },
    {
      httpStatus: 400,
      words: 'Instant refund not supported for the payment',
      outcome: notApplied('optionUnsupported'),
    },
    {
      httpStatus: 400,
      words: 'Refund is not supported by the bank because the payment is more than 6 months old',
      outcome: declined('PAYMENT_TOO_OLD'),
    },
    { httpStatus: 400, words: 'The words of tomorrow', outcome: unknown },
    { httpStatus: 403, words: 'Authentication failed', outcome: notApplied('credentials') },
    { httpStatus: 403, words: 'Forbidden', outcome: unknown },
    { httpStatus: 404, words: 'The words of tomorrow', outcome: unknown },
  ],
});
