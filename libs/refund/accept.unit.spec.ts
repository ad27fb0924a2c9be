import { accept, rejection, type AcceptFacts } from './accept.ts';

const facts = (change: Partial<AcceptFacts> = {}): AcceptFacts => ({
  faults: [],
  ageMs: 1000,
  requestAgeMaxMs: 86_400_000,
  recovering: false,
  ...change,
});

describe('a request', () => {
  it('without faults is accepted', () => {
    expect(accept(facts())).toEqual({ to: 'requested', lookFirst: false });
  });

  it('is looked up first when rows were lost or it is too old: it may have been sent before', () => {
    expect(accept(facts({ recovering: true }))).toEqual({ to: 'requested', lookFirst: true });
    expect(accept(facts({ ageMs: 86_400_001 }))).toEqual({ to: 'requested', lookFirst: true });
    expect(accept(facts({ ageMs: 86_400_000 }))).toEqual({ to: 'requested', lookFirst: false });
  });

  it('with faults is rejected with the first, even while recovering', () => {
    const first = { code: 'AMOUNT_INVALID', message: 'not an amount' };
    const faults = [first, { code: 'CURRENCY_UNKNOWN', message: 'not listed' }];
    expect(accept(facts({ faults, recovering: true }))).toEqual({ to: 'failed', failure: rejection(first) });
  });

  it('that is rejected moved nothing: the merchant may ask again', () => {
    expect(rejection({ code: 'X', message: 'y' })).toEqual({
      kind: 'rejected',
      code: 'X',
      message: 'y',
      actBy: 'merchant',
      mayRequestAgain: true,
    });
  });
});
