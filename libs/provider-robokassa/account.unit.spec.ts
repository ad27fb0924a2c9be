import { inspect } from 'node:util';
import { AccountInvalid, readRobokassaAccount } from './account.ts';

const settings = { login: 'demo', password2: 'password2', password3: 'password3' };

function account(more: Readonly<Record<string, string>> = {}, profile: 'live' | 'sandbox' = 'live') {
  return readRobokassaAccount({
    name: 'shop',
    merchant: 'demo',
    settings: { ...settings, ...more },
    profile,
  });
}

describe("an account's settings", () => {
  it("become an account with RoboKassa's two addresses, in live mode: it has no test mode for refunds", () => {
    expect(account()).toMatchObject({
      provider: 'robokassa',
      name: 'shop',
      merchant: 'demo',
      mode: 'live',
      baseUrl: 'https://services.robokassa.ru',
      credentials: { paymentsUrl: 'https://auth.robokassa.ru', api: 'v2', currency: 'RUB' },
    });
  });

  it('take one address for both', () => {
    const own = account({ baseUrl: 'https://proxy.example/rk/' });
    expect(own).toMatchObject({ mode: 'live', baseUrl: 'https://proxy.example/rk' });
    expect(own.credentials.paymentsUrl).toBe('https://proxy.example/rk');
  });

  it.each([
    ['http://127.0.0.1:4010', 'live'],
    ['http://localhost:4010', 'live'],
    ['http://[::1]:4010', 'live'],
    ['http://sandbox:4010', 'sandbox'],
    ['https://sandbox.example', 'sandbox'],
  ] as const)('are test money at %s with the profile %s', (baseUrl, profile) => {
    expect(account({ baseUrl }, profile).mode).toBe('test');
  });

  it('are live money without an address of their own, whatever the profile says', () => {
    expect(account({}, 'sandbox').mode).toBe('live');
  });

  it.each([
    ['md5', '9975D0A9B119722142C5721C2BB62CBA'],
    ['sha1', 'A18ABB80463ED2AD7A9BA2B54EBFF842895D287F'],
  ])('sign questions about payments with %s', (hash, signature) => {
    expect(account({ hash }).credentials.paymentSignature('12345')).toBe(signature);
  });

  it('sign the legacy interface with the first password', () => {
    const legacy = account({ api: 'v1', password1: 'password1' }).credentials;
    expect(legacy.legacySignature(['50.00', '12345', 'demo'])).toBe('F72A05E76B600E86AA2789F079FB1DF9');
  });

  it.each<[Record<string, string>, RegExp]>([
    [{ login: 'not a login' }, /login/],
    [{ password2: 'short' }, /password2/],
    [{ password3: '' }, /password3/],
    [{ hash: 'crc32' }, /hash/],
    [{ tokenAlgorithm: 'none' }, /tokenAlgorithm/],
    [{ currency: 'USD' }, /currency/],
    [{ api: 'v3' }, /api/],
    [{ api: 'v1' }, /ROBOKASSA_PASSWORD1/],
    [{ baseUrl: 'http://robokassa.example' }, /https/],
    [{ baseUrl: 'https://user:word@robokassa.example' }, /baseUrl/],
    [{ passwort: 'x' }, /passwort/],
  ])('with %j are refused', (wrong, message) => {
    expect(() => account(wrong)).toThrow(AccountInvalid);
    expect(() => account(wrong)).toThrow(message);
  });

  it('without the third password name it and its variable', () => {
    const { password3: _password3, ...others } = settings;
    const read = () => readRobokassaAccount({ name: 'shop', merchant: 'demo', settings: others });
    expect(read).toThrow(/password3 \(ROBOKASSA_PASSWORD3\) is missing/);
  });

  it('need no third password for the legacy interface', () => {
    const legacy = { login: 'demo', password1: 'password1', password2: 'password2', api: 'v1' };
    const read = readRobokassaAccount({ name: 'shop', merchant: 'demo', settings: legacy });
    expect(read.credentials.api).toBe('v1');
  });

  it('show no password when the account is printed or the settings are refused', () => {
    const shown = [JSON.stringify(account()), inspect(account(), { depth: 9, showHidden: true })].join('');
    expect(shown).not.toMatch(/password[23]/);
    expect(() => account({ baseUrl: 'nonsense', password2: 'secretsesame!' })).not.toThrow(/sesame/);
  });
});
