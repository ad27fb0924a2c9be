import { inspect } from 'node:util';
import { AccountInvalid, readBraintreeAccount } from './account.ts';

const settings = { merchantId: 'merchant_1', publicKey: 'public_1', privateKey: 'a-private-key' };

function account(more: Readonly<Record<string, string>> = {}) {
  return readBraintreeAccount({ name: 'eu', merchant: 'merchant_1', settings: { ...settings, ...more } });
}

describe("an account's settings", () => {
  it('become an account in production, with request keys, complete when settled', () => {
    const read = account();
    expect(read).toMatchObject({
      provider: 'braintree',
      name: 'eu',
      merchant: 'merchant_1',
      mode: 'live',
      baseUrl: 'https://api.braintreegateway.com',
      credentials: { merchantId: 'merchant_1', publicKey: 'public_1', completeAt: 'settled' },
    });
    expect(read.credentials.authorization()).toBe('Basic cHVibGljXzE6YS1wcml2YXRlLWtleQ==');
    expect(read.credentials.takesRequestKeys()).toBe(true);
  });

  it.each([
    ['the environment sandbox', { environment: 'sandbox' }, 'https://api.sandbox.braintreegateway.com'],
    [
      "the vendor's sandbox as an address",
      { baseUrl: 'https://api.sandbox.braintreegateway.com/' },
      'https://api.sandbox.braintreegateway.com',
    ],
    ['a simulator', { environment: 'sandbox', baseUrl: 'http://127.0.0.1:4010' }, 'http://127.0.0.1:4010'],
  ])('are in test mode with %s', (_what, more, baseUrl) => {
    expect(account(more)).toMatchObject({ mode: 'test', baseUrl });
  });

  it('may leave request keys out and count a submitted refund as complete', () => {
    const { credentials } = account({ requestKeys: 'false', completeAt: 'submitted_for_settlement' });
    expect([credentials.takesRequestKeys(), credentials.completeAt]).toEqual([
      false,
      'submitted_for_settlement',
    ]);
  });

  it.each([
    ['merchantId', { merchantId: 'a/b' }],
    ['publicKey', { publicKey: 'a:b' }],
    ['privateKey', { privateKey: 'short' }],
    ['privateKey', { privateKey: 'a key with\nlines' }],
    ['baseUrl', { baseUrl: 'ftp://x.example' }],
    ['baseUrl', { baseUrl: 'https://user:pass@x.example' }],
    ['baseUrl', { baseUrl: 'http://x.example' }],
    ['baseUrl', { environment: 'sandbox', baseUrl: 'https://api.braintreegateway.com' }],
    ['environment', { environment: 'staging' }],
    ['requestKeys', { requestKeys: 'no' }],
    ['completeAt', { completeAt: 'authorized' }],
    ['merchantID', { merchantID: 'm' }],
  ])('are refused for %s, named without its value: %j', (name, wrong) => {
    const read = () => account(wrong);
    expect(read).toThrow(AccountInvalid);
    expect(read).toThrow(name);
    expect(read).not.toThrow(/a\/b|a:b|short|with\nlines|x\.example/);
  });

  it('do not show their secrets when the account is printed', () => {
    const shown = `${JSON.stringify(account())}${inspect(account(), { depth: 9, showHidden: true })}`;
    expect(shown).not.toMatch(/a-private-key|Basic/);
  });
});
