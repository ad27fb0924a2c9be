/** A longer wait than this would make a refund look lost; the retry policy asks again after it. */
const RETRY_AFTER_MAX_MS = 24 * 60 * 60 * 1000;

/** `Retry-After` in milliseconds from `nowMs` on: seconds, or an HTTP date. Null when it is neither. */
export function readRetryAfter(value: string | undefined, nowMs: number): number | null {
  if (value === undefined) return null;
  const text = value.trim();
  const waitMs = /^\d{1,9}$/.test(text) ? Number(text) * 1000 : dateMs(text) - nowMs;
  return Number.isNaN(waitMs) ? null : Math.min(Math.max(waitMs, 0), RETRY_AFTER_MAX_MS);
}

/** `Date.parse` takes much that is no HTTP date (`-5`, `1.5`); all three forms of RFC 9110 begin with the name of a weekday. */
function dateMs(text: string): number {
  return /^(Mon|Tue|Wed|Thu|Fri|Sat|Sun)/.test(text) ? Date.parse(text) : Number.NaN;
}
