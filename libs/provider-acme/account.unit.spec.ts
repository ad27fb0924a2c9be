import { inspect } from 'node:util';
import { AccountInvalid, readAcmeAccount } from './account.ts';

const settings = { merchantId: 'shop-1', secretKey: 'live_the-secret-key' };

function account(more: Readonly<Record<string, string>> = {}) {
  return readAcmeAccount({ name: 'europe', merchant: 'shop-1', settings: { ...settings, ...more } });
}

describe("an account's settings", () => {
  it('become an account with the vendor as the default address', () => {
    expect(account()).toMatchObject({
      provider: 'acme',
      name: 'europe',
      merchant: 'shop-1',
      mode: 'live',
      baseUrl: 'https://api.acme.example',
    });
    const pair = Buffer.from('shop-1:live_the-secret-key').toString('base64');
    expect(account().credentials.authorization()).toBe(`Basic ${pair}`);
  });

  it('are in test mode with a test key, and then may use plain http', () => {
    expect(account({ secretKey: 'test_key-of-mine', baseUrl: 'http://sandbox:4010/' })).toMatchObject({
      mode: 'test',
      baseUrl: 'http://sandbox:4010',
    });
  });

  it.each([
    ['merchantId', { merchantId: 'shop:1' }],
    ['secretKey', { secretKey: 'somebody-elses' }],
    ['secretKey', { secretKey: 'live_with\nlines' }],
    ['baseUrl', { baseUrl: 'ftp://x.example' }],
    ['baseUrl', { baseUrl: 'https://user:pass@x.example' }],
    ['baseUrl', { baseUrl: 'http://x.example' }],
    ['merchnatId', { merchnatId: 'shop-2' }],
  ])('are refused for %s, named without its value: %j', (name, wrong) => {
    const read = () => account(wrong);
    expect(read).toThrow(AccountInvalid);
    expect(read).toThrow(name);
    for (const value of Object.values(wrong)) expect(read).not.toThrow(value);
  });

  it('do not show their secrets when the account is printed', () => {
    const shown = `${JSON.stringify(account())}${inspect(account(), { depth: 9, showHidden: true })}`;
    expect(shown).not.toMatch(/the-secret-key|Basic/);
  });
});
