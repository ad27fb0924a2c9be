import { startSandbox, type Sandbox } from '../sandbox.ts';
import { RobokassaClient, type RobokassaPayment } from '../testing/robokassa-client.ts';
import { eventually } from '../testing/sandbox-client.ts';

const notEnough = { success: false, message: 'NotEnoughOperationFunds', requestId: null };
const unknownId = { message: 'Id is invalid or request id does not exist' };
const hourMs = 3_600_000;

describe('the life of a RoboKassa refund', () => {
  let sandbox: Sandbox;
  let client: RobokassaClient;

  beforeAll(async () => {
    sandbox = await startSandbox();
    client = new RobokassaClient(sandbox.url);
  });
  beforeEach(async () => await client.sandbox.reset());
  afterAll(async () => await sandbox.close());

  const labelOf = async (requestId: string): Promise<unknown> =>
    (await client.state(requestId)).json['label'];
  const advance = async (ms: number): Promise<unknown> =>
    await client.sandbox.prepare('/clock', { advanceMs: ms });
  const part = (payment: RobokassaPayment, sum: number): unknown => ({
    OpKey: payment.opKey,
    RefundSum: sum,
  });

  it('is told by its id alone, the sum with six decimals', async () => {
    await client.behave({ finishAfterMs: hourMs });
    const payment = await client.payment('500.00');
    const requestId = await client.accepted(part(payment, 1));
    const reply = await client.state(requestId);
    expect(reply.status).toBe(200);
    expect(reply.headers.get('content-type')).toMatch(/^application\/json/);
    expect(reply.text).toBe(`{"requestId":"${requestId}","amount":1.000000,"label":"processing"}`);
    await advance(hourMs);
    expect((await client.state(requestId.toUpperCase())).text).toBe(
      `{"requestId":"${requestId}","amount":1.000000,"label":"finished"}`,
    );
    expect(await client.truth(payment)).toMatchObject({ refunded: '1.00', inFlight: '0.00' });
  });

  it('finishes by itself within about a second', async () => {
    const payment = await client.payment('10.00');
    const requestId = await client.accepted({ OpKey: payment.opKey });
    const label = await eventually(
      async () => await labelOf(requestId),
      (last) => last !== 'processing',
    );
    expect(label).toBe('finished');
  });

  it('finishes at once when the wait is 0, and never by itself when there is none', async () => {
    const payment = await client.payment('10.00');
    await client.behave({ finishAfterMs: 0 });
    expect(await labelOf(await client.accepted(part(payment, 1)))).toBe('finished');
    await client.behave({ finishAfterMs: null });
    const waiting = await client.accepted(part(payment, 1));
    await advance(365 * 24 * hourMs);
    expect(await labelOf(waiting)).toBe('processing');
    expect((await client.change(waiting, 'settle')).json).toMatchObject({
      provider: 'robokassa',
      paymentId: payment.paymentId,
      id: waiting,
      status: 'finished',
    });
    expect(await client.truth(payment)).toMatchObject({ refunded: '2.00', inFlight: '0.00' });
  });

  it.each([200, 400, 404])(
    'answers an id that does not exist with status %i when told so',
    async (status) => {
      await client.behave({ unknownRequestStatus: status });
      for (const id of ['00000000-0000-4000-8000-000000000000', 'x', '']) {
        const reply = await client.state(id);
        expect(reply.status).toBe(status);
        expect(reply.json).toEqual(unknownId);
      }
      expect((await client.get('/RefundService/Refund/GetState')).json).toEqual(unknownId);
    },
  );

  it('makes two refunds of two equal requests: nothing tells a repetition from a second refund', async () => {
    const payment = await client.payment('500.00');
    const ids = [await client.accepted(part(payment, 50)), await client.accepted(part(payment, 50))];
    expect(new Set(ids).size).toBe(2);
    expect(await client.bookings()).toMatchObject([
      { provider: 'robokassa', paymentId: payment.paymentId, id: ids[0], amount: '50.00', reference: null },
      { id: ids[1], amount: '50.00' },
    ]);
  });

  it.each([200, 400])('refuses more than is left with status %i when told so', async (refusalStatus) => {
    await client.behave({ refusalStatus });
    const payment = await client.payment('500.00');
    await client.accepted(part(payment, 499.99));
    for (const payload of [part(payment, 0.02), part(payment, 500)]) {
      const reply = await client.create(payload);
      expect(reply.status).toBe(refusalStatus);
      expect(reply.json).toEqual(notEnough);
    }
    await client.accepted({ OpKey: payment.opKey });
    expect((await client.create({ OpKey: payment.opKey })).json).toEqual(notEnough);
    expect((await client.truth(payment)).inFlight).toBe('500.00');
  });

  it.each([5, 10, 20, 50, 60, 80])('refuses to refund an operation in state %i', async (state) => {
    for (const remainingCheckedAt of ['create', 'finish']) {
      await client.behave({ remainingCheckedAt });
      const payment = await client.payment('500.00', { state });
      expect((await client.create({ OpKey: payment.opKey })).json).toEqual(notEnough);
      expect((await client.truth(payment)).refunds).toEqual([]);
    }
  });

  it.each(['decline', 'fail', 'cancel', 'reverse'])(
    '%s cancels a refund, in processing or finished, and gives the money back once',
    async (verb) => {
      await client.behave({ finishAfterMs: null });
      const payment = await client.payment('100.00');
      const waiting = await client.accepted(part(payment, 60));
      const finished = await client.accepted(part(payment, 40));
      await client.change(finished, 'settle');
      expect(await client.truth(payment)).toMatchObject({ refunded: '40.00', inFlight: '60.00' });
      for (const requestId of [waiting, finished, finished]) {
        expect((await client.change(requestId, verb)).json).toMatchObject({ status: 'canceled' });
        expect(await labelOf(requestId)).toBe('canceled');
      }
      expect(await client.truth(payment)).toMatchObject({
        refunded: '0.00',
        inFlight: '0.00',
        refunds: [{ status: 'canceled' }, { status: 'canceled' }],
      });
      expect((await client.change(finished, 'settle')).status).toBe(409);
      await client.accepted({ OpKey: payment.opKey });
      expect((await client.truth(payment)).inFlight).toBe('100.00');
    },
  );

  it('stays canceled when the time to finish comes', async () => {
    await client.behave({ finishAfterMs: hourMs });
    const payment = await client.payment('100.00');
    const requestId = await client.accepted({ OpKey: payment.opKey });
    await client.change(requestId, 'cancel');
    await advance(2 * hourMs);
    expect(await labelOf(requestId)).toBe('canceled');
    expect((await client.truth(payment)).refunded).toBe('0.00');
  });

  it('knows no change of a refund that does not exist', async () => {
    expect((await client.change('00000000-0000-4000-8000-000000000000', 'settle')).status).toBe(404);
  });

  describe('where the rest is checked only at the finish', () => {
    beforeEach(async () => {
      await client.behave({ remainingCheckedAt: 'finish', finishAfterMs: hourMs });
    });

    it('accepts a second request for the same money and cancels it when its turn comes', async () => {
      const payment = await client.payment('100.00');
      const first = await client.accepted({ OpKey: payment.opKey });
      const second = await client.accepted({ OpKey: payment.opKey });
      expect((await client.truth(payment)).inFlight).toBe('200.00');
      await advance(hourMs);
      expect(await labelOf(first)).toBe('finished');
      expect(await labelOf(second)).toBe('canceled');
      expect(await client.truth(payment)).toMatchObject({ refunded: '100.00', inFlight: '0.00' });
    });

    it('cancels only what no longer fits, in the order of execution', async () => {
      const payment = await client.payment('100.00');
      const ids = [
        await client.accepted(part(payment, 60)),
        await client.accepted(part(payment, 60)),
        await client.accepted(part(payment, 40)),
        await client.accepted(part(payment, 0.01)),
      ];
      await client.change(ids[1] ?? '', 'settle');
      await advance(hourMs);
      const labels = await Promise.all(ids.map(async (id) => await labelOf(id)));
      expect(labels).toEqual(['canceled', 'finished', 'finished', 'canceled']);
      expect(await client.truth(payment)).toMatchObject({ refunded: '100.00', inFlight: '0.00' });
    });

    it('accepts a request on an empty operation, and one far above it, and pays neither', async () => {
      await client.behave({ finishAfterMs: 0 });
      const payment = await client.payment('100.00');
      await client.accepted({ OpKey: payment.opKey });
      for (const payload of [{ OpKey: payment.opKey }, part(payment, 100_000)]) {
        expect(await labelOf(await client.accepted(payload))).toBe('canceled');
      }
      expect(await client.truth(payment)).toMatchObject({ refunded: '100.00', inFlight: '0.00' });
    });

    it('still never pays too much when the check moves back to the creation', async () => {
      const payment = await client.payment('100.00');
      await client.accepted(part(payment, 80));
      await client.accepted(part(payment, 80));
      await client.behave({ remainingCheckedAt: 'create' });
      expect((await client.create(part(payment, 10))).json).toEqual(notEnough);
      await advance(hourMs);
      expect((await client.truth(payment)).refunded).toBe('80.00');
      await client.accepted(part(payment, 20));
    });
  });
});
