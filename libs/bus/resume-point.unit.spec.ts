import { isOtherLog, resumePoint } from './resume-point.ts';

describe('where a partition goes on', () => {
  it.each([
    ['at the stored position', { stored: 7, committed: 7, low: 0, high: 10 }, 7, 7, []],
    [
      'at the stored position, before anything was committed',
      { stored: 7, committed: null, low: 0, high: 10 },
      7,
      7,
      [],
    ],
    [
      'at the stored position, when a commit was lost',
      { stored: 7, committed: 5, low: 0, high: 10 },
      7,
      7,
      [],
    ],
    ['at the end', { stored: 10, committed: 10, low: 10, high: 10 }, 10, 10, []],
    ['at the earliest, when never read', { stored: null, committed: null, low: 3, high: 10 }, 3, 3, []],
    [
      'at the earliest, when the group has only seen deleted records',
      { stored: null, committed: 2, low: 3, high: 10 },
      3,
      3,
      [],
    ],
    [
      'at the stored position, reporting rows lost',
      { stored: 4, committed: 7, low: 0, high: 10 },
      4,
      4,
      ['rowsLost'],
    ],
    [
      'at the earliest, reporting that all rows are lost',
      { stored: null, committed: 7, low: 0, high: 10 },
      0,
      0,
      ['rowsLost'],
    ],
    [
      'at the earliest, reporting retention',
      { stored: 4, committed: 4, low: 6, high: 10 },
      6,
      4,
      ['retention'],
    ],
    [
      'at the earliest, reporting both',
      { stored: 4, committed: 7, low: 6, high: 10 },
      6,
      4,
      ['rowsLost', 'retention'],
    ],
    [
      'at the earliest of a log created anew',
      { stored: 40, committed: 90, low: 0, high: 10 },
      0,
      40,
      ['recreated'],
    ],
  ])('%s', (_case, known, at, from, kinds) => {
    expect(resumePoint({ ...known, isOtherLog: false })).toEqual({ at, from, kinds });
  });

  it('at the earliest of a log created anew that has grown past the stored position', () => {
    const known = { stored: 40, committed: null, low: 0, high: 60, isOtherLog: true };
    expect(resumePoint(known)).toEqual({ at: 0, from: 40, kinds: ['recreated'] });
  });
});

describe('a log that reaches as far as the stored position', () => {
  const range = { low: 10, high: 60 };
  const asked: number[] = [];
  const showing = (timeMs: number | null) => async (offset: number) => {
    asked.push(offset);
    return await Promise.resolve(timeMs);
  };

  beforeEach(() => {
    asked.length = 0;
  });

  it('is another one when the record before the position has another time', async () => {
    const stored = { next: 50, lastRecordAtMs: 1_000 };
    expect(await isOtherLog(stored, range, showing(1_001))).toBe(true);
    expect(await isOtherLog(stored, range, showing(1_000))).toBe(false);
    expect(asked).toEqual([49, 49]);
  });

  it('is taken for the same when it shows no record there', async () => {
    expect(await isOtherLog({ next: 50, lastRecordAtMs: 1_000 }, range, showing(null))).toBe(false);
  });

  it.each([
    ['the store never read it', undefined],
    ['the store remembers no record', { next: 50, lastRecordAtMs: null }],
    ['retention took the record away', { next: 10, lastRecordAtMs: 1_000 }],
    ['the log ends before the position', { next: 61, lastRecordAtMs: 1_000 }],
  ])('is not asked when %s', async (_case, stored) => {
    expect(await isOtherLog(stored, range, showing(7))).toBe(false);
    expect(asked).toEqual([]);
  });
});
