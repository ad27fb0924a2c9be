import { startSandbox, type Sandbox } from '../sandbox.ts';
import { RobokassaClient, xmlOf } from '../testing/robokassa-client.ts';
import type { Reply } from '../testing/sandbox-client.ts';

const path = '/Merchant/WebService/Service.asmx/OpStateExt';

function resultOf(reply: Reply): unknown {
  const { OperationStateResponse: response } = xmlOf(reply) as {
    OperationStateResponse: Readonly<Record<string, unknown>>;
  };
  return response;
}

describe('the state of a RoboKassa operation', () => {
  let sandbox: Sandbox;
  let client: RobokassaClient;

  beforeAll(async () => {
    sandbox = await startSandbox();
    client = new RobokassaClient(sandbox.url);
  });
  beforeEach(async () => await client.sandbox.reset());
  afterAll(async () => await sandbox.close());

  it('tells state, sum and operation key in namespaced XML', async () => {
    const { paymentId, opKey } = await client.payment('500.5');
    const reply = await client.operationState(paymentId);
    expect(reply.status).toBe(200);
    expect(reply.headers.get('content-type')).toBe('text/xml; charset=utf-8');
    const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{7}\+03:00$/) as string;
    expect(resultOf(reply)).toEqual({
      '@_xmlns': 'http://auth.robokassa.ru/Merchant/WebService/',
      '@_xmlns:xsd': 'http://www.w3.org/2001/XMLSchema',
      '@_xmlns:xsi': 'http://www.w3.org/2001/XMLSchema-instance',
      Result: { Code: '0' },
      State: { Code: '100', RequestDate: time, StateDate: time },
      Info: {
        '@_xsi:type': 'OperationInfoExt',
        IncCurrLabel: 'BankCardPSR',
        IncSum: '500.500000',
        IncAccount: '220220******0123',
        PaymentMethod: { Code: 'BankCard', Description: 'Банковская карта' },
        OutCurrLabel: 'RUB',
        OutSum: '500.500000',
        OpKey: opKey,
        BankCardRRN: expect.stringMatching(/^\d{12}$/) as string,
      },
    });
    expect(opKey).toMatch(/^[0-9A-F-]{36}-[0-9a-z]{10}$/);
  });

  it('writes the time of the payment in Moscow’s zone, to the millisecond right', async () => {
    const beforeMs = Date.now();
    const { paymentId } = await client.payment();
    const [, text = ''] = /<StateDate>([^<]+)/.exec((await client.operationState(paymentId)).text) ?? [];
    const atMs = Date.parse(text.replace(/(\.\d{3})\d{4}/, '$1'));
    expect(atMs).toBeGreaterThanOrEqual(beforeMs);
    expect(atMs).toBeLessThanOrEqual(Date.now());
  });

  it.each([
    ['upper case', '9975D0A9B119722142C5721C2BB62CBA'],
    ['lower case', '9975d0a9b119722142c5721c2bb62cba'],
  ])('takes a signature in %s, by GET and as a form', async (_case, signature) => {
    await client.payment('500.00', { invoiceId: '12345' });
    const question = `MerchantLogin=demo&InvoiceID=12345&Signature=${signature}`;
    const replies = [
      await client.get(`${path}?${question}`),
      await client.post(path, question, 'application/x-www-form-urlencoded'),
      await client.post(`${path}?${question}`, '', 'application/x-www-form-urlencoded'),
    ];
    for (const reply of replies) {
      expect(resultOf(reply)).toMatchObject({ Result: { Code: '0' }, State: { Code: '100' } });
    }
  });

  it.each(['md5', 'ripemd160', 'sha1', 'sha256', 'sha384', 'sha512'])(
    'takes the hash that the shop has chosen, %s, and no other',
    async (algorithm) => {
      const { paymentId } = await client.payment();
      await client.behave({ hashAlgorithm: algorithm });
      expect(resultOf(await client.operationState(paymentId, { algorithm }))).toMatchObject({
        Result: { Code: '0' },
      });
      const other = algorithm === 'md5' ? 'sha256' : 'md5';
      expect(resultOf(await client.operationState(paymentId, { algorithm: other }))).toMatchObject({
        Result: { Code: '1' },
      });
    },
  );

  it.each([
    ['no signature', 'MerchantLogin=demo&InvoiceID=12345', 1],
    [
      'another invoice’s signature',
      'MerchantLogin=demo&InvoiceID=1&Signature=9975D0A9B119722142C5721C2BB62CBA',
      1,
    ],
    ['no shop', 'InvoiceID=12345&Signature=9975D0A9B119722142C5721C2BB62CBA', 2],
    ['another shop', 'MerchantLogin=other&InvoiceID=12345&Signature=9975D0A9B119722142C5721C2BB62CBA', 2],
    [
      'an unknown invoice',
      'MerchantLogin=demo&InvoiceID=12345&Signature=9975D0A9B119722142C5721C2BB62CBA',
      3,
    ],
  ])('answers %s with status 200, a code, and nothing about any payment', async (_case, question, code) => {
    await client.payment();
    const reply = await client.get(`${path}?${question}`);
    expect(reply.status).toBe(200);
    expect(resultOf(reply)).toMatchObject({
      Result: { Code: String(code), Description: expect.stringMatching(/\p{Script=Cyrillic}/u) as string },
    });
    expect(reply.text).not.toMatch(/<State>|<Info/);
  });

  it.each([2, 3, 4, 1000])('answers code %i for a payment that was made so', async (resultCode) => {
    const { paymentId } = await client.payment('500.00', { resultCode });
    const reply = await client.operationState(paymentId);
    expect(resultOf(reply)).toMatchObject({ Result: { Code: String(resultCode) } });
    expect(reply.text).not.toContain('<State>');
  });

  it.each([5, 10, 20, 50, 60, 80, 100])('tells the state %i', async (state) => {
    const payment = await client.payment('500.00', { state });
    const reply = await client.operationState(payment.paymentId);
    expect(resultOf(reply)).toMatchObject({ State: { Code: String(state) }, Info: { OpKey: payment.opKey } });
    expect(await client.truth(payment)).toMatchObject({
      status: String(state),
      captured: state === 100 ? '500.00' : '0.00',
    });
  });

  it('never reveals a refund', async () => {
    await client.behave({ finishAfterMs: 0 });
    const payment = await client.payment('500.00');
    const before = (await client.operationState(payment.paymentId)).text;
    await client.accepted({ OpKey: payment.opKey });
    expect((await client.truth(payment)).refunded).toBe('500.00');
    expect((await client.operationState(payment.paymentId)).text).toBe(before);
  });

  it('speaks the other namespace and another currency label when told so', async () => {
    await client.behave({ namespace: 'merchant.roboxchange.com', outCurrLabel: 'BNR' });
    const { paymentId } = await client.payment('500.00', { currency: 'KZT' });
    expect(resultOf(await client.operationState(paymentId))).toMatchObject({
      '@_xmlns': 'http://merchant.roboxchange.com/WebService/',
      Info: { OutCurrLabel: 'BNR' },
    });
    await client.behave({ outCurrLabel: null });
    expect(resultOf(await client.operationState(paymentId))).toMatchObject({ Info: { OutCurrLabel: 'KZT' } });
  });

  it('has no operation key where the payment method gives none', async () => {
    const { paymentId } = await client.payment('500.00', { opKey: null });
    const reply = await client.operationState(paymentId);
    expect(resultOf(reply)).toMatchObject({ State: { Code: '100' } });
    expect(reply.text).not.toContain('OpKey');
  });
});
