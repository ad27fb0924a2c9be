import { ERROR_TABLE, ruleFor } from './error-table.ts';

describe('the table of refusals', () => {
  it('has words that can match: lower case, single spaces, no full stop at the end', () => {
    for (const { words } of ERROR_TABLE) {
      expect(words).toBe(words.toLowerCase().replace(/\s+/g, ' ').trim().replace(/\.$/, ''));
    }
  });

  it('has no rule that another one hides', () => {
    for (const rule of ERROR_TABLE) {
      for (const httpStatus of rule.httpStatuses) expect(ruleFor(httpStatus, rule.words)).toBe(rule);
    }
  });
});

describe('finding the rule for a description', () => {
  it.each([
    [400, 'The payment has been fully refunded already.', 'ALREADY_REFUNDED'],
    [400, 'THE PAYMENT  has been\nfully refunded already', 'ALREADY_REFUNDED'],
    [400, 'AABBdHIieex is not a valid id', 'PAYMENT_NOT_FOUND'],
    [400, 'speeed, foo is/are not required and should not be sent', 'REQUEST_MALFORMED'],
    [400, 'The amount must be at least  1.00', 'AMOUNT_TOO_LOW'],
    [400, 'The amount must be atleast INR 1.00', 'AMOUNT_TOO_LOW'],
    [400, 'Refunds cannot be created on your account for upi payments', 'REFUNDS_DISABLED'],
    [401, 'The api key provided is invalid', 'CREDENTIALS_REFUSED'],
    [409, 'Different request with the same idempotency key has already been processed.', 'KEY_MISMATCH'],
  ])('%i %j is %s', (httpStatus, description, code) => {
    expect(ruleFor(httpStatus, description)?.meaning.code).toBe(code);
  });

  it.each([
    [400, 'Something new'],
    [422, 'The payment has been fully refunded already.'],
    [400, 'We could not process: the payment has been fully refunded already'],
    [400, ''],
  ])('%i %j is not listed', (httpStatus, description) => {
    expect(ruleFor(httpStatus, description)).toBeNull();
  });
});
