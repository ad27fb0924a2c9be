import { readMinutes, readSeeds, seedsUntil } from './seeds.ts';

describe('a list of seeds', () => {
  it('is read from numbers and ranges, in their order', () => {
    expect(readSeeds('7')).toEqual([7]);
    expect(readSeeds('1-3')).toEqual([1, 2, 3]);
    expect(readSeeds('9,2-4,0')).toEqual([9, 2, 3, 4, 0]);
  });

  it.each(['', 'a', '3-1', '-1', '1-', '1,,2', '1.5', '1-99999'])('%p › is refused', (text) => {
    expect(() => readSeeds(text)).toThrow('Numbers and ranges');
  });
});

describe('seeds until a time is over', () => {
  /** It is over when it has been asked so often. */
  function overAfter(times: number): () => boolean {
    let asked = 0;
    return () => (asked += 1) > times;
  }

  it('are those asked for, however long they take, then further ones', () => {
    expect([...seedsUntil([3, 7], overAfter(0))]).toEqual([3, 7]);
    expect([...seedsUntil([3, 7], overAfter(2))]).toEqual([3, 7, 8, 9]);
    expect([...seedsUntil([], overAfter(2))]).toEqual([1, 2]);
  });

  it.each(['', '0', '-1', 'soon', '20000'])('%p minutes › are refused', (text) => {
    expect(() => readMinutes(text)).toThrow('minutes');
  });
});
