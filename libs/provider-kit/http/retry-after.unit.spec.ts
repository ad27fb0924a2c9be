import { readRetryAfter } from './retry-after.ts';

const NOW_MS = Date.UTC(2026, 0, 5, 12, 0, 0);

describe('Retry-After', () => {
  it.each([
    ['seconds', '30', 30_000],
    ['no wait', '0', 0],
    ['an HTTP date', 'Mon, 05 Jan 2026 12:00:45 GMT', 45_000],
    ['the older form of a date', 'Monday, 05-Jan-26 12:00:45 GMT', 45_000],
    ['a date that has passed', 'Mon, 05 Jan 2026 11:00:00 GMT', 0],
    ['more than a day', '999999', 86_400_000],
  ])('reads %s', (_what, value, expectedMs) => {
    expect(readRetryAfter(value, NOW_MS)).toBe(expectedMs);
  });

  it.each([['soon'], ['-5'], ['1.5'], [''], ['2026'.repeat(5)]])('ignores %j', (value) => {
    expect(readRetryAfter(value, NOW_MS)).toBeNull();
  });

  it('is null where the header is absent', () => {
    expect(readRetryAfter(undefined, NOW_MS)).toBeNull();
  });
});
