/** Failures in a row before claiming ends: fewer would end it at every burst of errors, more would cost as many refunds one of their calls. */
const FAILURES_MAX = 5;
/** A provider that does not answer when it is asked is tried with a claim all the same this often: what it is asked with may be all that is broken. */
const TRY_ANYWAY_MS = 15 * 60_000;

/** `open`: nothing is claimed, the provider is asked now and then. `slowed`: fewer refunds at a time than usual, more with each answer. */
export type BreakerState = 'closed' | 'slowed' | 'open';

/** How the last call for a refund ended, as its account sees it. `failed`: the provider was not reached, or did not answer, or had trouble of its own. */
export type Heard =
  | { readonly kind: 'answered' }
  | { readonly kind: 'failed' }
  | { readonly kind: 'tooMany'; readonly retryAfterMs: number | null };

export interface BreakerOptions {
  /** Claimed at a time when nothing is wrong. */
  readonly widthMax: number;
  /** Asks the provider for nothing in particular, with a read; whether it answered. */
  readonly ask: () => Promise<boolean>;
  /** How long the provider is left alone after its n-th failure in a row, milliseconds. */
  readonly pauseMs: (turn: number) => number;
  /** More or less may be claimed than before. */
  readonly onChange: (state: BreakerState, before: BreakerState) => void;
}

/**
 * How much of one account is claimed in this process. A provider that is down would cost every waiting refund one of its calls again and again, and
 * everybody the database's time; one that asks for fewer calls would be asked by all of them at once. It decides about claiming and nothing else: what was
 * claimed goes its way, and what an answer means is not its business. A single refund whose calls always fail does not hold up the others: the provider
 * answers when it is asked, and from then on they are claimed one by one until one is answered.
 */
export class Breaker {
  /** Refunds claimed at a time; none while it is open. */
  private width = Number.POSITIVE_INFINITY;
  private failures = 0;
  /** Failures in a row that end claiming: one while a provider that was down is tried again, one more with each answer. */
  private failuresMax = FAILURES_MAX;
  private failedRefund: string | null = null;
  private hasSeveralFailed = false;
  private turns = 0;
  private paused = false;
  private openedAt = Number.NEGATIVE_INFINITY;
  private triedAtMs = Number.NEGATIVE_INFINITY;
  private timer: NodeJS.Timeout | null = null;
  private isAsking = false;
  private stopped = false;

  constructor(private readonly options: BreakerOptions) {}

  get state(): BreakerState {
    if (this.width === 0) return 'open';
    return this.width === Number.POSITIVE_INFINITY ? 'closed' : 'slowed';
  }

  /** When claiming last ended, on our own clock: what was claimed before and is not armed yet is better given back. */
  get openedAtMs(): number {
    return this.openedAt;
  }

  /** At most this many may be under way now; null = as many as usual. */
  get limit(): number | null {
    if (this.width === Number.POSITIVE_INFINITY) return null;
    return this.paused ? 0 : this.width;
  }

  heard(heard: Heard, refundId: string): void {
    switch (heard.kind) {
      case 'answered':
        this.answered();
        return;
      case 'failed':
        this.failed(refundId);
        return;
      case 'tooMany':
        this.tooMany(heard.retryAfterMs);
        return;
    }
  }

  stop(): void {
    this.stopped = true;
    if (this.timer !== null) clearTimeout(this.timer);
  }

  private answered(): void {
    this.failures = 0;
    this.failuresMax = Math.min(FAILURES_MAX, this.failuresMax + 1);
    this.failedRefund = null;
    this.hasSeveralFailed = false;
    this.turns = 0;
    if (this.width === Number.POSITIVE_INFINITY) return;
    const width = this.width + 1;
    this.widen(width > this.options.widthMax ? Number.POSITIVE_INFINITY : width);
  }

  private failed(refundId: string): void {
    if (this.width === 0) return;
    this.failures += 1;
    this.hasSeveralFailed ||= this.failedRefund !== null && this.failedRefund !== refundId;
    this.failedRefund = refundId;
    if (this.failures < this.failuresMax) return;
    this.failuresMax = 0;
    this.openedAt = performance.now();
    this.triedAtMs = this.openedAt;
    this.widen(0);
    this.askIn(this.hasSeveralFailed && this.turns > 0 ? this.options.pauseMs(this.turns) : 0);
    this.turns += 1;
  }

  /** Those in flight together are told together: the first one slows the account, the others say the same. */
  private tooMany(retryAfterMs: number | null): void {
    this.failures = 0;
    if (this.paused || this.width === 0) return;
    this.paused = true;
    this.widen(Math.max(1, Math.floor(Math.min(this.width, this.options.widthMax) / 2)));
    this.turns += 1;
    this.in(retryAfterMs ?? this.options.pauseMs(this.turns), () => {
      this.paused = false;
      this.widen(this.width);
    });
  }

  private askIn(inMs: number): void {
    this.paused = false;
    this.in(inMs, () => {
      void this.ask();
    });
  }

  private async ask(): Promise<void> {
    if (this.isAsking) return;
    this.isAsking = true;
    const hasAnswered = await this.options.ask().catch(() => false);
    this.isAsking = false;
    // An answer to a call may have come first.
    if (this.stopped || this.width !== 0) return;
    if (hasAnswered || performance.now() - this.triedAtMs >= TRY_ANYWAY_MS) this.tryOne();
    else {
      this.askIn(this.options.pauseMs(this.turns));
      this.turns += 1;
    }
  }

  private tryOne(): void {
    this.failures = 0;
    this.failuresMax = 1;
    this.widen(1);
  }

  private widen(width: number): void {
    const before = this.state;
    this.width = width;
    this.options.onChange(this.state, before);
  }

  private in(ms: number, act: () => void): void {
    if (this.timer !== null) clearTimeout(this.timer);
    if (this.stopped) return;
    this.timer = setTimeout(act, ms);
  }
}
