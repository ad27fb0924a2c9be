/** Wakes whoever waits. A ring while nobody waits is kept for the next wait. */
export class Bell {
  private wake: (() => void) | null = null;
  private isRung = false;

  ring(): void {
    if (this.wake === null) this.isRung = true;
    else this.wake();
  }

  /** Resolves at the next ring or after `ms`. One waiter at a time. */
  async wait(ms: number): Promise<void> {
    if (this.isRung) {
      this.isRung = false;
      return;
    }
    await new Promise<void>((resolve) => {
      const end = (): void => {
        clearTimeout(timer);
        this.wake = null;
        resolve();
      };
      const timer = setTimeout(end, ms);
      this.wake = end;
    });
  }
}
