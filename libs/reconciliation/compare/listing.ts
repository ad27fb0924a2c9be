import { setTimeout as pause } from 'node:timers/promises';
import { ListingUnavailable, type ProviderRefund } from '#libs/provider-kit';
import type { ComparedAccount } from './account.ts';

/** One that never answered at all is more likely not there than busy: it gets fewer tries. */
const NEVER_SEEN_TRIES = 3;

/** How long an unreachable provider is waited for. Each wait is twice the one before. */
export interface Patience {
  readonly triesMax: number;
  readonly waitFirstMs: number;
  /** Told before a wait, so that nobody takes a patient program for a dead one. */
  readonly onWait: (why: string, waitMs: number) => void;
  readonly signal: AbortSignal;
}

/** A second: the unit in which providers tell when a refund was made. */
const SPAN_LEAST_MS = 1000;

interface Span {
  readonly fromMs: number;
  readonly toMs: number;
}

/**
 * Every refund of a window, newest first, some of them more than once. Where a page cannot be had it waits as long as the provider asks for, and goes on
 * from the refund that it saw last; where a window is too long for the provider it goes on in the same way, or by halves.
 * @throws ListingUnavailable when that does not help. What was yielded before is right.
 */
export async function* listPatiently(
  { account, reader }: ComparedAccount,
  window: Span,
  patience: Patience,
): AsyncGenerator<ProviderRefund> {
  const spans: Span[] = [window];
  let tries = 0;
  let hasSeen = false;
  for (let span = spans.pop(); span !== undefined; span = spans.pop()) {
    let reachedMs = span.toMs;
    try {
      for await (const refund of reader.listRefunds?.(account, span, patience.signal) ?? []) {
        hasSeen = true;
        reachedMs = Math.min(reachedMs, refund.createdAtMs ?? reachedMs);
        yield refund;
      }
    } catch (error) {
      if (!(error instanceof ListingUnavailable)) throw error;
      const hasMoved = reachedMs < span.toMs;
      if (hasMoved) tries = 0;
      if (error.isTooLong) {
        spans.push(...(hasMoved ? [{ ...span, toMs: reachedMs }] : halvesOf(span, error)));
        continue;
      }
      tries += 1;
      await waitBefore(
        tries,
        error.why,
        error,
        hasSeen ? patience : { ...patience, triesMax: NEVER_SEEN_TRIES },
      );
      spans.push({ ...span, toMs: reachedMs });
    }
  }
}

/** The newer half comes off the stack first. */
function halvesOf({ fromMs, toMs }: Span, error: ListingUnavailable): readonly Span[] {
  if (toMs - fromMs <= SPAN_LEAST_MS) throw error;
  const middleMs = Math.floor((fromMs + toMs) / 2);
  return [
    { fromMs, toMs: middleMs },
    { fromMs: middleMs, toMs },
  ];
}

/** @throws `error` when no wait helps: keys are refused, or it went wrong too often in one place. */
export async function waitBefore(
  tries: number,
  { because, retryAfterMs, text }: ListingUnavailable['why'],
  error: Error,
  { triesMax, waitFirstMs, onWait, signal }: Patience,
): Promise<void> {
  if (because === 'credentials' || tries >= triesMax || signal.aborted) throw error;
  const waitMs = Math.max(retryAfterMs ?? 0, waitFirstMs * 2 ** (tries - 1));
  onWait(text, waitMs);
  await pause(waitMs, undefined, { signal });
}
