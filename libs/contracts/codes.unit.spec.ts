import { DEAD_LETTERS, REJECTIONS } from './index.ts';

describe('the codes on the wire', () => {
  const codes = [...Object.entries(REJECTIONS), ...Object.entries(DEAD_LETTERS)];

  it.each(codes)('%s is SCREAMING_SNAKE and explained in one sentence', (code, meaning) => {
    expect(code).toMatch(/^[A-Z][A-Z0-9]*(_[A-Z0-9]+)*$/);
    expect(meaning).toMatch(/^[A-Z].*\.$/);
  });

  it('no code means two things', () => {
    expect(new Set(codes.map(([code]) => code)).size).toBe(codes.length);
    expect(new Set(codes.map(([, meaning]) => meaning)).size).toBe(codes.length);
  });
});
