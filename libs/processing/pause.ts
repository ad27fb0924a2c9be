/** The waits between the rounds of one loop. Ended, it cuts the wait short and every later one to nothing, so that a loop told to stop in a round does not rest once more. */
export class Pause {
  private isEnded = false;
  private wake: (() => void) | null = null;

  get ended(): boolean {
    return this.isEnded;
  }

  end(): void {
    this.isEnded = true;
    this.wake?.();
  }

  async wait(ms: number): Promise<void> {
    if (this.isEnded) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
