/** Timers of calls that are waiting for their latency, delay or slow body; all of them end with the sandbox. */
export class Waits {
  readonly #timers = new Set<NodeJS.Timeout>();

  /** Runs at once, without a timer, when there is nothing to wait for. */
  after(waitMs: number, run: () => void): void {
    if (waitMs <= 0) {
      run();
      return;
    }
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      run();
    }, waitMs);
    this.#timers.add(timer);
  }

  cancelAll(): void {
    for (const timer of this.#timers) {
      clearTimeout(timer);
    }
    this.#timers.clear();
  }
}
