import type { Capabilities } from '#libs/provider-kit';

const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

export const ROBOKASSA_CAPABILITIES: Capabilities = {
  // Nothing of ours travels with a request, and a repetition is a second refund.
  resend: 'never',
  replayWindowMs: null,
  // By the number that the answer gave, and by nothing else. Who has no answer has nothing to ask with.
  lookUp: ['providerRefundId'],
  // Not documented. A request that was just accepted may not be shown yet; unknown for longer than this, it is for a person. Shorter: people are
  // asked about refunds that are on their way. Longer: they hear late of one that vanished.
  visibilityDelayMs: 5 * MINUTE_MS,
  webhooks: false,
  partials: true,
  void: false,
  // Refunds of one payment may overlap; no pause between them is documented.
  spacingMs: 0,
  schedule: {
    // No rate is documented. Refunds take seconds to hours; the doubling asks about a hundred times in the first day.
    firstLookUpMs: 5 * SECOND_MS,
    pollFirstMs: 5 * SECOND_MS,
    pollMaxMs: 15 * MINUTE_MS,
    overdueMs: DAY_MS,
    // `finished` is documented as the end, and nothing is known by which its money could come back.
    rereadFirstMs: DAY_MS,
    rereadForMs: 0,
  },
  currencies: ['RUB', 'KZT'],
};
