import type { ProcessingAccount } from '#libs/processing';
import type { Capabilities, Exchange, ProviderModule } from '#libs/provider-kit';
import type { Random } from './random.ts';

/** A provider with its own book, as the workers see it. */
export interface Bank {
  readonly policy: ProcessingAccount['policy'];
  readonly lookUp: Capabilities['lookUp'];
  readonly submitter: ProcessingAccount['submitter'];
  readonly reader: ProviderModule['reader'];
  /** Ends the faults, so that everything under way comes to an end. */
  calm: boolean;
}

/** With keys and a look-up by our reference. Milliseconds. */
export const POLICY: ProcessingAccount['policy'] = {
  resend: 'sameKey',
  lookUpByReference: true,
  rereadFirstMs: 86_400_000,
  rereadForMs: 0,
  visibilityDelayMs: 60,
  firstLookUpMs: 10,
  pollFirstMs: 10,
  pollMaxMs: 100,
  overdueMs: 600_000,
  retryFirstMs: 5,
  retryMaxMs: 60,
  callsMax: 10_000,
  waitingMaxMs: 600_000,
};

/** Answers of a call are at most this late, twice. */
export const CALL_MAX_MS = 12;

/** One of several things that may happen, each as often as its weight says. */
export function drawn<Fate extends string>(
  random: Random,
  fates: readonly (readonly [Fate, number])[],
): Fate {
  let left = random.next() * fates.reduce((sum, [, weight]) => sum + weight, 0);
  const [first] = fates;
  return (fates.find(([, weight]) => (left -= weight) < 0) ?? first ?? never())[0];
}

function never(): never {
  throw new Error('nothing to draw from');
}

export function exchange(startedAtMs: number): Exchange {
  return { startedAtMs, durationMs: Date.now() - startedAtMs, httpStatus: 200, answer: '{}' };
}
