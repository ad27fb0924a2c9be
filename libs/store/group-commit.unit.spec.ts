import fc from 'fast-check';
import { GroupCommit, type Fault, type GroupCommitOptions } from './group-commit.ts';

interface Row {
  readonly key: string;
  readonly no: number;
}

class WriteFault extends Error {
  constructor(readonly fault: Fault) {
    super(fault);
  }
}

const row = (no: number, key = `k${String(no)}`): Row => ({ key, no });
const classify = (error: unknown): Fault => (error as WriteFault).fault;

/** Writes that end when the test says so; answers the row's number times ten. */
class Writes {
  readonly batches: (readonly Row[])[] = [];
  private readonly gates: (() => void)[] = [];

  constructor(private readonly hold = false) {}

  write = async (rows: readonly Row[]): Promise<number[]> => {
    this.batches.push(rows);
    if (this.hold) await new Promise<void>((resolve) => this.gates.push(resolve));
    return rows.map(({ no }) => no * 10);
  };

  get numbers(): number[][] {
    return this.batches.map((rows) => rows.map(({ no }) => no));
  }

  async untilBatch(count: number): Promise<void> {
    while (this.batches.length < count) await new Promise((resolve) => setImmediate(resolve));
  }

  finishOne(): void {
    this.gates.shift()?.();
  }
}

const commitOf = (
  write: (rows: readonly Row[]) => Promise<readonly number[]>,
  options: Partial<GroupCommitOptions<Row>> = {},
): GroupCommit<Row, number> => new GroupCommit(write, { rowsMax: 100, classify, ...options });
const byKey = { keyOf: ({ key }: Row): string => key };

describe('rows of many callers', () => {
  it('gather while a write runs and go together when it ends', async () => {
    const writes = new Writes(true);
    const commit = commitOf(writes.write);
    const answers = [commit.push(row(1))];
    await writes.untilBatch(1);
    answers.push(commit.push(row(2)), commit.push(row(3)));
    expect(commit.queued).toBe(2);
    writes.finishOne();
    await writes.untilBatch(2);
    writes.finishOne();
    expect(await Promise.all(answers)).toEqual([10, 20, 30]);
    expect(writes.numbers).toEqual([[1], [2, 3]]);
  });

  it('pushed in the same moment go together', async () => {
    const writes = new Writes();
    const commit = commitOf(writes.write);
    await Promise.all([1, 2, 3].map(async (no) => await commit.push(row(no))));
    expect(writes.numbers).toEqual([[1, 2, 3]]);
  });

  it('gather as long as they may, until one comes that is to be written at once', async () => {
    const writes = new Writes();
    const commit = commitOf(writes.write, { gatherMs: () => 600_000 });
    const answers = [commit.push(row(1))];
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(writes.numbers).toEqual([]);
    answers.push(commit.push(row(2), true), commit.push(row(3)));
    expect(await Promise.all(answers)).toEqual([10, 20, 30]);
    expect(writes.numbers).toEqual([[1, 2, 3]]);
  });

  it('do not gather behind one that is to be written at once and has to wait for another of its key', async () => {
    const writes = new Writes();
    const commit = commitOf(writes.write, { ...byKey, gatherMs: () => 600_000 });
    const answers = [commit.push(row(1, 'k')), commit.push(row(2, 'k'), true)];
    expect(await Promise.all(answers)).toEqual([10, 20]);
    expect(writes.numbers).toEqual([[1], [2]]);
  });

  it('are never more than allowed in one write', async () => {
    const writes = new Writes();
    const commit = commitOf(writes.write, { rowsMax: 2 });
    await Promise.all([1, 2, 3, 4, 5].map(async (no) => await commit.push(row(no))));
    expect(writes.numbers).toEqual([[1, 2], [3, 4], [5]]);
  });

  it('are answered only after their write has ended', async () => {
    const writes = new Writes(true);
    const commit = commitOf(writes.write);
    let isAnswered = false;
    const answer = commit.push(row(1)).then((value) => {
      isAnswered = true;
      return value;
    });
    await writes.untilBatch(1);
    await new Promise((resolve) => setImmediate(resolve));
    expect(isAnswered).toBe(false);
    writes.finishOne();
    expect(await answer).toBe(10);
  });

  it('are counted with the time of their write', async () => {
    const flushed: number[] = [];
    const commit = commitOf(new Writes().write, {
      onFlush: (rows, durationMs) => flushed.push(rows, Number(durationMs >= 0)),
    });
    await Promise.all([commit.push(row(1)), commit.push(row(2))]);
    await commit.idle();
    expect(flushed).toEqual([2, 1]);
  });
});

describe('rows of one key', () => {
  it('never share a write, and go in the order in which they came', async () => {
    const writes = new Writes();
    const commit = commitOf(writes.write, byKey);
    const rows = [row(1, 'a'), row(2, 'a'), row(3, 'b'), row(4, 'a'), row(5, 'b')];
    await Promise.all(rows.map(async (each) => await commit.push(each)));
    expect(writes.numbers).toEqual([[1, 3], [2, 5], [4]]);
  });

  it('keep their order and their distance under any load and any fault', async () => {
    const load = fc.array(fc.record({ key: fc.constantFrom('a', 'b', 'c'), faults: fc.nat(2) }), {
      minLength: 1,
      maxLength: 30,
    });
    await fc.assert(
      fc.asyncProperty(load, fc.integer({ min: 1, max: 5 }), async (pushes, rowsMax) => {
        const written: Row[] = [];
        const faultsLeft = pushes.map(({ faults }) => faults);
        const commit = commitOf(
          async (rows) => {
            await new Promise((resolve) => setImmediate(resolve));
            expect(new Set(rows.map(({ key }) => key)).size).toBe(rows.length);
            const faulty = rows.find(({ no }) => (faultsLeft[no] ?? 0) > 0);
            if (faulty !== undefined) {
              faultsLeft[faulty.no] = (faultsLeft[faulty.no] ?? 0) - 1;
              throw new WriteFault('contention');
            }
            written.push(...rows);
            return rows.map(({ no }) => no * 10);
          },
          { ...byKey, rowsMax },
        );
        const answers = await Promise.all(pushes.map(async ({ key }, no) => await commit.push({ key, no })));
        expect(answers).toEqual(pushes.map((_, no) => no * 10));
        for (const key of ['a', 'b', 'c']) {
          const order = written.filter((each) => each.key === key).map(({ no }) => no);
          expect(order).toEqual(order.toSorted((x, y) => x - y));
        }
      }),
      { numRuns: 30 },
    );
  });
});

describe('a bad row', () => {
  it('fails alone; its neighbours are written', async () => {
    const batches: number[][] = [];
    const commit = commitOf(async (rows) => {
      batches.push(rows.map(({ no }) => no));
      if (rows.some(({ no }) => no === 6)) throw new WriteFault('data');
      return await Promise.resolve(rows.map(({ no }) => no * 10));
    });
    const answers = await Promise.allSettled(
      [1, 2, 3, 4, 5, 6, 7].map(async (no) => await commit.push(row(no))),
    );
    expect(answers.map((answer) => (answer.status === 'fulfilled' ? answer.value : 'failed'))).toEqual([
      10,
      20,
      30,
      40,
      50,
      'failed',
      70,
    ]);
    expect(batches).toEqual([[1, 2, 3, 4, 5, 6, 7], [1, 2, 3], [4, 5, 6, 7], [4, 5], [6, 7], [6], [7]]);
  });

  it('does not stop those that come later', async () => {
    const commit = commitOf(async (rows) => {
      if (rows.some(({ no }) => no === 1)) throw new WriteFault('data');
      return await Promise.resolve(rows.map(({ no }) => no * 10));
    });
    await expect(commit.push(row(1))).rejects.toThrow('data');
    expect(await commit.push(row(2))).toBe(20);
  });
});

describe('contention', () => {
  it('is tried again with the same rows', async () => {
    let left = 5;
    const batches: number[] = [];
    const commit = commitOf(async (rows) => {
      batches.push(rows.length);
      if ((left -= 1) >= 0) throw new WriteFault('contention');
      return await Promise.resolve(rows.map(({ no }) => no * 10));
    });
    expect(await Promise.all([commit.push(row(1)), commit.push(row(2))])).toEqual([10, 20]);
    expect(batches).toEqual([2, 2, 2, 2, 2, 2]);
  });

  it('that never ends is given up after a few tries', async () => {
    let calls = 0;
    const commit = commitOf(async () => {
      calls += 1;
      return await Promise.reject(new WriteFault('contention'));
    });
    await expect(commit.push(row(1))).rejects.toThrow('contention');
    expect(calls).toBe(21);
  });
});

describe('a lock that somebody holds', () => {
  /** Writes that fail while a row of the key is among them; it is held until let go. */
  const holding = (key: string) => {
    const written: number[] = [];
    let isHeld = true;
    const commit = commitOf(
      async (rows) => {
        if (isHeld && rows.some((each) => each.key === key)) throw new WriteFault('locked');
        written.push(...rows.map(({ no }) => no));
        return await Promise.resolve(rows.map(({ no }) => no * 10));
      },
      {
        ...byKey,
        heldBack: async (rows) => await Promise.resolve(rows.map((each) => isHeld && each.key === key)),
      },
    );
    const letGo = (): void => {
      isHeld = false;
    };
    return { commit, written, letGo };
  };

  it('delays only the rows that need it, and keeps their order', async () => {
    const { commit, written, letGo } = holding('a');
    const first = [row(1, 'a'), row(2, 'b'), row(3, 'c')].map(async (each) => await commit.push(each));
    await Promise.all([first[1], first[2]]);
    const later = [row(4, 'a'), row(5, 'd'), row(6, 'a')].map(async (each) => await commit.push(each));
    await later[1];
    expect(written).toEqual([2, 3, 5]);
    letGo();
    await Promise.all([...first, ...later]);
    expect(written).toEqual([2, 3, 5, 1, 4, 6]);
  });

  it('is waited for by whoever waits until everything is written', async () => {
    const { commit, written, letGo } = holding('a');
    const held = commit.push(row(1, 'a'));
    await commit.push(row(2, 'b'));
    const idle = commit.idle();
    letGo();
    await idle;
    expect(written).toEqual([2, 1]);
    expect(await held).toBe(10);
  });

  it('is not waited for once nobody will wait any more', async () => {
    const { commit } = holding('a');
    const held = Promise.allSettled([commit.push(row(1, 'a'))]);
    await commit.push(row(2, 'b'));
    commit.close();
    expect((await held).map(({ status }) => status)).toEqual(['rejected']);
  });
});

describe('a lost connection', () => {
  it('keeps the rows until the database is back', async () => {
    let isUp = false;
    const commit = commitOf(async (rows) => {
      if (!isUp) throw new WriteFault('connection');
      return await Promise.resolve(rows.map(({ no }) => no * 10));
    });
    const answers = Promise.all([commit.push(row(1)), commit.push(row(2))]);
    await new Promise((resolve) => setTimeout(resolve, 300));
    isUp = true;
    expect(await answers).toEqual([10, 20]);
  });

  it('rejects every caller once nobody will wait any more, after one write', async () => {
    let writes = 0;
    const commit = commitOf(async () => {
      writes += 1;
      return await Promise.reject(new WriteFault('connection'));
    });
    const answers = Promise.allSettled([commit.push(row(1)), commit.push(row(2)), commit.push(row(3))]);
    commit.close();
    expect((await answers).map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
    expect(writes).toBe(1);
    await commit.idle();
    expect(commit.queued).toBe(0);
  });
});

describe('idle', () => {
  it('resolves when everything handed in is written, also what came meanwhile', async () => {
    const writes = new Writes(true);
    const commit = commitOf(writes.write);
    const answers = [commit.push(row(1))];
    await writes.untilBatch(1);
    let isIdle = false;
    const idle = commit.idle().then(() => {
      isIdle = true;
    });
    answers.push(commit.push(row(2)));
    writes.finishOne();
    await writes.untilBatch(2);
    expect(isIdle).toBe(false);
    writes.finishOne();
    await idle;
    expect(await Promise.all(answers)).toEqual([10, 20]);
  });

  it('resolves at once when there is nothing', async () => {
    await expect(commitOf(new Writes().write).idle()).resolves.toBeUndefined();
  });
});
