import { createHmac } from 'node:crypto';
import { startSandbox, type Sandbox } from '../sandbox.ts';
import { RobokassaClient, token } from '../testing/robokassa-client.ts';

const vectors = {
  whole:
    'eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJPcEtleSI6IkstMSJ9.QorKX3jTciIHBNP9UMME_bH0W9SKhFXv29ad_bThDUs',
  part: 'eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJPcEtleSI6IkstMSIsIlJlZnVuZFN1bSI6NTAuNTB9.KnN05sflcapGZw2IlOLP5414LjlAHXIcUvc3R80CrX4',
};
const path = '/RefundService/Refund/Create';
const guid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const keyUnknown = {
  success: false,
  message: 'Signature key is not exists or partner have not access to API',
  requestId: null,
};
const badRequest = { success: false, message: 'BadRequest', requestId: null };

function encoded(json: string): string {
  return Buffer.from(json).toString('base64url');
}

describe('the creation of a RoboKassa refund', () => {
  let sandbox: Sandbox;
  let client: RobokassaClient;

  beforeAll(async () => {
    sandbox = await startSandbox();
    client = new RobokassaClient(sandbox.url);
  });
  beforeEach(async () => await client.sandbox.reset());
  afterAll(async () => await sandbox.close());

  it('accepts the documented token of a part and then of the whole rest', async () => {
    const payment = await client.payment('500.00', { opKey: 'K-1' });
    for (const signed of [vectors.part, vectors.whole]) {
      const reply = await client.createWith(signed);
      expect(reply.status).toBe(200);
      expect(reply.json).toEqual({
        success: true,
        message: null,
        requestId: expect.stringMatching(guid) as string,
      });
    }
    expect(await client.truth(payment)).toMatchObject({
      refunded: '0.00',
      inFlight: '500.00',
      refunds: [
        { amount: '50.50', currency: 'RUB', status: 'processing', reference: null, notes: {} },
        { amount: '449.50', status: 'processing' },
      ],
    });
  });

  it.each(['HS256', 'HS384', 'HS512'] as const)('accepts a token signed with %s', async (algorithm) => {
    const { opKey } = await client.payment();
    expect((await client.createWith(token({ OpKey: opKey }, algorithm))).json['success']).toBe(true);
  });

  it.each([
    ['text/plain', vectors.whole],
    ['application/jwt', vectors.whole],
    ['application/x-www-form-urlencoded', JSON.stringify(vectors.whole)],
    ['text/json', JSON.stringify(vectors.whole)],
  ])('answers the media type %s with 415 and nothing else', async (contentType, body) => {
    const payment = await client.payment('500.00', { opKey: 'K-1' });
    const reply = await client.post(path, body, contentType);
    expect(reply).toMatchObject({ status: 415, text: '' });
    expect((await client.truth(payment)).refunds).toEqual([]);
  });

  it('takes a media type with a character set, in any case', async () => {
    await client.payment('500.00', { opKey: 'K-1' });
    const reply = await client.createWith(vectors.whole, 'Application/JSON; charset=utf-8');
    expect(reply.status).toBe(200);
  });

  it.each([
    ['the bare token', vectors.whole],
    ['nothing', ''],
    ['an object', JSON.stringify({ token: vectors.whole })],
    ['the payload itself', '{"OpKey":"K-1"}'],
    ['a list', JSON.stringify([vectors.whole])],
  ])('answers %s in place of a JSON string with 400', async (_case, body) => {
    const payment = await client.payment('500.00', { opKey: 'K-1' });
    const reply = await client.post(path, body, 'application/json');
    expect(reply.status).toBe(400);
    expect(reply.json).toEqual(badRequest);
    expect((await client.truth(payment)).refunds).toEqual([]);
  });

  const [head = '', payload = '', signature = ''] = vectors.whole.split('.');
  it.each([
    ['of two parts', `${head}.${payload}`],
    ['of four parts', `${vectors.whole}.${signature}`],
    ['that is empty', ''],
    ['with padding', `${head}.${payload}=.${signature}`],
    ['signed with another password', token({ OpKey: 'K-1' }, 'HS256', 'password1')],
    ['whose payload was changed', `${head}.${encoded('{"OpKey":"K-2"}')}.${signature}`],
    ['with spaces in its payload', token('{"OpKey": "K-1"}')],
    ['with a line feed in its payload', token('{"OpKey":"K-1"}\n')],
    ['without a signature', token({ OpKey: 'K-1' }, 'none')],
    ['whose header is no JSON', `${encoded('HS256')}.${payload}.${signature}`],
    ['whose header says SHA256', sha256Token({ OpKey: 'K-1' })],
  ])('refuses a token %s with 401', async (_case, signed) => {
    const payment = await client.payment('500.00', { opKey: 'K-1' });
    const reply = await client.createWith(signed);
    expect(reply.status).toBe(401);
    expect(reply.json).toEqual(keyUnknown);
    expect((await client.truth(payment)).refunds).toEqual([]);
  });

  it('takes a header of SHA256 only when lenient, and checks its signature all the same', async () => {
    const payment = await client.payment('500.00', { opKey: 'K-1' });
    await client.behave({ lenientAlg: true });
    expect((await client.createWith(sha256Token({ OpKey: 'K-1', RefundSum: 1 }))).status).toBe(200);
    const forged = sha256Token({ OpKey: 'K-1' }).replace(/\.[^.]+$/, `.${signature}`);
    expect((await client.createWith(forged)).status).toBe(401);
    expect((await client.truth(payment)).inFlight).toBe('1.00');
  });

  it('takes spaces inside a string of the payload', async () => {
    await client.payment('500.00', { opKey: 'an "operation"  key' });
    expect((await client.create({ OpKey: 'an "operation"  key' })).status).toBe(200);
  });

  it('does not know an operation of that key', async () => {
    const reply = await client.create({ OpKey: 'K-2' });
    expect(reply.status).toBe(400);
    expect(reply.json).toEqual({ success: false, message: 'OperationNotFound', requestId: null });
  });

  it.each([
    ['0.1', '0.10'],
    ['0.10', '0.10'],
    ['0.29', '0.29'],
    ['50', '50.00'],
    ['50.0', '50.00'],
    ['1000000000.01', '1000000000.01'],
    ['90071992547.93', '90071992547.93'],
  ])('reads the sum %s from its letters', async (sum, amount) => {
    const payment = await client.payment('999999999999.99');
    await client.accepted(`{"OpKey":"${payment.opKey}","RefundSum":${sum}}`);
    expect((await client.truth(payment)).refunds).toMatchObject([{ amount }]);
  });

  it.each([
    ['a sum in quotes', '"RefundSum":"50.50"'],
    ['a sum of 0', '"RefundSum":0'],
    ['a sum of 0.00', '"RefundSum":0.00'],
    ['a negative sum', '"RefundSum":-1'],
    ['a sum of three decimals', '"RefundSum":50.505'],
    ['a sum with an exponent', '"RefundSum":5e1'],
    ['a sum of null', '"RefundSum":null'],
    ['a misspelt sum', '"refundSum":50.50'],
    ['a time of issue', '"iat":1700000000'],
    ['items that are no list', '"InvoiceItems":{}'],
    ['no items', '"InvoiceItems":[]'],
  ])('refuses %s and books nothing', async (_case, member) => {
    const payment = await client.payment();
    const reply = await client.create(`{"OpKey":"${payment.opKey}",${member}}`);
    expect(reply.status).toBe(400);
    expect(reply.json).toEqual(badRequest);
    expect((await client.truth(payment)).refunds).toEqual([]);
  });

  it.each(['{"RefundSum":1}', '{"OpKey":7}', '{"OpKey":""}', '["K-1"]', '"K-1"', 'K-1'])(
    'refuses the payload %s, rightly signed',
    async (text) => {
      const reply = await client.create(text);
      expect(reply.status).toBe(400);
      expect(reply.json).toEqual(badRequest);
    },
  );

  const item = { Name: 'Item 1', Quantity: 1, Cost: 50, Tax: 'vat20' };
  it.each([
    ['a line of the four required members', [item]],
    ['a hundred lines', Array.from({ length: 100 }, () => item)],
    ['a name of 128 characters', [{ ...item, Name: 'я'.repeat(128) }]],
    ['the smallest quantity and price', [{ ...item, Quantity: 0.001, Cost: 0.01 }]],
    ['the largest quantity and price', [{ ...item, Quantity: 99_999.999, Cost: 99_999_999.99 }]],
    [
      'the Russian rate of 2026',
      [
        { ...item, Tax: 'vat22' },
        { ...item, Tax: 'vat122' },
      ],
    ],
    ['a rate of Kazakhstan', [{ ...item, Tax: 'vat12' }]],
    ['method and object', [{ ...item, PaymentMethod: 'full_payment', PaymentObject: 'non-operating_gain' }]],
  ])('accepts %s', async (_case, items) => {
    const { opKey } = await client.payment();
    await client.accepted({ OpKey: opKey, RefundSum: 50, InvoiceItems: items });
    expect(await client.bookings()).toHaveLength(1);
  });

  it.each([
    ['101 lines', Array.from({ length: 101 }, () => item)],
    ['a name of 129 characters', [{ ...item, Name: 'я'.repeat(129) }]],
    ['an empty name', [{ ...item, Name: ' ' }]],
    ['no name', [{ Quantity: 1, Cost: 50, Tax: 'none' }]],
    ['no tax', [{ Name: 'Item 1', Quantity: 1, Cost: 50 }]],
    ['a quantity of 0', [{ ...item, Quantity: 0 }]],
    ['a quantity of four decimals', [{ ...item, Quantity: 1.0001 }]],
    ['a quantity of 100000', [{ ...item, Quantity: 100_000 }]],
    ['a quantity in quotes', [{ ...item, Quantity: '1' }]],
    ['a price of 0', [{ ...item, Cost: 0 }]],
    ['a price of three decimals', [{ ...item, Cost: 0.001 }]],
    ['a price of a hundred million', [{ ...item, Cost: 100_000_000 }]],
    ['an unknown tax', [{ ...item, Tax: 'vat18' }]],
    ['an unknown method', [{ ...item, PaymentMethod: 'cash' }]],
    ['an unknown object', [{ ...item, PaymentObject: 'thing' }]],
    ['an unknown member', [{ ...item, Sum: 50 }]],
    ['a line that is no object', ['Item 1']],
    ['one wrong line among right ones', [item, { ...item, Tax: 'vat18' }, item]],
  ])('refuses %s', async (_case, items) => {
    const { opKey } = await client.payment();
    const reply = await client.create({ OpKey: opKey, RefundSum: 50, InvoiceItems: items });
    expect(reply.status).toBe(400);
    expect(reply.json).toEqual(badRequest);
    expect(await client.bookings()).toEqual([]);
  });
});

/** As aiorobokassa spells its header; no JWT library would. */
function sha256Token(payload: unknown): string {
  const right = token(payload).split('.')[1] ?? '';
  const head = encoded('{"typ":"JWT","alg":"SHA256"}');
  return `${head}.${right}.${signatureOf(`${head}.${right}`)}`;
}

function signatureOf(text: string): string {
  return createHmac('sha256', 'password3').update(text).digest('base64url');
}
