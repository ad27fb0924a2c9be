import { describeRefundProvider } from '#libs/provider-kit/testing';
import { startSandbox } from '../../apps/sandbox/sandbox.ts';
import { readRobokassaAccount } from './account.ts';
import { createRobokassa } from './submit/index.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 1440 * MINUTE_MS;

const PASSWORDS = { password1: 'password1', password2: 'password2', password3: 'password3' };
const WRONG = { password2: 'not-password-2', password3: 'not-password-3' };

function account(baseUrl: string, passwords: Readonly<Record<string, string>> = PASSWORDS) {
  return readRobokassaAccount({
    name: 'default',
    merchant: 'demo',
    settings: { login: 'demo', ...passwords, baseUrl },
  });
}

const unknown = { kind: 'unknown', phase: 'unlisted' } as const;
const tooHigh = { kind: 'declined', code: 'AMOUNT_TOO_HIGH', readingStale: true } as const;
const credentials = { kind: 'notApplied', because: 'credentials' } as const;
const malformed = { kind: 'declined', code: 'REQUEST_MALFORMED', actBy: 'operator' } as const;

/** What follows from having no keys, no references, no webhooks, and readings that do not show what went back. */
const SKIPS = [
  'an omitted amount, computed from a reading, takes the payment to zero',
  'a full refund of a payment that is not settled yet is a void',
  'the same attempt twice is one refund',
  'the same attempt again after a lost answer is one refund',
  'an answer with another amount leaves the refund unknown, after one call',
  'an answer in another currency leaves the refund unknown, after one call',
  'an answer about another payment leaves the refund unknown, after one call',
  'an answer that comes too late is not lost: a look-up finds the refund',
  'the same attempt again, while the first call still runs, is one refund',
  'a balance that does not cover it moves nothing',
  'a payment that does not exist',
  'a payment that is not captured',
  'a refund that the bank refuses at once is declined',
  'after a lost answer it is found by our reference',
  'it is found by any reference of the refund, an earlier attempt included',
  'what never arrived is absent, as of a moment of this look-up',
  'it is still absent when it can no longer be hidden, and the same attempt then books it once',
  'of two refunds of one amount each look-up finds its own',
  "it is found where the caller's own text took the reference's place",
  "of two refunds of one amount with the caller's own texts, none is taken for the other",
  'a connection cut is no answer to a look-up by reference',
  'status 500 is no answer to a look-up by reference',
  'a gateway page is no answer to a look-up by reference',
  'half an answer is no answer to a look-up by reference',
  'a redirect is no answer to a look-up by reference',
  'a status that nobody documented is no answer to a look-up by reference',
  'too many calls is no answer to a look-up by reference',
  'a deadline that passes is no answer to a look-up by reference',
  'a body that does not end in time is no answer to a look-up by reference',
  'wrong credentials are no answer to a look-up by reference',
  'a look-up by reference that shows another amount completes nothing',
  'a look-up by reference that shows another currency completes nothing',
  'a look-up by reference that shows another payment completes nothing',
  'wrong credentials are no answer to a look-up by id',
  'a look-up by id that shows another currency completes nothing',
  'a payment shows what was captured and what went back',
  'a payment that was refunded in full is never refundable again',
  'a listing shows every refund of a payment once, with our references',
  'a webhook is verified over its bytes and hints at the refund it is about',
];

describeRefundProvider({
  name: 'robokassa',
  startSandbox: async () => await startSandbox(),
  create: createRobokassa,
  account: (baseUrl) => account(baseUrl),
  wrongAccount: (baseUrl) => account(baseUrl, WRONG),
  secrets: [...Object.values(PASSWORDS), ...Object.values(WRONG)],
  currency: 'RUB',
  unknownPaymentId: '4711',
  capabilities: {
    resend: 'never',
    replayWindowMs: null,
    lookUp: ['providerRefundId'],
    visibilityDelayMs: 5 * MINUTE_MS,
    webhooks: false,
    partials: true,
    void: false,
    spacingMs: 0,
    schedule: {
      firstLookUpMs: 5000,
      pollFirstMs: 5000,
      pollMaxMs: 15 * MINUTE_MS,
      overdueMs: DAY_MS,
      rereadFirstMs: DAY_MS,
      rereadForMs: 0,
    },
    currencies: ['RUB', 'KZT'],
  },
  expectedSkips: SKIPS,
  ownReference: null,
  preparesFromReading: true,
  readingShowsRefunds: false,
  lookUpIsAuthenticated: false,
  echoes: { create: [], lookUp: ['amount', 'payment'] },
  laterRefusal: 'cancel',
  laterRefused: { kind: 'declined', cancelled: true, code: 'canceled' },
  notCaptured: { fields: { state: 20 }, code: 'PAYMENT_NOT_CAPTURED' },
  staysPending: { finishAfterMs: null },
  emptyBalance: null,
  outcomes: {
    overTheRest: tooHigh,
    fullyRefunded: tooHigh,
    notCaptured: null,
    notFound: null,
    rateLimited: unknown,
    wrongCredentials: credentials,
  },
  refusals: [
    { httpStatus: 200, words: 'NotEnoughOperationFunds', outcome: tooHigh },
    { httpStatus: 400, words: 'NotEnoughOperationFunds', outcome: tooHigh },
    { httpStatus: 401, words: 'NotEnoughOperationFunds', outcome: credentials },
    { httpStatus: 401, words: 'Signature key is not exists', outcome: credentials },
    {
      httpStatus: 200,
      words: 'Signature key is not exists or partner have not access to API',
      outcome: credentials,
    },
    { httpStatus: 400, words: 'BadRequest', outcome: malformed },
    { httpStatus: 415, words: '', outcome: malformed },
    { httpStatus: 200, words: 'OperationNotFound', outcome: unknown },
    { httpStatus: 400, words: 'AlreadyRefunded', outcome: unknown },
    { httpStatus: 403, words: 'AccessDenied', outcome: unknown },
    { httpStatus: 429, words: 'NotEnoughOperationFunds', outcome: unknown },
  ],
});
