/** setTimeout's own limit. */
const TIMER_MAX_MS = 2 ** 31 - 1;

/** Wakes one loop when work comes due: at once when nudged, at a known time, and every `pollMs` for what other processes wrote. */
export class DueQueue {
  private nudged = false;
  private closed = false;
  private wake: (() => void) | null = null;
  private next: { readonly timer: NodeJS.Timeout; readonly atMs: number } | null = null;

  constructor(private readonly pollMs: number) {}

  /** Nudges that come from now on end the next wait. */
  begin(): void {
    this.nudged = false;
  }

  nudgeIn(inMs: number): void {
    if (this.closed) return;
    if (inMs <= 0) {
      this.nudged = true;
      this.wake?.();
      return;
    }
    const atMs = performance.now() + inMs;
    if (this.next !== null && this.next.atMs <= atMs) return;
    if (this.next !== null) clearTimeout(this.next.timer);
    const timer = setTimeout(
      () => {
        this.next = null;
        this.nudgeIn(0);
      },
      Math.min(inMs + 1, TIMER_MAX_MS),
    );
    this.next = { timer, atMs };
  }

  async wait(): Promise<void> {
    if (this.nudged || this.closed) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, this.pollMs);
      this.wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.wake = null;
  }

  close(): void {
    this.closed = true;
    if (this.next !== null) clearTimeout(this.next.timer);
    this.wake?.();
  }
}
