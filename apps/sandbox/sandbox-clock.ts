interface ScheduledTask {
  readonly dueAtMs: number;
  /** Counts up: tasks due in the same millisecond run in the order in which they were scheduled. */
  readonly ordinal: number;
  readonly run: () => void;
}

/** setTimeout fires at once for anything longer, so a longer wait is slept in pieces of this size. */
const TIMER_MAX_MS = 2_000_000_000;

/**
 * The sandbox's own time: the machine's, plus whatever was added by `advance`. It never goes backwards between two resets,
 * so that lists kept in creation order are also in time order. Tasks run when this clock reaches their time.
 */
export class SandboxClock {
  #offsetMs = 0;
  #latestMs = 0;
  /** Binary min-heap by due time: a hundred thousand settlements may wait at once. */
  #heap: ScheduledTask[] = [];
  #scheduled = 0;
  #timer: NodeJS.Timeout | undefined;

  nowMs(): number {
    const nowMs = Date.now() + this.#offsetMs;
    if (nowMs > this.#latestMs) {
      this.#latestMs = nowMs;
    }
    return this.#latestMs;
  }

  iso(): string {
    return new Date(this.nowMs()).toISOString();
  }

  advance(byMs: number): void {
    this.#offsetMs += byMs;
    this.#runDue();
  }

  schedule(afterMs: number, run: () => void): void {
    this.#scheduled += 1;
    this.#push({ dueAtMs: this.nowMs() + afterMs, ordinal: this.#scheduled, run });
    this.#arm();
  }

  /** Drops every task and goes back to the machine's time. */
  reset(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#heap = [];
    this.#offsetMs = 0;
    this.#latestMs = 0;
  }

  #runDue(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const nowMs = this.nowMs();
    for (let task = this.#heap[0]; task !== undefined && task.dueAtMs <= nowMs; task = this.#heap[0]) {
      this.#pop();
      task.run();
    }
    this.#arm();
  }

  #arm(): void {
    const next = this.#heap[0];
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (next !== undefined) {
      const waitMs = Math.min(Math.max(next.dueAtMs - this.nowMs(), 0), TIMER_MAX_MS);
      this.#timer = setTimeout(() => this.#runDue(), waitMs);
    }
  }

  #push(task: ScheduledTask): void {
    const heap = this.#heap;
    let index = heap.push(task) - 1;
    while (index > 0) {
      const parentIndex = (index - 1) >> 1;
      const parent = heap[parentIndex];
      if (parent === undefined || isBefore(parent, task)) {
        break;
      }
      heap[index] = parent;
      index = parentIndex;
    }
    heap[index] = task;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) {
      return;
    }
    let index = 0;
    for (;;) {
      const childIndex = this.#smallerChild(index);
      const child = heap[childIndex];
      if (child === undefined || isBefore(last, child)) {
        break;
      }
      heap[index] = child;
      index = childIndex;
    }
    heap[index] = last;
  }

  #smallerChild(index: number): number {
    const left = this.#heap[2 * index + 1];
    const right = this.#heap[2 * index + 2];
    const rightIsSmaller = left !== undefined && right !== undefined && isBefore(right, left);
    return 2 * index + (rightIsSmaller ? 2 : 1);
  }
}

function isBefore(one: ScheduledTask, other: ScheduledTask): boolean {
  return one.dueAtMs === other.dueAtMs ? one.ordinal < other.ordinal : one.dueAtMs < other.dueAtMs;
}
