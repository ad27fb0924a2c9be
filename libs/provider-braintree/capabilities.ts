import type { Capabilities } from '#libs/provider-kit';

const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

export const BRAINTREE_CAPABILITIES: Capabilities = {
  // An attempt whose key the merchant may not use has none, and is never sent a second time.
  resend: 'sameKey',
  // The vendor's window is 30 days from a moment that is not defined. A day less, because a forgotten key would pay a second time.
  replayWindowMs: 29 * DAY_MS,
  lookUp: ['providerRefundId', 'reference'],
  // The gateway may work on a request for 60 s after its caller has given up, and how long a search lags behind is not documented: the double.
  // Smaller, and a refund that is being made counts as absent or as somebody else's; larger, and a lost answer holds its lane up longer.
  visibilityDelayMs: 2 * MINUTE_MS,
  webhooks: true,
  partials: true,
  void: true,
  // 5 to 10 s are recommended. The upper end: two at once are likely to end in status 500, which is unknown and costs a look-up.
  spacingMs: 10 * SECOND_MS,
  schedule: {
    // Before the 60 s of above are over, "not there" says nothing.
    firstLookUpMs: 90 * SECOND_MS,
    // Refunds settle in batches, about once a day; card and PayPal refunds send no webhook.
    pollFirstMs: HOUR_MS,
    pollMaxMs: HOUR_MS,
    // Longer than a weekend with a holiday; what is not settled then needs a person.
    overdueMs: 5 * DAY_MS,
    // A bank may return an ACH or SEPA refund after it was settled, ACH up to 60 days later.
    rereadFirstMs: DAY_MS,
    rereadForMs: 60 * DAY_MS,
  },
  currencies: 'listed',
};
