import { Recently } from './recently.ts';

describe('what was told recently', () => {
  it('is not told again within the time, counted from when it was told', () => {
    const recently = new Recently(60);
    expect(recently.isNew('a', 0)).toBe(true);
    expect(recently.isNew('a', 59)).toBe(false);
    expect(recently.isNew('b', 59)).toBe(true);
    expect(recently.isNew('a', 60)).toBe(true);
  });

  it('is remembered for a bounded number of texts', () => {
    const recently = new Recently(60);
    for (let text = 0; text < 1000; text += 1) recently.isNew(String(text), 0);
    expect(recently.isNew('0', 1)).toBe(false);
    expect(recently.isNew('one more', 1)).toBe(true);
    expect(recently.isNew('0', 1)).toBe(true);
  });
});
