/**
 * `contention`: try again at once, a few times. `locked`: the same, unless somebody holds on to what some of the rows need: then those wait for it alone.
 * `connection`: keep the batch until the database is back. `data`: one of the rows is bad.
 */
export type Fault = 'contention' | 'locked' | 'connection' | 'data';

export interface GroupCommitOptions<Row> {
  /** Rows in one statement. Larger gains nothing above a few hundred and makes each caller wait for more neighbours. */
  readonly rowsMax: number;
  /** Two rows of one key never share a statement: an update may touch a row only once, and the second must see the first. */
  readonly keyOf?: (row: Row) => string | number;
  /** Which of these rows cannot be written because somebody else holds on to a lock. Asked when a statement has waited for a lock in vain. */
  readonly heldBack?: (rows: readonly Row[]) => Promise<readonly boolean[]>;
  /**
   * How long rows may gather before a flush, asked each time. 0: at once. A statement costs a round trip and two context switches whatever it
   * carries, so where nobody waits for the answer a few milliseconds save more than they cost.
   */
  readonly gatherMs?: () => number;
  readonly classify: (error: unknown) => Fault;
  readonly onFlush?: (rows: number, durationMs: number) => void;
}

interface Entry<Row, Answer> {
  readonly row: Row;
  readonly atOnce: boolean;
  resolve(answer: Answer): void;
  reject(error: unknown): void;
}

const CONTENTION_PAUSE_MS = 20;
const CONTENTION_RETRIES_MAX = 20;
/** What a lock timeout takes of the retries: it has waited for long already, and an answer must not be given up for it. */
const LOCKED_COST = 0.1;
const CONNECTION_PAUSE_MS = 250;
/** How often it is asked whether a lock is free again: what waits for it waits this much longer at most. */
const HELD_PAUSE_MS = 250;

/**
 * Many callers, one statement: rows gather while the previous statement runs and go together when it ends, so batches grow with load by themselves.
 * Resolves a caller after the commit. A data error is bisected until the bad row fails alone; deadlocks and lock timeouts are tried again. A row that
 * somebody holds a lock on is set aside with those of its key, so that it holds up nobody else's.
 */
export class GroupCommit<Row, Answer> {
  private waiting: Entry<Row, Answer>[] = [];
  private running: Promise<void> | null = null;
  private closed = false;
  /** Ends the gathering under way. */
  private endGathering = (): void => undefined;
  private held: Entry<Row, Answer>[] = [];
  private holding: Promise<void> | null = null;

  constructor(
    private readonly write: (rows: readonly Row[]) => Promise<readonly Answer[]>,
    private readonly options: GroupCommitOptions<Row>,
  ) {}

  get queued(): number {
    return this.waiting.length;
  }

  /** @param atOnce what would be lost with the process is dear: neither this row nor any that waits beside it gathers further. */
  push(row: Row, atOnce = false): Promise<Answer> {
    return new Promise<Answer>((resolve, reject) => {
      this.waiting.push({ row, atOnce, resolve, reject });
      if (atOnce) this.endGathering();
      this.running ??= this.drain();
    });
  }

  /** From now on a lost connection rejects instead of waiting for the database. */
  close(): void {
    this.closed = true;
  }

  /** Resolves when everything pushed so far is written. */
  async idle(): Promise<void> {
    while (this.running !== null || this.holding !== null) await (this.running ?? this.holding);
  }

  private async drain(): Promise<void> {
    while (this.waiting.length > 0) {
      await this.gather();
      const batch = this.takeBatch();
      if (batch.length === 0) continue;
      const startedAt = performance.now();
      await this.flush(batch, CONTENTION_RETRIES_MAX);
      this.options.onFlush?.(batch.length, performance.now() - startedAt);
    }
    this.running = null;
  }

  private async gather(): Promise<void> {
    const { rowsMax, gatherMs } = this.options;
    const isDue = this.waiting.length >= rowsMax || this.waiting.some(({ atOnce }) => atOnce);
    const ended = new Promise<void>((resolve) => {
      this.endGathering = resolve;
    });
    await pause(isDue ? 0 : (gatherMs?.() ?? 0), ended);
  }

  private takeBatch(): Entry<Row, Answer>[] {
    const { keyOf, rowsMax } = this.options;
    if (keyOf === undefined) return this.waiting.splice(0, rowsMax);
    const keys = new Set<string | number>();
    const heldKeys = new Set(this.held.map(({ row }) => keyOf(row)));
    const batch: Entry<Row, Answer>[] = [];
    const later: Entry<Row, Answer>[] = [];
    for (const entry of this.waiting) {
      const key = keyOf(entry.row);
      if (heldKeys.has(key)) this.held.push(entry);
      else if (batch.length < rowsMax && !keys.has(key)) {
        keys.add(key);
        batch.push(entry);
      } else later.push(entry);
    }
    this.waiting = later;
    return batch;
  }

  private async flush(batch: readonly Entry<Row, Answer>[], retriesLeft: number): Promise<void> {
    try {
      const answers = await this.write(batch.map((entry) => entry.row));
      batch.forEach((entry, index) => {
        entry.resolve(answers[index] as Answer);
      });
    } catch (error) {
      const fault = this.options.classify(error);
      if (fault === 'connection' && !this.closed) {
        await pause(CONNECTION_PAUSE_MS);
        await this.flush(batch, retriesLeft);
      } else if ((fault === 'contention' || fault === 'locked') && retriesLeft > 0) {
        const free = fault === 'locked' ? await this.setHeldAside(batch) : batch;
        if (free.length === 0) return;
        await pause(CONTENTION_PAUSE_MS * Math.random() + 1);
        await this.flush(free, retriesLeft - (fault === 'locked' ? LOCKED_COST : 1));
      } else if (batch.length === 1 || fault === 'connection') {
        // In halves, one dead connection after the other would be waited for.
        for (const entry of batch) entry.reject(error);
      } else {
        const middle = batch.length >> 1;
        await this.flush(batch.slice(0, middle), retriesLeft);
        await this.flush(batch.slice(middle), retriesLeft);
      }
    }
  }

  /** Answers what can be written. */
  private async setHeldAside(batch: readonly Entry<Row, Answer>[]): Promise<readonly Entry<Row, Answer>[]> {
    const isHeld = await this.askHeld(batch);
    const held = batch.filter((_entry, index) => isHeld[index] === true);
    if (held.length === 0) return batch;
    this.held.push(...held);
    this.holding ??= this.waitForHeld();
    return batch.filter((_entry, index) => isHeld[index] !== true);
  }

  private async waitForHeld(): Promise<void> {
    while (this.held.length > 0) {
      await pause(HELD_PAUSE_MS);
      const asked = this.held;
      const isHeld = await this.askHeld(asked);
      const keys = new Set(
        asked.flatMap(({ row }, index) => (isHeld[index] === true ? [this.options.keyOf?.(row)] : [])),
      );
      // Others of a key may have come meanwhile: they stay behind those that were first.
      const still = this.held.filter(({ row }) => keys.has(this.options.keyOf?.(row)));
      const free = this.held.filter((entry) => !still.includes(entry));
      this.held = still;
      if (free.length === 0) continue;
      this.waiting.unshift(...free);
      this.running ??= this.drain();
    }
    this.holding = null;
  }

  private async askHeld(entries: readonly Entry<Row, Answer>[]): Promise<readonly boolean[]> {
    const { heldBack } = this.options;
    // Whoever is closing must not wait: the rows are tried once more, and rejected.
    if (heldBack === undefined || this.closed) return entries.map(() => false);
    return await heldBack(entries.map(({ row }) => row)).catch(() => entries.map(() => false));
  }
}

/** @param ended ends it early. */
async function pause(ms: number, ended?: Promise<void>): Promise<void> {
  await new Promise<void>((resolve) => {
    if (ms === 0) {
      setImmediate(resolve);
      return;
    }
    const timer = setTimeout(resolve, ms);
    void ended?.then(() => {
      clearTimeout(timer);
      resolve();
    });
  });
}
