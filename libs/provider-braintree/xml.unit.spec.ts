import { child, itemsOf, parseXml, textOf } from './xml.ts';

function root(inner: string) {
  const element = parseXml(
    `<?xml version="1.0" encoding="UTF-8"?>\n<transaction>\n  ${inner}\n</transaction>`,
  );
  if (element === null) throw new Error(`not read: ${inner}`);
  return element;
}

describe('an XML answer', () => {
  it('keeps texts as they are written', () => {
    const element = root(
      '<amount>010.50</amount><id>1e5</id><code type="integer">007</code><flag>true</flag>',
    );
    expect(['amount', 'id', 'code', 'flag'].map((name) => textOf(element, name))).toEqual([
      '010.50',
      '1e5',
      '007',
      'true',
    ]);
  });

  it('tells a list of one from a list of none', () => {
    expect(itemsOf(root('<refund-ids type="array"><item>a</item></refund-ids>'), 'refund-ids')).toMatchObject(
      [{ text: 'a' }],
    );
    for (const none of [
      '<refund-ids type="array"/>',
      '<refund-ids type="array"></refund-ids>',
      '<refund-ids nil="true"/>',
      '<id>x</id>',
    ]) {
      expect(itemsOf(root(none), 'refund-ids')).toEqual([]);
    }
  });

  it('reads the characters that XML writes in other ways', () => {
    const element = root('<a>&lt;b&gt; &amp; &#233;&#x20AC; &quot;&apos;</a><c><![CDATA[1 < 2 &amp;]]></c>');
    expect([textOf(element, 'a'), textOf(element, 'c')]).toEqual(['<b> & é€ "\'', '1 < 2 &amp;']);
  });

  it.each([
    ['absent', '<other>1</other>'],
    ['nil', '<id nil="true"/>'],
    ['empty', '<id></id>'],
    ['an element with others in it', '<id><part>1</part></id>'],
    ['there twice', '<id>1</id><id>2</id>'],
  ])('has no text for a child that is %s', (_what, inner) => {
    expect(textOf(root(inner), 'id')).toBeNull();
  });

  it('has no members that every object has', () => {
    expect(child(root('<id>1</id>'), 'constructor')).toBeNull();
  });
});

describe('a document that is not read', () => {
  it.each([
    ['no XML', 'Bad Gateway'],
    ['nothing', ''],
    ['a page of HTML', '<!DOCTYPE html><html><body><p>502<p></body></html>'],
    ['cut off', '<transaction><id>abc</id><amount>10'],
    ['two documents', '<transaction/><transaction/>'],
    [
      'with entities of its own',
      '<!DOCTYPE a [<!ENTITY x "10.00">]><transaction><amount>&x;</amount></transaction>',
    ],
    ['with the name of a prototype', '<transaction><__proto__>1</__proto__></transaction>'],
    ['nested without end', `${'<a>'.repeat(200)}${'</a>'.repeat(200)}`],
  ])('%s', (_what, document) => {
    expect(parseXml(document)).toBeNull();
  });
});
