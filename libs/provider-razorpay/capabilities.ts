import type { Capabilities } from '#libs/provider-kit';

const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

export const RAZORPAY_CAPABILITIES: Capabilities = {
  resend: 'sameKey',
  // How long a key lives is not documented (MAPPINGS.md). A day is what comparable keys live at least; larger risks a resend that the
  // provider no longer recognises, smaller sends lost answers to a person that a resend would have cleared up.
  replayWindowMs: DAY_MS,
  lookUp: ['providerRefundId', 'reference'],
  // Not documented either: a listing may lag behind. With keys, absence only leads to the same request again, so this is no guard against
  // paying twice; it decides when a refund that carries no reference of ours counts as somebody else's.
  visibilityDelayMs: 10 * MINUTE_MS,
  webhooks: true,
  partials: true,
  // A full refund of an authorised payment is hinted to be a void, and a partial one an error; we refund captured payments only.
  void: false,
  // Two at once get "another payment operation is in progress", which is busy and tried again; one after the other needs no pause.
  spacingMs: 0,
  schedule: {
    firstLookUpMs: 10 * SECOND_MS,
    // `refund.processed` webhooks come first; polls only catch the lost ones. Half-hourly on the first day, then every six hours.
    pollFirstMs: 30 * MINUTE_MS,
    pollMaxMs: 6 * HOUR_MS,
    // The slowest method is cards with 10 working days, which two weekends make 14 days.
    overdueMs: 14 * DAY_MS,
    // `processed` may still become `failed` when the bank sends the money back; no time is documented.
    rereadFirstMs: DAY_MS,
    rereadForMs: 30 * DAY_MS,
  },
  currencies: 'listed',
};
