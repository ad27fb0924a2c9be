/** `contention`: try again at once, a few times. `connection`: keep the batch until the database is back. `data`: one of the rows is bad. */
export type Fault = 'contention' | 'connection' | 'data';

export interface GroupCommitOptions<Row> {
  /** Rows in one statement. Larger gains nothing above a few hundred and makes each caller wait for more neighbours. */
  readonly rowsMax: number;
  /** Two rows of one key never share a statement: an update may touch a row only once, and the second must see the first. */
  readonly keyOf?: (row: Row) => string | number;
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
  resolve(answer: Answer): void;
  reject(error: unknown): void;
}

const CONTENTION_PAUSE_MS = 20;
const CONTENTION_RETRIES_MAX = 20;
const CONNECTION_PAUSE_MS = 250;

/**
 * Many callers, one statement: rows gather while the previous statement runs and go together when it ends, so batches grow with load by themselves.
 * Resolves a caller after the commit. A data error is bisected until the bad row fails alone; deadlocks and lock timeouts are tried again.
 */
export class GroupCommit<Row, Answer> {
  private waiting: Entry<Row, Answer>[] = [];
  private running: Promise<void> | null = null;
  private closed = false;

  constructor(
    private readonly write: (rows: readonly Row[]) => Promise<readonly Answer[]>,
    private readonly options: GroupCommitOptions<Row>,
  ) {}

  get queued(): number {
    return this.waiting.length;
  }

  push(row: Row): Promise<Answer> {
    return new Promise<Answer>((resolve, reject) => {
      this.waiting.push({ row, resolve, reject });
      this.running ??= this.drain();
    });
  }

  /** From now on a lost connection rejects instead of waiting for the database. */
  close(): void {
    this.closed = true;
  }

  /** Resolves when everything pushed so far is written. */
  async idle(): Promise<void> {
    while (this.running !== null) await this.running;
  }

  private async drain(): Promise<void> {
    while (this.waiting.length > 0) {
      await pause(this.waiting.length < this.options.rowsMax ? (this.options.gatherMs?.() ?? 0) : 0);
      const batch = this.takeBatch();
      const startedAt = performance.now();
      await this.flush(batch, CONTENTION_RETRIES_MAX);
      this.options.onFlush?.(batch.length, performance.now() - startedAt);
    }
    this.running = null;
  }

  private takeBatch(): Entry<Row, Answer>[] {
    const { keyOf, rowsMax } = this.options;
    if (keyOf === undefined) return this.waiting.splice(0, rowsMax);
    const keys = new Set<string | number>();
    const batch: Entry<Row, Answer>[] = [];
    const later: Entry<Row, Answer>[] = [];
    for (const entry of this.waiting) {
      const key = keyOf(entry.row);
      if (batch.length < rowsMax && !keys.has(key)) {
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
      } else if (fault === 'contention' && retriesLeft > 0) {
        await pause(CONTENTION_PAUSE_MS * Math.random() + 1);
        await this.flush(batch, retriesLeft - 1);
      } else if (batch.length === 1) {
        batch[0]?.reject(error);
      } else {
        const middle = batch.length >> 1;
        await this.flush(batch.slice(0, middle), retriesLeft);
        await this.flush(batch.slice(middle), retriesLeft);
      }
    }
  }
}

async function pause(ms: number): Promise<void> {
  await new Promise<void>((resolve) => {
    if (ms === 0) setImmediate(resolve);
    else setTimeout(resolve, ms);
  });
}
