import type { CallKind, Calls } from './calls.ts';

/**
 * The calls of one account in flight in this process: a limit on how many at once and, where set, how many a second.
 * Look-ups go first, each kind in order; how many look-ups may be claimed at a time bounds their share.
 */
export class CallSlots implements Calls {
  private inFlight = 0;
  private readonly waiting = { lookUp: [] as (() => void)[], submission: [] as (() => void)[] };
  private tokens: number;
  private refilledAtMs = performance.now();
  private timer: NodeJS.Timeout | null = null;

  constructor(
    private readonly concurrency: number,
    private readonly ratePerSecond: number | null,
  ) {
    this.tokens = ratePerSecond ?? 0;
  }

  get busy(): number {
    return this.inFlight;
  }

  /** Runs `call` when a slot is free. */
  async run<T>(kind: CallKind, call: () => Promise<T>): Promise<T> {
    await new Promise<void>((resolve) => {
      this.waiting[kind].push(resolve);
      this.admit();
    });
    try {
      return await call();
    } finally {
      this.inFlight -= 1;
      this.admit();
    }
  }

  private admit(): void {
    while (this.inFlight < this.concurrency) {
      const queue = this.waiting.lookUp.length > 0 ? this.waiting.lookUp : this.waiting.submission;
      if (queue.length === 0 || !this.takeToken()) return;
      this.inFlight += 1;
      queue.shift()?.();
    }
  }

  private takeToken(): boolean {
    if (this.ratePerSecond === null) return true;
    const nowMs = performance.now();
    this.tokens = Math.min(
      this.ratePerSecond,
      this.tokens + ((nowMs - this.refilledAtMs) / 1000) * this.ratePerSecond,
    );
    this.refilledAtMs = nowMs;
    if (this.tokens >= 1) {
      this.tokens -= 1;
      return true;
    }
    this.timer ??= setTimeout(
      () => {
        this.timer = null;
        this.admit();
      },
      Math.ceil(((1 - this.tokens) / this.ratePerSecond) * 1000),
    );
    return false;
  }
}
