import { differences } from './answer-check.ts';

describe('comparing an answer with the request', () => {
  it('is null when everything is repeated as it was sent', () => {
    expect(differences([{ field: 'amount', expected: '1050', answered: '1050' }])).toBeNull();
  });

  it('names every difference, and what is absent', () => {
    expect(
      differences([
        { field: 'amount', expected: '1050', answered: '1051' },
        { field: 'currency', expected: 'INR', answered: 'INR' },
        { field: 'payment', expected: 'pay_1', answered: null },
      ]),
    ).toBe('amount is 1051 instead of 1050; payment is absent instead of pay_1');
  });

  it('keeps foreign text on one line', () => {
    expect(differences([{ field: 'currency', expected: 'INR', answered: 'IN\r\n\0R' }])).toBe(
      'currency is IN R instead of INR',
    );
  });
});
