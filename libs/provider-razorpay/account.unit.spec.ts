import { inspect } from 'node:util';
import { AccountInvalid, readRazorpayAccount } from './account.ts';

const settings = { keyId: 'rzp_live_AbC123', keySecret: 'a-key-secret' };

function account(more: Readonly<Record<string, string>> = {}) {
  return readRazorpayAccount({ name: 'india', merchant: 'acc_1', settings: { ...settings, ...more } });
}

describe("an account's settings", () => {
  it('become an account with the vendor as the default address', () => {
    expect(account()).toMatchObject({
      provider: 'razorpay',
      name: 'india',
      merchant: 'acc_1',
      mode: 'live',
      baseUrl: 'https://api.razorpay.com',
    });
    expect(account().credentials.authorization()).toBe('Basic cnpwX2xpdmVfQWJDMTIzOmEta2V5LXNlY3JldA==');
  });

  it('are in test mode with a test key', () => {
    expect(account({ keyId: 'rzp_test_AbC123' }).mode).toBe('test');
  });

  it.each([['https://x.example/v1/'], ['https://x.example/'], ['https://x.example']])(
    'take %s as an address',
    (baseUrl) => {
      expect(account({ baseUrl }).baseUrl).toBe('https://x.example');
    },
  );

  it('take several webhook secrets while one rotates', () => {
    expect(account({ webhookSecret: 'new-secret, old-secret' }).credentials.webhookSecrets()).toEqual([
      'new-secret',
      'old-secret',
    ]);
    expect(account().credentials.webhookSecrets()).toEqual([]);
  });

  it.each([
    ['keyId', { keyId: 'AKIA-something-else' }],
    ['keySecret', { keySecret: '' }],
    ['keySecret', { keySecret: 'a secret with\nlines' }],
    ['webhookSecret', { webhookSecret: 'short' }],
    ['webhookSecret', { webhookSecret: 'long-enough,short' }],
    ['webhookSecret', { webhookSecret: 'long-enough,' }],
    ['baseUrl', { baseUrl: 'ftp://x.example' }],
    ['baseUrl', { baseUrl: 'https://user:pass@x.example' }],
    ['baseUrl', { baseUrl: 'http://x.example' }],
    ['accountId', { accountId: 'shop' }],
    ['accuontId', { accuontId: 'acc_1' }],
  ])('are refused for %s, named without its value: %j', (name, wrong) => {
    const read = () => account(wrong);
    expect(read).toThrow(AccountInvalid);
    expect(read).toThrow(name);
    for (const value of Object.values(wrong).filter((text) => text !== '')) expect(read).not.toThrow(value);
  });

  it('may use plain http in test mode only', () => {
    expect(account({ keyId: 'rzp_test_1', baseUrl: 'http://sandbox:4010' }).baseUrl).toBe(
      'http://sandbox:4010',
    );
  });

  it('do not show their secrets when the account is printed', () => {
    const shown = `${JSON.stringify(account({ webhookSecret: 'hook-secret' }))}${inspect(account(), { depth: 9, showHidden: true })}`;
    expect(shown).not.toMatch(/a-key-secret|hook-secret|Basic/);
  });
});
