import { hash } from 'node:crypto';
import { startSandbox, type Sandbox } from '../sandbox.ts';
import { RobokassaClient, xmlOf } from '../testing/robokassa-client.ts';
import type { Reply } from '../testing/sandbox-client.ts';

const signatureOfTheWhole = hash('md5', '12345:demo:password1', 'hex');

function answerOf(reply: Reply): unknown {
  return xmlOf(reply)['Response'];
}

describe('the old refunds of RoboKassa', () => {
  let sandbox: Sandbox;
  let client: RobokassaClient;

  beforeAll(async () => {
    sandbox = await startSandbox();
    client = new RobokassaClient(sandbox.url);
  });
  beforeEach(async () => await client.sandbox.reset());
  afterAll(async () => await sandbox.close());

  const refund = async (invoiceId: string, more: Readonly<Record<string, string>> = {}): Promise<Reply> =>
    await client.legacy('OpRefund', 'RefundRequest', {
      MerchantLogin: 'demo',
      InvoiceID: invoiceId,
      ...more,
    });
  const status = async (invoiceId: string): Promise<Reply> =>
    await client.legacy('OpRefundStatus', 'RefundStatusRequest', {
      MerchantLogin: 'demo',
      InvoiceID: invoiceId,
    });
  const processed = { Code: '0', Description: 'Refund processed', State: '5' };

  it('takes the computed signature of a part', async () => {
    const payment = await client.payment('500.00', { invoiceId: '12345' });
    const reply = await client.legacyWith('OpRefund', 'RefundRequest', {
      MerchantLogin: 'demo',
      InvoiceID: '12345',
      Amount: '50.00',
      SignatureValue: 'F72A05E76B600E86AA2789F079FB1DF9',
    });
    expect(reply.status).toBe(200);
    expect(reply.text).toBe(
      '<?xml version="1.0" encoding="utf-8"?><Response><Code>0</Code><Description>Refund processed</Description><State>5</State></Response>',
    );
    expect(await client.truth(payment)).toMatchObject({
      refunded: '50.00',
      refunds: [{ amount: '50.00', status: 'finished' }],
    });
  });

  it('refunds what is left without an amount, within the call', async () => {
    const payment = await client.payment('500.00');
    expect(answerOf(await refund(payment.paymentId, { Amount: '0.5' }))).toEqual(processed);
    expect(answerOf(await refund(payment.paymentId))).toEqual(processed);
    expect((await client.truth(payment)).refunds.map(({ amount }) => amount)).toEqual(['0.50', '499.50']);
    expect(answerOf(await refund(payment.paymentId))).toEqual({
      Code: '5',
      Description: 'NotEnoughOperationFunds',
    });
  });

  it('shares the rest of the payment with the refunds of the newer service', async () => {
    const { paymentId, opKey } = await client.payment('100.00');
    await client.accepted({ OpKey: opKey, RefundSum: 60 });
    expect(answerOf(await refund(paymentId, { Amount: '40.01' }))).toMatchObject({ Code: '5' });
    expect(answerOf(await refund(paymentId, { Amount: '40.00' }))).toEqual(processed);
    expect((await client.create({ OpKey: opKey })).json['message']).toBe('NotEnoughOperationFunds');
  });

  it('answers the state of an invoice', async () => {
    const payment = await client.payment('100.00');
    expect(answerOf(await status(payment.paymentId))).toMatchObject({ Code: '6' });
    await refund(payment.paymentId, { Amount: '10.00' });
    expect(answerOf(await status(payment.paymentId))).toEqual(processed);
    await client.behave({ finishAfterMs: null });
    const waiting = { Code: '0', Description: 'Refund is being processed', State: '1' };
    expect(answerOf(await refund(payment.paymentId, { Amount: '10.00' }))).toEqual(waiting);
    expect(answerOf(await status(payment.paymentId))).toEqual(waiting);
    const [, second] = (await client.truth(payment)).refunds;
    await client.change(second?.id ?? '', 'cancel');
    expect(answerOf(await status(payment.paymentId))).toEqual({
      Code: '0',
      Description: 'Refund canceled',
      State: '6',
    });
  });

  it('refuses an operation that is not completed', async () => {
    const payment = await client.payment('100.00', { state: 50 });
    expect(answerOf(await refund(payment.paymentId))).toMatchObject({ Code: '5' });
    expect((await client.truth(payment)).refunds).toEqual([]);
  });

  it('signs with the hash of the shop, in either case', async () => {
    await client.behave({ hashAlgorithm: 'sha256' });
    await client.payment('500.00', { invoiceId: '12345' });
    expect(answerOf(await refund('12345'))).toMatchObject({ Code: '1' });
    await client.behave({ hashAlgorithm: 'md5' });
    const reply = await client.legacyWith('OpRefund', 'RefundRequest', {
      MerchantLogin: 'demo',
      InvoiceID: '12345',
      Amount: '50.00',
      SignatureValue: 'f72a05e76b600e86aa2789f079fb1df9',
    });
    expect(answerOf(reply)).toEqual(processed);
  });

  it.each([
    ['an unknown shop', { MerchantLogin: 'other', InvoiceID: '12345' }, '2'],
    ['an unknown invoice', { MerchantLogin: 'demo', InvoiceID: '1' }, '3'],
    ['an amount of 0', { MerchantLogin: 'demo', InvoiceID: '12345', Amount: '0' }, '7'],
    ['an amount in words', { MerchantLogin: 'demo', InvoiceID: '12345', Amount: '5E+1' }, '7'],
    ['a misspelt amount', { MerchantLogin: 'demo', InvoiceID: '12345', amount: '50.00' }, '7'],
    ['an element within an element', { MerchantLogin: 'demo', InvoiceID: '<A>12345</A>' }, '7'],
    ['more than was paid', { MerchantLogin: 'demo', InvoiceID: '12345', Amount: '500.01' }, '5'],
  ])('refuses %s with status 200 and a code', async (_case, fields, code) => {
    const payment = await client.payment('500.00', { invoiceId: '12345' });
    const reply = await client.legacy('OpRefund', 'RefundRequest', fields);
    expect(reply.status).toBe(200);
    expect(answerOf(reply)).toMatchObject({ Code: code });
    expect((await client.truth(payment)).refunds).toEqual([]);
  });

  it.each([
    ['a wrong signature', { SignatureValue: '0'.repeat(32) }, '1'],
    ['a signature that leaves the amount out', { Amount: '1.00', SignatureValue: signatureOfTheWhole }, '1'],
    ['no signature', {}, '1'],
  ])('refuses %s', async (_case, more, code) => {
    const payment = await client.payment('500.00', { invoiceId: '12345' });
    const fields = { MerchantLogin: 'demo', InvoiceID: '12345', ...more };
    const reply = await client.legacyWith('OpRefund', 'RefundRequest', fields);
    expect(answerOf(reply)).toMatchObject({ Code: code });
    expect((await client.truth(payment)).refunds).toEqual([]);
  });

  it.each(['', 'MerchantLogin=demo&InvoiceID=12345', '<RefundRequest>', '<Other/>', '<RefundRequest/>'])(
    'refuses the body %j',
    async (body) => {
      const path = '/Merchant/WebService/Service.asmx/OpRefund';
      const reply = await client.post(path, body, 'application/x-www-form-urlencoded');
      expect(reply.status).toBe(200);
      expect(answerOf(reply)).toMatchObject({ Code: '7' });
    },
  );
});
