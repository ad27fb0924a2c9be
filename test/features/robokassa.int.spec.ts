import { readConfig } from '#libs/config';
import { createLogger } from '#libs/observability';
import { createTestDatabase } from '#libs/store/testing';
import { startProcessor } from '../../apps/processor/start.ts';
import { RobokassaClient } from '../../apps/sandbox/testing/robokassa-client.ts';
import { openBenchTop, type BenchTop } from '../processing/bench-top.ts';
import { robokassa } from '../processing/robokassa-provider.ts';
import { callsTo, ended, requested, resultsOf } from './feature-bench.ts';

// Everything that the refund guide offers, asked for by event and told by events.
let top: BenchTop;

const open = async (settings: Readonly<Record<string, string>> = {}): Promise<void> => {
  top = await openBenchTop({ provider: robokassa(settings) });
  await top.sandbox.setBehaviour('robokassa', { finishAfterMs: 50 });
  top.executor.start();
};

const booksOf = async (paymentId: string) => await top.sandbox.payment('robokassa', paymentId);
const creates = async (): Promise<number> => await callsTo(top, 'robokassa', /\/Refund\/Create$/);

/** What the attempts said, in the order in which they were made. */
async function contents(): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const { rows } = await top.sql.query<{ content: string }>(
    'select content from refundry.attempt order by payment_no, ordinal, attempt_no',
  );
  return rows.map(({ content }) => JSON.parse(content) as Readonly<Record<string, unknown>>);
}

describe('a refund of an invoice', () => {
  afterEach(async () => {
    await top.close();
  });

  it('in full › finds the operation key by the invoice, and says the sum', async () => {
    await open();
    const paymentId = await top.payment('100.00');
    expect(await ended(top, paymentId)).toMatchObject({
      type: 'RefundCompleted',
      provider: 'robokassa',
      mode: 'test',
      action: 'refund',
      amount: '100.00',
      currency: 'RUB',
      providerRefundId: expect.stringMatching(/^rk_[0-9a-f]{32}$/) as unknown,
      remaining: '0.00',
    });
    expect(await booksOf(paymentId)).toMatchObject({ refunded: '100.00', inFlight: '0.00' });
    expect(await contents()).toEqual([{ OpKey: expect.any(String) as unknown, RefundSum: 100 }]);
  });

  it('in parts › are refunds of one operation, whose key is kept with the payment, and an omitted amount is the rest', async () => {
    await open();
    const paymentId = await top.payment('100.00');
    expect(await ended(top, paymentId, { amount: '50.00' })).toMatchObject({ remaining: '50.00' });
    expect(await ended(top, paymentId)).toMatchObject({ amount: '50.00', remaining: '0.00' });
    const [first, second] = await contents();
    expect(second?.['OpKey']).toBe(first?.['OpKey']);
    const { rows } = await top.sql.query<{ handle: string }>('select handle from refundry.payment');
    expect(rows).toEqual([{ handle: first?.['OpKey'] }]);
    expect(await booksOf(paymentId)).toMatchObject({ refunded: '100.00' });
  });

  it('with the operation key of the payment in the request › is paid; with that of another operation it is not', async () => {
    await open();
    const client = new RobokassaClient(top.sandboxUrl);
    const [payment, other] = [await client.payment('100.00'), await client.payment('100.00')];
    const asked = (opKey: string) => ({ amount: '1.00', providerOptions: { opKey } });
    expect(await ended(top, payment.paymentId, asked(other.opKey))).toMatchObject({
      failure: { kind: 'rejected', code: 'OPTIONS_INVALID' },
    });
    expect(await creates()).toBe(0);
    expect(await ended(top, payment.paymentId, asked(payment.opKey))).toMatchObject({
      type: 'RefundCompleted',
    });
    expect(await booksOf(other.paymentId)).toMatchObject({ refunds: [] });
  });

  it('in tenge › is paid by a shop in Kazakhstan', async () => {
    await open({ currency: 'KZT' });
    const paymentId = await top.payment('100.00', { currency: 'KZT' });
    expect(await ended(top, paymentId, { amount: '1.00', currency: 'KZT' })).toMatchObject({
      type: 'RefundCompleted',
      currency: 'KZT',
    });
  });

  it.each(['HS256', 'HS384', 'HS512'])('signed with %s › is taken', async (tokenAlgorithm) => {
    await open({ tokenAlgorithm });
    expect(await ended(top, await top.payment(), { amount: '1.00' })).toMatchObject({
      type: 'RefundCompleted',
    });
  });
});

describe('the lines of a receipt', () => {
  afterEach(async () => {
    await top.close();
  });

  const words = (text: string): readonly string[] => text.trim().split(/\s+/);
  const taxes = words('none vat0 vat5 vat7 vat10 vat12 vat20 vat22 vat105 vat107 vat110 vat120 vat122');
  const paymentMethods = words(
    'full_prepayment prepayment advance full_payment partial_payment credit credit_payment',
  );
  const paymentObjects = words(`
    commodity excise job service gambling_bet gambling_prize lottery lottery_prize intellectual_activity payment
    agent_commission composite resort_fee another property_right non-operating_gain insurance_premium sales_tax
    tovar_mark`);

  it('of every tax rate, payment method and payment object › are sent as they were asked for', async () => {
    await open();
    const invoiceItems = [
      ...taxes.map((tax) => ({ tax })),
      ...paymentMethods.map((paymentMethod) => ({ tax: 'none', paymentMethod })),
      ...paymentObjects.map((paymentObject) => ({ tax: 'none', paymentObject })),
    ].map((line, at) => ({ name: `Item ${String(at)}`, quantity: '0.5', cost: '2.00', ...line }));
    const sum = `${String(invoiceItems.length)}.00`;
    expect(
      await ended(top, await top.payment('100.00'), { amount: sum, providerOptions: { invoiceItems } }),
    ).toMatchObject({ type: 'RefundCompleted', amount: sum });
    const [content] = await contents();
    expect(content?.['InvoiceItems']).toEqual(
      invoiceItems.map(({ name, tax, ...more }) => ({
        Name: name,
        Quantity: 0.5,
        Cost: 2,
        Tax: tax,
        ...('paymentMethod' in more ? { PaymentMethod: more.paymentMethod } : {}),
        ...('paymentObject' in more ? { PaymentObject: more.paymentObject } : {}),
      })),
    );
  });

  it.each([
    ['that are not worth the refund', { name: 'Item 1', quantity: '1', cost: '49.99', tax: 'vat20' }],
    ['of a rate that there is not', { name: 'Item 1', quantity: '1', cost: '50.00', tax: 'vat18' }],
  ])('%s › are rejected before anything is sent', async (_what, item) => {
    await open();
    expect(
      await ended(top, await top.payment(), { amount: '50.00', providerOptions: { invoiceItems: [item] } }),
    ).toMatchObject({ failure: { kind: 'rejected', code: 'OPTIONS_INVALID' } });
    expect(await creates()).toBe(0);
  });
});

describe('the state of a request', () => {
  afterEach(async () => {
    await top.close();
  });

  const waiting = async (settings: Readonly<Record<string, string>> = {}) => {
    await open(settings);
    await top.sandbox.setBehaviour('robokassa', { finishAfterMs: null });
    const paymentId = await top.payment('100.00');
    const refundId = await requested(top, paymentId, { amount: '50.00' });
    const change = async (to: 'settle' | 'cancel') => {
      const [booked] = (await booksOf(paymentId)).refunds;
      await top.sandbox.changeRefund('robokassa', booked?.id ?? '', to);
    };
    return { refundId, change };
  };

  it('processing › is a pending refund, which is asked about until it is finished', async () => {
    const { refundId, change } = await waiting();
    expect(resultsOf(await top.until(refundId, 'pending'))).toEqual([]);
    await change('settle');
    expect(resultsOf(await top.until(refundId, 'completed'))).toMatchObject([
      { type: 'RefundCompleted', amount: '50.00' },
    ]);
  });

  it('canceled › is a refund that was cancelled at RoboKassa', async () => {
    const { refundId, change } = await waiting();
    await top.until(refundId, 'pending');
    await change('cancel');
    expect(resultsOf(await top.until(refundId, 'failed'))).toMatchObject([
      { type: 'RefundFailed', failure: { kind: 'cancelled', code: 'CANCELLED_AT_PROVIDER' } },
    ]);
  });

  it('of the legacy interface, with any number but 5 › says nothing; with 5 the refund is complete', async () => {
    const { refundId, change } = await waiting({ api: 'v1' });
    await top.untilReport(refundId, ({ refund, calls }) => {
      const looks = calls.filter(({ verb }) => verb === 'lookUp');
      return refund.state === 'pending' && looks.some(({ verdict }) => verdict === 'found unknown unlisted');
    });
    await change('settle');
    expect(resultsOf(await top.until(refundId, 'completed'))).toMatchObject([
      { type: 'RefundCompleted', amount: '50.00' },
    ]);
  });
});

describe('a refusal', () => {
  it.each([200, 400])(
    'because the operation has less left, with status %i › fails the refund in the words of RoboKassa',
    async (refusalStatus) => {
      await open();
      await top.sandbox.setBehaviour('robokassa', { refusalStatus });
      const client = new RobokassaClient(top.sandboxUrl);
      const { paymentId, opKey } = await client.payment('100.00');
      // Somebody refunds in the cabinet: RoboKassa shows that to nobody.
      await client.accepted({ OpKey: opKey, RefundSum: 60 });
      expect(await ended(top, paymentId, { amount: '50.00' })).toMatchObject({
        type: 'RefundFailed',
        failure: {
          kind: 'declined',
          actBy: 'merchant',
          provider: {
            code: 'AMOUNT_TOO_HIGH',
            text: expect.stringContaining('NotEnoughOperationFunds') as unknown,
          },
        },
      });
      await top.close();
    },
  );

  it('because of a wrong Password #3 › fails no refund: a person is asked', async () => {
    await open({ password3: 'not-password-3' });
    const refundId = await requested(top, await top.payment(), { amount: '1.00' });
    const { refund } = await top.until(refundId, 'review');
    expect(refund.reviewReason).toBe('CREDENTIALS_REFUSED_ALONE');
    expect(await top.booked()).toEqual([]);
    await top.close();
  });
});

describe('an account without Password #3', () => {
  it('stops the start with what is missing', async () => {
    const test = await createTestDatabase();
    const config = readConfig({
      DATABASE_URL: test.url,
      PORT: '0',
      ROBOKASSA_LOGIN: 'shop',
      ROBOKASSA_PASSWORD2: 'password-2',
    });
    const logger = createLogger({ level: 'silent', name: 'test' });
    await expect(startProcessor(config, new Set(['executor']), logger)).rejects.toThrow(
      /robokassa\/default: password3 \(ROBOKASSA_PASSWORD3\) is missing/,
    );
    await test.drop();
  });
});
