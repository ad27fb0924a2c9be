/** More reasons than the modules have words for; above it somebody makes them up, and everything is told anew. */
const TEXTS_MAX = 1000;

/** Remembers what was told within the last while, so that a flood of the same is told once. */
export class Recently {
  private readonly toldAtMs = new Map<string, number>();

  constructor(private readonly forMs: number) {}

  /** True when the text was not asked about within that time; from now on it was. */
  isNew(text: string, nowMs: number): boolean {
    const toldAtMs = this.toldAtMs.get(text);
    if (toldAtMs !== undefined && nowMs - toldAtMs < this.forMs) return false;
    if (this.toldAtMs.size >= TEXTS_MAX) this.toldAtMs.clear();
    this.toldAtMs.set(text, nowMs);
    return true;
  }
}
