import type { Capabilities, Schedule } from '#libs/provider-kit';
import type { RetryPolicy } from '#libs/refund';

/** Limits that belong to the deployment rather than to a provider. Milliseconds. */
export interface RetryLimits {
  readonly retryFirstMs: number;
  readonly retryMaxMs: number;
  readonly callsMax: number;
  readonly waitingMaxMs: number;
}

/** What an account's configuration may replace; the profile `sandbox` replaces all of it. */
export interface ScheduleOverrides extends Partial<Schedule> {
  readonly visibilityDelayMs?: number | undefined;
}

/**
 * The one place where it is decided when something is tried again: the provider's capabilities, what the account's configuration replaces,
 * and the deployment's limits become the numbers that `afterNotApplied` and `afterLookUp` decide with. Providers never retry by themselves.
 */
export function retryPolicy(
  capabilities: Capabilities,
  overrides: ScheduleOverrides,
  limits: RetryLimits,
): RetryPolicy {
  const { schedule } = capabilities;
  return {
    resend: capabilities.resend,
    lookUpByReference: capabilities.lookUp.includes('reference'),
    visibilityDelayMs: overrides.visibilityDelayMs ?? capabilities.visibilityDelayMs,
    firstLookUpMs: overrides.firstLookUpMs ?? schedule.firstLookUpMs,
    pollFirstMs: overrides.pollFirstMs ?? schedule.pollFirstMs,
    pollMaxMs: overrides.pollMaxMs ?? schedule.pollMaxMs,
    overdueMs: overrides.overdueMs ?? schedule.overdueMs,
    rereadFirstMs: overrides.rereadFirstMs ?? schedule.rereadFirstMs,
    rereadForMs: overrides.rereadForMs ?? schedule.rereadForMs,
    ...limits,
  };
}
