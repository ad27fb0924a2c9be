import { Bell } from './bell.ts';

const LONG_MS = 60_000;

describe('a bell', () => {
  it('wakes the one who waits', async () => {
    const bell = new Bell();
    const waited = bell.wait(LONG_MS);
    bell.ring();
    await expect(waited).resolves.toBeUndefined();
  });

  it('keeps a ring for the next wait, once', async () => {
    const bell = new Bell();
    bell.ring();
    bell.ring();
    await bell.wait(LONG_MS);
    const startedAt = performance.now();
    await bell.wait(20);
    expect(performance.now() - startedAt).toBeGreaterThan(15);
  });
});
