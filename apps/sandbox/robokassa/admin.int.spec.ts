import { startSandbox, type Sandbox } from '../sandbox.ts';
import { RobokassaClient } from '../testing/robokassa-client.ts';

const one = { provider: 'robokassa', amount: '1.00', currency: 'RUB' };

describe('the admin surface for RoboKassa', () => {
  let sandbox: Sandbox;
  let client: RobokassaClient;

  beforeAll(async () => {
    sandbox = await startSandbox();
    client = new RobokassaClient(sandbox.url);
  });
  beforeEach(async () => await client.sandbox.reset());
  afterAll(async () => await sandbox.close());

  it('makes a payment with an invoice number and an operation key, and tells the truth about it', async () => {
    const made = await client.sandbox.prepare('/payments', { ...one, amount: '500.00' });
    expect(made).toEqual({
      paymentId: expect.stringMatching(/^[1-9]\d{8,9}$/) as string,
      opKey: expect.stringMatching(/^[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}-[0-9a-z]{10}$/) as string,
      provider: 'robokassa',
      currency: 'RUB',
      state: 100,
    });
    const reply = await client.sandbox.admin('GET', `/payments/robokassa/${String(made['paymentId'])}`);
    expect(reply.json).toEqual({
      provider: 'robokassa',
      paymentId: made['paymentId'],
      currency: 'RUB',
      status: '100',
      captured: '500.00',
      refunded: '0.00',
      inFlight: '0.00',
      refunds: [],
    });
  });

  it('makes payments in bulk, by count or as a list', async () => {
    const counted = await client.sandbox.prepare('/payments', { ...one, count: 1000 });
    expect(new Set(counted['paymentIds'] as string[]).size).toBe(1000);
    const listed = await client.sandbox.prepare('/payments', [one, { ...one, currency: 'KZT', state: 20 }]);
    const [, paymentId = ''] = listed['paymentIds'] as string[];
    expect(await client.truth({ paymentId, opKey: '' })).toMatchObject({ currency: 'KZT', status: '20' });
  });

  it('takes the number and the key that a caller wants, once', async () => {
    const wanted = { ...one, invoiceId: '12345', opKey: 'K-1' };
    expect(await client.sandbox.prepare('/payments', wanted)).toMatchObject({
      paymentId: '12345',
      opKey: 'K-1',
    });
    for (const again of [
      { ...one, invoiceId: '12345' },
      { ...one, opKey: 'K-1' },
    ]) {
      expect((await client.sandbox.admin('POST', '/payments', again)).status).toBe(409);
    }
  });

  it.each([
    [{ amount: '0.00' }, /"amount" must be a decimal string above 0/],
    [{ amount: '1.005' }, /at most 2 decimals/],
    [{ amount: 500 }, /"amount" must be a string/],
    [{ currency: 'USD' }, /"currency" must be one of RUB, KZT/],
    [{ state: 101 }, /"state" must be one of 5, 10, 20, 50, 60, 80, 100/],
    [{ resultCode: 1 }, /"resultCode" must be one of 0, 2, 3, 4, 1000/],
    [{ invoiceId: '012' }, /"invoiceId" must be a whole number/],
    [{ opKey: 7 }, /"opKey" must be a string, or null/],
    [{ colour: 'red' }, /unknown field "colour"/],
  ])('refuses to make a payment with %j', async (more, message) => {
    const reply = await client.sandbox.admin('POST', '/payments', { ...one, ...more });
    expect(reply.status).toBe(400);
    expect(reply.json['error']).toMatchObject({ message: expect.stringMatching(message) as string });
  });

  it('takes the fields of another provider without a word', async () => {
    const others = { status: 'failed', captured: false, method: 'card', escrow: true };
    expect(await client.truth(await client.payment('1.00', others))).toMatchObject({ captured: '1.00' });
  });

  it('changes the behaviour that is named and answers all of it', async () => {
    const ordinary = {
      provider: 'robokassa',
      finishAfterMs: 1000,
      remainingCheckedAt: 'create',
      refusalStatus: 200,
      unknownRequestStatus: 200,
      lenientAlg: false,
      hashAlgorithm: 'md5',
      namespace: 'auth.robokassa.ru',
      outCurrLabel: null,
    };
    expect(await client.behave({})).toEqual(ordinary);
    expect(await client.behave({ finishAfterMs: null, lenientAlg: true })).toEqual({
      ...ordinary,
      finishAfterMs: null,
      lenientAlg: true,
    });
    await client.sandbox.reset();
    expect(await client.behave({ finishAfterMs: 5 })).toEqual({ ...ordinary, finishAfterMs: 5 });
  });

  it.each([
    [{ finishAfterMs: -1 }, /"finishAfterMs" must be a whole number/],
    [{ finishAfterMs: '5' }, /"finishAfterMs" must be a whole number/],
    [{ remainingCheckedAt: 'never' }, /"remainingCheckedAt" must be one of create, finish/],
    [{ refusalStatus: 500 }, /"refusalStatus" must be one of 200, 400/],
    [{ unknownRequestStatus: '404' }, /"unknownRequestStatus" must be one of 200, 400, 404/],
    [{ hashAlgorithm: 'crc32' }, /"hashAlgorithm" must be one of md5/],
    [{ namespace: 'other' }, /"namespace" must be one of/],
    [{ outCurrLabel: '' }, /"outCurrLabel" is missing/],
    [{ newRefundStatus: 'pending' }, /unknown field "newRefundStatus"/],
  ])('refuses the behaviour %j and changes nothing', async (behaviour, message) => {
    const body = { provider: 'robokassa', lenientAlg: true, ...behaviour };
    const reply = await client.sandbox.admin('POST', '/behaviour', body);
    expect(reply.status).toBe(400);
    expect(reply.json['error']).toMatchObject({ message: expect.stringMatching(message) as string });
    expect(await client.behave({})).toMatchObject({ lenientAlg: false, finishAfterMs: 1000 });
  });

  it('forgets payments, refunds and what was about to finish', async () => {
    await client.behave({ finishAfterMs: 3_600_000 });
    const payment = await client.payment();
    const requestId = await client.accepted({ OpKey: payment.opKey });
    await client.sandbox.reset();
    expect((await client.sandbox.admin('GET', `/payments/robokassa/${payment.paymentId}`)).status).toBe(404);
    expect((await client.state(requestId)).json).toEqual({
      message: 'Id is invalid or request id does not exist',
    });
    expect((await client.create({ OpKey: payment.opKey })).json['message']).toBe('OperationNotFound');
    expect(await client.bookings()).toEqual([]);
  });
});
