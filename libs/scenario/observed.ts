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
  /** Refunds that a person has to decide, by the last snapshot. */
  private readonly inReview = new Set<string>();
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

  get inReviewCount(): number {
    return this.inReview.size;
  }

  hasEnded(refundId: string): boolean {
    return this.ended.has(refundId);
  }

  /** Without a result, and nothing will happen until a person decides. */
  needsPerson(refundId: string): boolean {
    return this.inReview.has(refundId);
  }

  addEvent(stream: 'results' | 'statuses', refundId: string, event: ObservedEvent): void {
    if (!this.refundIds.has(refundId)) return;
    const events = this[stream].get(refundId);
    if (events === undefined) this[stream].set(refundId, [event]);
    else events.push(event);
    if (stream === 'results') this.ended.set(refundId, event.type);
    else if (event.body['state'] === 'review') this.inReview.add(refundId);
    else this.inReview.delete(refundId);
    this.lastChange = performance.now();
  }

  addDeadLetter(letter: ObservedDeadLetter): void {
    this.letters.set(letter.origin, letter);
    this.lastChange = performance.now();
  }
}
