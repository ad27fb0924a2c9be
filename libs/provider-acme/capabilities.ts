import type { Capabilities } from '#libs/provider-kit';

const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

export const ACME_CAPABILITIES: Capabilities = {
  // The same key with the same body is the same refund. `never`, where a repetition is a second one: then nothing is ever sent again by itself.
  resend: 'sameKey',
  // How long a key is remembered. Larger than the vendor documents: a resend pays twice. Smaller: a person is asked about what a resend would have told.
  replayWindowMs: DAY_MS,
  lookUp: ['providerRefundId', 'reference'],
  // How long a new refund may be missing from a look-up. Smaller than it is: a refund of ours that is on its way counts as one made elsewhere.
  visibilityDelayMs: 10 * MINUTE_MS,
  webhooks: false,
  partials: true,
  void: false,
  spacingMs: 0,
  schedule: {
    firstLookUpMs: 10 * SECOND_MS,
    pollFirstMs: MINUTE_MS,
    pollMaxMs: HOUR_MS,
    // Longer than the slowest refund takes: a pending one that is older is for a person.
    overdueMs: 14 * DAY_MS,
    // `succeeded` may still become `failed` when the bank sends the money back.
    rereadFirstMs: DAY_MS,
    rereadForMs: 30 * DAY_MS,
  },
  currencies: 'listed',
};
