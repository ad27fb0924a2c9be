import type { PlannedFault } from './plan.ts';
import type { ProviderScript } from './provider-script.ts';
import type { Random } from './random.ts';

/**
 * What goes wrong at the provider. Two lost answers are certain even in a small run, because they are what the system is about; the rest
 * is likely. Without keys each of them is a person's, so there are fewer. Shares are low enough that a refund meets two in a row now and then, and high enough that three hundred meet every kind.
 */
export function planFaults(random: Random, { keyless }: ProviderScript): readonly PlannedFault[] {
  const fault = (
    operation: PlannedFault['operation'],
    mode: string,
    probability: number,
    more: Partial<PlannedFault> = {},
  ): PlannedFault => ({ operation, mode, probability, seed: random.int(1, 2_000_000_000), ...more });
  return [
    fault('create', 'drop-after-process', 1, { count: 2 }),
    fault('create', 'drop-after-process', keyless ? 0.02 : 0.06),
    fault('create', 'drop-before-process', 0.02),
    fault('create', 'status', 0.02, { status: 503 }),
    fault('create', 'html-502', 0.01),
    fault('create', 'malformed', 0.02),
    fault('create', 'wrong-echo', 0.01),
    fault('create', 'redirect', 0.01),
    fault('create', 'rate-limit', 0.01, { retryAfterMs: 200 }),
    fault('create', 'delay', 0.02, { delayMs: 300 }),
    fault('lookup', 'status', 0.05, { status: 500 }),
    fault('lookup', 'drop-before-process', 0.02),
    fault('payment', 'status', 0.02, { status: 503 }),
    fault('payment', 'drop-after-process', 0.01),
  ];
}
