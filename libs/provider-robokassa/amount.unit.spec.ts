import { parseJsonObject } from '#libs/provider-kit';
import { literalOf, readSum, sumLiteral } from './amount.ts';

describe('a sum in an answer', () => {
  it.each([
    ['{"amount":1.000000}', '1.00'],
    ['{"amount":1}', '1.00'],
    ['{"amount":50.50}', '50.50'],
    ['{"amount":123456789012.120000}', '123456789012.12'],
    ['{"amount":1.005000}', null],
    ['{"amount":1e2}', null],
    ['{"amount":-1.00}', null],
    ['{"amount":"1.00"}', null],
    ['{"amount":null}', null],
    ['{}', null],
  ])('%s is %j', (text, sum) => {
    const amount = parseJsonObject(text)?.['amount'];
    expect(readSum(literalOf(amount))?.toFixed(2) ?? null).toBe(sum);
  });
});

describe('a sum in a request', () => {
  it.each([
    ['50.5', '50.50'],
    ['50', '50.00'],
    ['0.01', '0.01'],
    ['999999999999.99', '999999999999.99'],
  ])('%s is %s', (amount, literal) => {
    expect(sumLiteral(amount)).toBe(literal);
  });
});
