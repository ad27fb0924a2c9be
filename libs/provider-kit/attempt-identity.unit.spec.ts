import { attemptKey, attemptReference, looksLikeReference } from './attempt-identity.ts';

describe('key and reference of an attempt', () => {
  it('never change: a change would pay refunds in flight a second time', () => {
    expect(attemptKey('rf_01J', 1)).toBe('rk_6c5ac15dda66792ae603d616452965d0');
    expect(attemptReference('rf_01J', 1)).toBe('rr_535cf39285ea102d94dc4886e337c465');
  });

  it('differ between refunds, between attempts and between each other', () => {
    const long = 'a'.repeat(63);
    const all = [`${long}1`, `${long}2`, 'rf_1', 'rf_11'].flatMap((refundId) =>
      [1, 2, 11].flatMap((attemptNo) => [
        attemptKey(refundId, attemptNo).slice(3),
        attemptReference(refundId, attemptNo).slice(3),
      ]),
    );
    expect(new Set(all).size).toBe(all.length);
  });

  it('have a fixed length under every limit, and only characters that every provider takes', () => {
    for (const refundId of ['a', 'a'.repeat(64)]) {
      expect(attemptKey(refundId, 1)).toMatch(/^rk_[0-9a-f]{32}$/);
      expect(attemptReference(refundId, 1_000_000)).toMatch(/^rr_[0-9a-f]{32}$/);
    }
  });

  it('are told from a reference of the caller by their form', () => {
    expect(looksLikeReference(attemptReference('rf_1', 1))).toBe(true);
    expect(looksLikeReference('Receipt No. 31')).toBe(false);
  });
});
