/** What an order service saw of one refund: results and status snapshots as they arrived, repetitions included. */
export interface ObservedEvent {
  readonly type: string;
  readonly ceId: string;
  readonly sequence: number;
  readonly body: Readonly<Record<string, unknown>>;
  readonly seenAtMs: number;
}

/** One dead letter, known by the place its original came from. */
export interface ObservedDeadLetter {
  readonly code: string;
  readonly message: string;
  readonly origin: string;
}

/** Everything that was published about one run. */
export interface Observed {
  readonly results: ReadonlyMap<string, readonly ObservedEvent[]>;
  readonly statuses: ReadonlyMap<string, readonly ObservedEvent[]>;
  readonly deadLetters: readonly ObservedDeadLetter[];
}

/** Gathers what is read from the bus, keeping only what belongs to one run. */
export class Observations implements Observed {
  readonly results = new Map<string, ObservedEvent[]>();
  readonly statuses = new Map<string, ObservedEvent[]>();
  private readonly letters = new Map<string, ObservedDeadLetter>();
  /** Refunds whose last word is in, by that word. */
  private readonly ended = new Map<string, string>();
  private lastChange = performance.now();

  constructor(private readonly refundIds: ReadonlySet<string>) {}

  get deadLetters(): readonly ObservedDeadLetter[] {
    return [...this.letters.values()];
  }

  /** On the clock of `performance.now()`. */
  get lastChangeMs(): number {
    return this.lastChange;
  }

  get endedCount(): number {
    return this.ended.size;
  }

  endedAs(type: string): number {
    let count = 0;
    for (const end of this.ended.values()) if (end === type) count += 1;
    return count;
  }

  hasEnded(refundId: string): boolean {
    return this.ended.has(refundId);
  }

  addEvent(stream: 'results' | 'statuses', refundId: string, event: ObservedEvent): void {
    if (!this.refundIds.has(refundId)) return;
    const events = this[stream].get(refundId);
    if (events === undefined) this[stream].set(refundId, [event]);
    else events.push(event);
    if (stream === 'results') this.ended.set(refundId, event.type);
    this.lastChange = performance.now();
  }

  addDeadLetter(letter: ObservedDeadLetter): void {
    this.letters.set(letter.origin, letter);
    this.lastChange = performance.now();
  }
}
