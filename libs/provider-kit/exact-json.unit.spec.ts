import * as fc from 'fast-check';
import { asCount, asList, asObject, asText, InexactNumber, member, parseJsonObject } from './exact-json.ts';

function amountOf(literal: string): unknown {
  const parsed = parseJsonObject(`{"amount":${literal}}`);
  return parsed === null ? 'no JSON' : asCount(member(parsed, 'amount'));
}

describe('reading amounts from the literal text', () => {
  it.each([
    ['0', 0],
    ['100', 100],
    ['999999999999999', 999_999_999_999_999],
  ])('takes the integer %s', (literal, expected) => {
    expect(amountOf(literal)).toBe(expected);
  });

  it.each([
    ['a fraction that a double rounds to an integer', '99.99999999999999999'],
    ['a fraction of zero', '100.0'],
    ['an exponent', '1e2'],
    ['more digits than a double keeps', '9007199254740993'],
    ['a negative number', '-100'],
    ['a text of digits', '"100"'],
    ['nothing', 'null'],
  ])('refuses %s', (_what, literal) => {
    expect(amountOf(literal)).toBeNull();
  });

  it('keeps the literal of an inexact number', () => {
    const parsed = parseJsonObject('{"note":"3.5","deep":[{"sum":1.000000}]}');
    expect(parsed).toEqual({ note: '3.5', deep: [{ sum: new InexactNumber('1.000000') }] });
  });

  it('prints an inexact number as it came', () => {
    const text = '{"sum":1.000000,"big":9007199254740993,"deep":[1e2]}';
    expect(JSON.stringify(parseJsonObject(text))).toBe(text);
  });

  it('agrees with JSON.parse wherever every number is a short integer', () => {
    fc.assert(
      fc.property(
        fc.dictionary(
          fc.string(),
          fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.constant(null), fc.array(fc.string())),
        ),
        (object) => {
          const text = JSON.stringify(object);
          expect(parseJsonObject(text)).toEqual(JSON.parse(text));
        },
      ),
    );
  });
});

describe('reading an answer that is no JSON object', () => {
  it.each([['<html>Bad Gateway</html>'], ['{"id":'], ['[]'], ['null'], ['1'], ['1.5'], ['']])(
    '%j is null',
    (text) => {
      expect(parseJsonObject(text)).toBeNull();
    },
  );
});

describe('members', () => {
  it('are those of the object itself', () => {
    expect(member(parseJsonObject('{"a":"b"}') ?? {}, 'constructor')).toBeUndefined();
  });

  it('have the kind that is asked for, or are null', () => {
    const parsed = parseJsonObject('{"o":{},"l":[1],"t":"x","f":1.5}') ?? {};
    const kinds = ['o', 'l', 't', 'f', 'missing'].map((name) => {
      const value = member(parsed, name);
      return [asObject(value) !== null, asList(value) !== null, asText(value) !== null];
    });
    expect(kinds).toEqual([
      [true, false, false],
      [false, true, false],
      [false, false, true],
      [false, false, false],
      [false, false, false],
    ]);
  });
});
