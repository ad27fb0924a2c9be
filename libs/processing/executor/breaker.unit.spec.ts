import { Breaker, type BreakerState, type Heard } from './breaker.ts';

const { jest } = import.meta;

const ANSWERED: Heard = { kind: 'answered' };
const FAILED: Heard = { kind: 'failed' };
const MINUTE_MS = 60_000;

let asked = 0;
let answers = false;
let changes: BreakerState[] = [];
let breaker: Breaker;

/** Advances our clock, and lets what was due by then happen. */
const pass = async (ms: number): Promise<void> => {
  await jest.advanceTimersByTimeAsync(ms);
};

const hear = (heard: Heard, ...refundIds: string[]): void => {
  for (const refundId of refundIds) breaker.heard(heard, refundId);
};

beforeEach(() => {
  jest.useFakeTimers();
  asked = 0;
  answers = false;
  changes = [];
  breaker = new Breaker({
    widthMax: 8,
    ask: async () => {
      asked += 1;
      return await Promise.resolve(answers);
    },
    pauseMs: (turn) => Math.min(MINUTE_MS / 2, 100 * 2 ** turn),
    onChange: (state, before) => {
      if (state !== before) changes.push(state);
    },
  });
});

afterEach(() => {
  breaker.stop();
  jest.useRealTimers();
});

describe('an account whose provider fails', () => {
  it('now and then › is claimed as usual', async () => {
    for (let round = 0; round < 10; round += 1) {
      hear(FAILED, 'a', 'b', 'c', 'd');
      hear(ANSWERED, 'e');
    }
    await pass(MINUTE_MS);
    expect(breaker.limit).toBeNull();
    expect([asked, changes]).toEqual([0, []]);
  });

  it('five times in a row › is not claimed, and the provider is asked less and less often', async () => {
    hear(FAILED, 'a', 'b', 'c', 'd', 'e');
    expect(breaker.limit).toBe(0);
    await pass(0);
    expect(asked).toBe(1);
    await pass(5 * MINUTE_MS);
    expect(breaker.limit).toBe(0);
    expect(asked).toBeGreaterThan(10);
    expect(asked).toBeLessThan(20);
    expect(changes).toEqual(['open']);
  });

  it('and answers again › is claimed one at a time, more with each answer, and then as usual', async () => {
    hear(FAILED, 'a', 'b', 'c', 'd', 'e');
    await pass(MINUTE_MS);
    answers = true;
    await pass(MINUTE_MS);
    expect(breaker.limit).toBe(1);
    hear(ANSWERED, 'a', 'b');
    expect(breaker.limit).toBe(3);
    hear(ANSWERED, 'c', 'd', 'e', 'f', 'g', 'h');
    expect(breaker.limit).toBeNull();
    expect(changes).toEqual(['open', 'slowed', 'closed']);
  });

  it('its refunds though it answers when it is asked › has one refund tried after each pause', async () => {
    answers = true;
    hear(FAILED, 'a', 'b', 'c', 'd', 'e');
    await pass(0);
    let tried = 0;
    for (let second = 0; second < 300; second += 1) {
      if (breaker.limit === 1) {
        tried += 1;
        hear(FAILED, `again-${String(second)}`);
      }
      await pass(1000);
    }
    expect(tried).toBeGreaterThan(10);
    expect(tried).toBeLessThan(25);
  });

  it('one and the same refund every time › has the others tried at once, one by one', async () => {
    answers = true;
    hear(FAILED, 'a', 'a', 'a', 'a', 'a');
    await pass(0);
    expect(breaker.limit).toBe(1);
    hear(FAILED, 'a');
    await pass(0);
    expect(breaker.limit).toBe(1);
    hear(ANSWERED, 'b');
    expect(breaker.limit).toBe(2);
  });

  it('what it is asked with, for long › has a refund tried all the same now and then', async () => {
    hear(FAILED, 'a', 'b', 'c', 'd', 'e');
    await pass(14 * MINUTE_MS);
    expect(breaker.limit).toBe(0);
    await pass(2 * MINUTE_MS);
    expect(breaker.limit).toBe(1);
    hear(FAILED, 'f');
    await pass(14 * MINUTE_MS);
    expect(breaker.limit).toBe(0);
  });

  it('until an answer comes that was long under way › is tried with it', async () => {
    hear(FAILED, 'a', 'b', 'c', 'd', 'e');
    await pass(MINUTE_MS);
    hear(ANSWERED, 'f');
    expect(breaker.limit).toBe(1);
    hear(FAILED, 'g');
    expect(breaker.limit).toBe(0);
  });
});

describe('an account that makes too many calls', () => {
  it('is left alone for as long as its provider says, then claimed at half its width', async () => {
    hear({ kind: 'tooMany', retryAfterMs: 5000 }, 'a', 'b', 'c');
    expect(breaker.limit).toBe(0);
    await pass(4000);
    expect(breaker.limit).toBe(0);
    await pass(1000);
    expect(breaker.limit).toBe(4);
    hear({ kind: 'tooMany', retryAfterMs: 5000 }, 'd');
    await pass(5000);
    expect(breaker.limit).toBe(2);
    hear(ANSWERED, 'a');
    expect(breaker.limit).toBe(3);
    expect([asked, changes]).toEqual([0, ['slowed']]);
  });

  it('is not taken for down when one of the few calls it may make fails', async () => {
    for (let round = 0; round < 10; round += 1) {
      hear({ kind: 'tooMany', retryAfterMs: null }, 'a');
      await pass(MINUTE_MS);
    }
    hear(FAILED, 'a', 'b', 'c', 'd');
    expect([breaker.limit, breaker.state]).toEqual([1, 'slowed']);
    hear(FAILED, 'e');
    expect(breaker.state).toBe('open');
  });

  it('is never slowed to nothing', async () => {
    for (let round = 0; round < 10; round += 1) {
      hear({ kind: 'tooMany', retryAfterMs: null }, 'a');
      await pass(MINUTE_MS);
    }
    expect(breaker.limit).toBe(1);
  });
});
