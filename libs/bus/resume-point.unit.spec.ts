import { resumePoint } from './resume-point.ts';

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
    expect(resumePoint(known)).toEqual({ at, from, kinds });
  });
});
