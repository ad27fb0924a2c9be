import { xmlArray, xmlDocument } from './xml.ts';

describe('Braintree’s XML', () => {
  const declaration = '<?xml version="1.0" encoding="UTF-8"?>\n';

  it.each([
    [null, '<a nil="true"/>'],
    ['', '<a></a>'],
    ['1 < 2 & "3" > \'0\'', "<a>1 &lt; 2 &amp; &quot;3&quot; &gt; '0'</a>"],
    [5, '<a type="integer">5</a>'],
    [false, '<a type="boolean">false</a>'],
    [new Date('2026-01-01T00:00:00.999Z'), '<a type="datetime">2026-01-01T00:00:00Z</a>'],
    [{ xmlSymbol: 'base' }, '<a type="symbol">base</a>'],
    [{}, '<a/>'],
    [{ 'b-c': 'x', d: undefined, e: null }, '<a><b-c>x</b-c><e nil="true"/></a>'],
    [xmlArray('item', []), '<a type="array"/>'],
    [xmlArray('item', ['x', 'y']), '<a type="array"><item>x</item><item>y</item></a>'],
    [
      { xmlList: 'collection' as const, itemName: 'item', items: ['x'], beside: { 'page-size': 50 } },
      '<a type="collection"><page-size type="integer">50</page-size><item>x</item></a>',
    ],
  ])('writes %j as %s', (value, xml) => {
    expect(xmlDocument('a', value)).toBe(declaration + xml);
  });
});
