import { heldRanges } from './scan-ranges.ts';

const HELD = [{ partition: 0, low: 10, high: 20 }];

describe('a range to be scanned', () => {
  it.each([
    ['inside the log stays', { from: 12, to: 15 }, [{ from: 12, to: 15 }]],
    ['is cut at both ends', { from: 0, to: 99 }, [{ from: 10, to: 20 }]],
    ['before the log is empty', { from: 0, to: 10 }, []],
    ['behind the log is empty', { from: 20, to: 30 }, []],
    ['that ends before it begins is empty', { from: 15, to: 12 }, []],
  ])('%s', (_case, { from, to }, expected) => {
    expect(heldRanges([{ partition: 0, from, to }], HELD)).toEqual(
      expected.map((range) => ({ partition: 0, ...range })),
    );
  });

  it('of a partition that is not there is refused', () => {
    expect(() => heldRanges([{ partition: 1, from: 0, to: 1 }], HELD)).toThrow('no partition 1');
  });
});
