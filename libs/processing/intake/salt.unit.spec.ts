import { newSalt } from './salt.ts';

describe('a salt', () => {
  it('is 16 bytes, keeps them while others are made, and is never given twice', () => {
    const salts = Array.from({ length: 1000 }, () => newSalt());
    const first = salts.map((salt) => salt.toString('hex'));
    for (let more = 0; more < 1000; more += 1) newSalt();
    expect(salts.map((salt) => salt.toString('hex'))).toEqual(first);
    expect(new Set(first).size).toBe(1000);
    expect(salts.every(({ length }) => length === 16)).toBe(true);
  });
});
