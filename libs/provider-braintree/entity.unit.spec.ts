import { entityOf } from './entity.ts';
import { parseXml } from './xml.ts';

function entity(inner: string): string {
  const element = parseXml(`<transaction>\n  ${inner}\n</transaction>`);
  if (element === null) throw new Error(`not read: ${inner}`);
  return JSON.stringify(entityOf(element));
}

describe('a transaction as a person is shown it', () => {
  it.each([
    ['a text, an amount included', '<amount>010.50</amount>', '{"amount":"010.50"}'],
    ['an empty text', '<custom-fields></custom-fields>', '{"custom_fields":""}'],
    ['nothing', '<order-id nil="true"/>', '{"order_id":null}'],
    ['a truth', '<recurring type="boolean">false</recurring>', '{"recurring":false}'],
    ['a whole number', '<n type="integer">42</n>', '{"n":42}'],
    [
      'a number longer than a double',
      '<n type="integer">12345678901234567890</n>',
      '{"n":12345678901234567890}',
    ],
    ['a number that is none', '<n type="integer">007</n>', '{"n":"007"}'],
    ['a list of none', '<refund-ids type="array"/>', '{"refund_ids":[]}'],
    ['a list of one', '<refund-ids type="array"><item>a</item></refund-ids>', '{"refund_ids":["a"]}'],
    [
      'a list of objects',
      '<status-history type="array"><status-event><status>settled</status></status-event></status-history>',
      '{"status_history":[{"status":"settled"}]}',
    ],
    ['an object', '<credit-card><last-4>1111</last-4></credit-card>', '{"credit_card":{"last_4":"1111"}}'],
    [
      'a field that is there twice',
      '<id>a</id><type>credit</type><id>b</id>',
      '{"id":["a","b"],"type":"credit"}',
    ],
  ])('keeps %s', (_what, inner, expected) => {
    expect(entity(inner)).toBe(expected);
  });
});
