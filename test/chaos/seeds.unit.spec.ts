import { readSeeds } from './seeds.ts';

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
