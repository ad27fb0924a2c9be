import type { FaultMode } from '../calls/fault.ts';
import { startSandbox, type Sandbox } from '../sandbox.ts';
import { RobokassaClient, token, xmlOf, type RobokassaPayment } from '../testing/robokassa-client.ts';
import { eventually, type Reply } from '../testing/sandbox-client.ts';

const unknownGuid = '00000000-0000-4000-8000-000000000000';

describe('faults on RoboKassa calls', () => {
  let sandbox: Sandbox;
  let client: RobokassaClient;
  let payment: RobokassaPayment;

  beforeAll(async () => {
    sandbox = await startSandbox();
    client = new RobokassaClient(sandbox.url);
  });
  beforeEach(async () => {
    await client.sandbox.reset();
    payment = await client.payment('500.00');
  });
  afterAll(async () => await sandbox.close());

  const fault = async (mode: FaultMode, more: Readonly<Record<string, unknown>> = {}): Promise<void> => {
    const wanted = { provider: 'robokassa', operation: 'create', mode, count: 1, ...more };
    await client.sandbox.prepare('/faults', wanted);
  };
  const newRefund = async (): Promise<Reply> => await client.create({ OpKey: payment.opKey, RefundSum: 10 });
  const oldRefund = async (): Promise<Reply> =>
    await client.legacy('OpRefund', 'RefundRequest', {
      MerchantLogin: 'demo',
      InvoiceID: payment.paymentId,
      Amount: '10.00',
    });
  const oldStatus = async (): Promise<Reply> =>
    await client.legacy('OpRefundStatus', 'RefundStatusRequest', {
      MerchantLogin: 'demo',
      InvoiceID: payment.paymentId,
    });
  const booked = async (): Promise<number> => (await client.bookings()).length;

  it.each([
    ['drop-before-process', 0],
    ['drop-after-process', 1],
  ] as const)('%s cuts either way to refund, with %i refunds booked by each', async (mode, count) => {
    for (const [index, refund] of [newRefund, oldRefund].entries()) {
      await fault(mode);
      await expect(refund()).rejects.toMatchObject({ message: 'fetch failed' });
      expect(await booked()).toBe(count * (index + 1));
    }
    expect(await client.requests()).toMatchObject([{ operation: 'create' }, { operation: 'create' }]);
  });

  it.each([
    ['html-502', 502],
    ['rate-limit', 429],
    ['redirect', 307],
    ['status', 500],
  ] as const)('%s keeps either way to refund from being processed', async (mode, status) => {
    for (const refund of [newRefund, oldRefund]) {
      await fault(mode);
      expect((await refund()).status).toBe(status);
    }
    expect(await booked()).toBe(0);
  });

  it('answers a fault in the shape of the path that was called', async () => {
    await fault('status', { operation: '*', status: 503, count: 5 });
    const created = await newRefund();
    expect(created.json).toEqual({ title: 'An error occurred while processing your request.', status: 503 });
    expect((await client.state(unknownGuid)).json).toEqual(created.json);
    for (const reply of [await oldRefund(), await oldStatus()]) {
      expect(reply.status).toBe(503);
      expect(xmlOf(reply)['Response']).toEqual({ Code: '1000', Description: 'Internal error' });
    }
    const state = await client.operationState(payment.paymentId);
    expect(state.status).toBe(503);
    expect(xmlOf(state)['OperationStateResponse']).toMatchObject({ Result: { Code: '1000' } });
  });

  it('speaks any message it is given, for refusals that nobody has documented', async () => {
    await fault('status', { status: 400, description: 'RefundAlreadyExists' });
    const reply = await newRefund();
    expect(reply.status).toBe(400);
    expect(reply.json).toEqual({ success: false, message: 'RefundAlreadyExists', requestId: null });
    await fault('status', { operation: 'payment', description: 'a < b & c' });
    const state = await client.operationState(payment.paymentId);
    expect(xmlOf(state)['OperationStateResponse']).toEqual({
      Result: { Code: '1000', Description: 'a < b & c' },
    });
  });

  it('malformed answers half of what it should and books', async () => {
    await fault('malformed');
    const reply = await newRefund();
    expect(reply.text).toMatch(/^\{"success":true/);
    expect(() => JSON.parse(reply.text) as unknown).toThrow(SyntaxError);
    expect(await booked()).toBe(1);
  });

  it('delay books at once and answers late', async () => {
    await fault('delay', { delayMs: 1_000 });
    const startedMs = performance.now();
    let isAnswered = false;
    const reply = newRefund().finally(() => {
      isAnswered = true;
    });
    await eventually(booked, (count) => count === 1);
    expect(isAnswered).toBe(false);
    expect((await reply).status).toBe(200);
    expect(performance.now() - startedMs).toBeGreaterThan(990);
  });

  it('lets two requests of one operation be taken in together: the provider has no lock', async () => {
    await client.sandbox.prepare('/latency', { ms: 300 });
    const replies = await Promise.all([newRefund(), newRefund()]);
    expect(replies.map(({ json }) => json['success'])).toEqual([true, true]);
    expect(await booked()).toBe(2);
  });

  it('wrong-echo changes the sum or the id of a refund’s state, and never the books', async () => {
    await client.behave({ finishAfterMs: null });
    const requestId = await client.accepted({ OpKey: payment.opKey, RefundSum: 10.5 });
    const right = `{"requestId":"${requestId}","amount":10.500000,"label":"processing"}`;
    await fault('wrong-echo', { operation: 'lookup', echo: 'amount' });
    expect((await client.state(requestId)).text).toBe(right.replace('10.500000', '11.500000'));
    await fault('wrong-echo', { operation: 'lookup', echo: 'payment' });
    const other = await client.state(requestId);
    expect(other.json).toMatchObject({ amount: 10.5, label: 'processing' });
    expect(other.json['requestId']).toMatch(/^[0-9a-f-]{36}$/);
    expect(other.json['requestId']).not.toBe(requestId);
    await fault('wrong-echo', { operation: 'lookup', echo: 'currency' });
    expect((await client.state(requestId)).text).toBe(right);
    await fault('wrong-echo', { operation: 'lookup', echo: 'amount' });
    expect((await client.state(unknownGuid)).json['message']).toMatch(/^Id is invalid/);
    expect((await client.truth(payment)).inFlight).toBe('10.50');
  });

  it.each([
    ['amount', /<OutSum>500.000000</, '<OutSum>501.000000<'],
    ['currency', /<OutCurrLabel>RUB</, '<OutCurrLabel>USD<'],
  ])('wrong-echo changes the %s of an operation’s state', async (echo, right, wrong) => {
    const before = (await client.operationState(payment.paymentId)).text;
    await fault('wrong-echo', { operation: 'payment', echo });
    const after = (await client.operationState(payment.paymentId)).text;
    expect(after).toBe(before.replace(right, wrong));
    expect(after).not.toBe(before);
  });

  it('wrong-echo gives an operation’s state the key of another one', async () => {
    await fault('wrong-echo', { operation: 'payment', echo: 'payment' });
    const [, opKey] = /<OpKey>([^<]+)/.exec((await client.operationState(payment.paymentId)).text) ?? [];
    expect(opKey).toMatch(/^[0-9A-F-]{36}-\w{10}$/);
    expect(opKey).not.toBe(payment.opKey);
  });

  it('fires on the operation it is for, and not before authentication', async () => {
    await fault('html-502', { operation: 'lookup', count: 2 });
    await fault('html-502', { operation: 'payment', count: 1 });
    await fault('html-502', { operation: 'create', count: 1 });
    const forged = token({ OpKey: payment.opKey }, 'HS256', 'another key');
    const unsigned = await client.legacyWith('OpRefundStatus', 'RefundStatusRequest', {
      MerchantLogin: 'demo',
    });
    const refusals = [
      await client.createWith(forged),
      await client.createWith(forged, 'text/plain'),
      unsigned,
      await client.get('/Merchant/WebService/Service.asmx/OpStateExt'),
    ];
    expect(refusals.map(({ status }) => status)).toEqual([401, 415, 200, 200]);
    const spoiled = [
      await newRefund(),
      await client.state(unknownGuid),
      await oldStatus(),
      await client.operationState(payment.paymentId),
    ];
    expect(spoiled.map(({ status }) => status)).toEqual([502, 502, 502, 502]);
    const healthy = [await newRefund(), await oldStatus(), await client.operationState(payment.paymentId)];
    expect(healthy.map(({ status }) => status)).toEqual([200, 200, 200]);
  });

  it('leaves other providers alone', async () => {
    await fault('html-502', { operation: '*', count: 100 });
    const razorpayId = await client.sandbox.payment();
    expect((await client.sandbox.refund(razorpayId)).status).toBe(200);
    expect((await newRefund()).status).toBe(502);
  });

  it('logs calls without tokens, signatures, passwords and request ids', async () => {
    const requestId = await client.accepted({ OpKey: payment.opKey, RefundSum: 10 });
    await client.state(requestId);
    await client.operationState(payment.paymentId);
    await oldRefund();
    await client.get(`/RefundService/Refund/GetState?id=${requestId}&note=password3`);
    const reply = await client.sandbox.admin('GET', '/requests?provider=robokassa');
    expect(reply.json['requests']).toMatchObject([
      {
        method: 'POST',
        path: '/RefundService/Refund/Create',
        body: '"***"',
        operation: 'create',
        status: 200,
      },
      { method: 'GET', path: '/RefundService/Refund/GetState?id=***', operation: 'lookup' },
      {
        path: `/Merchant/WebService/Service.asmx/OpStateExt?MerchantLogin=demo&InvoiceID=${payment.paymentId}&Signature=***`,
        operation: 'payment',
      },
      {
        path: '/Merchant/WebService/Service.asmx/OpRefund',
        operation: 'create',
        body: `<RefundRequest><MerchantLogin>demo</MerchantLogin><InvoiceID>${payment.paymentId}</InvoiceID><Amount>10.00</Amount><SignatureValue>***</SignatureValue></RefundRequest>`,
      },
      { path: '/RefundService/Refund/GetState?id=***&note=***' },
    ]);
    for (const secret of [requestId, 'eyJ', 'password']) {
      expect(reply.text).not.toContain(secret);
    }
  });
});
