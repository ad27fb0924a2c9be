/** When to look and how long to wait, in milliseconds. What is absent is the provider module's own. */
export interface Timing {
  readonly firstLookUpMs?: number;
  readonly pollFirstMs?: number;
  readonly pollMaxMs?: number;
  readonly overdueMs?: number;
  readonly spacingMs?: number;
  readonly visibilityDelayMs?: number;
  readonly rereadFirstMs?: number;
  readonly rereadForMs?: number;
}

/** One set of credentials of one merchant identity. `settings` are the provider module's own, checked by name only. */
export interface AccountConfig {
  readonly provider: string;
  readonly name: string;
  /** The merchant identity at the provider. */
  readonly merchant: string;
  readonly settings: Readonly<Record<string, string>>;
  readonly profile: 'live' | 'sandbox';
  /** When to read the payment before an attempt. `never`: only our own sums and the provider's refusal guard. */
  readonly verify: 'always' | 'first' | 'never';
  /** Calls in flight per process; null: the executor's default. */
  readonly concurrency: number | null;
  readonly ratePerSecond: number | null;
  readonly timing: Timing;
}

/**
 * Quick schedules for the sandbox, which answers at once and hides nothing. Against a real provider the same numbers would waste its
 * rate limit, and a visibility delay this short could take a slow refund for an absent one.
 */
export const SANDBOX_TIMING: Timing = {
  firstLookUpMs: 200,
  pollFirstMs: 200,
  pollMaxMs: 1000,
  overdueMs: 600_000,
  spacingMs: 0,
  visibilityDelayMs: 1000,
  // Its webhooks tell of what comes back. Reading every completed refund again would double the calls of a demo or a benchmark.
  rereadForMs: 0,
};
