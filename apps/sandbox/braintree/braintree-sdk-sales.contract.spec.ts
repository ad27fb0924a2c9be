import { startSandbox, type Sandbox } from '../sandbox.ts';
import { BraintreeClient } from '../testing/braintree-client.ts';
import {
  type SdkGateway,
  type SdkTransaction,
  type Search,
  brokenRules,
  errorTypeOf,
  loadBraintreeSdk,
  settledSale,
  testCard,
} from '../testing/braintree-sdk.ts';
import { eventually } from '../testing/sandbox-client.ts';
import { startWebhookReceiver, type WebhookReceiver } from '../testing/webhook-receiver.ts';

describe('sales, searches and webhooks through the official Braintree SDK', () => {
  let sandbox: Sandbox;
  let client: BraintreeClient;
  let receiver: WebhookReceiver;
  let gateway: SdkGateway;

  beforeAll(async () => {
    sandbox = await startSandbox();
    receiver = await startWebhookReceiver();
    client = new BraintreeClient(sandbox.url);
    gateway = (await loadBraintreeSdk(sandbox.port))({});
  });
  beforeEach(async () => {
    await client.sandbox.reset();
    receiver.clear();
    await client.behave({ settleAfterMs: null });
  });
  afterAll(async () => {
    await sandbox.close();
    await receiver.close();
  });

  describe('sale and credit', () => {
    it.each([
      ['2000.00', 'processor_declined', '2000', 'Do Not Honor'],
      ['2999.99', 'processor_declined', '2999', 'Processor Declined'],
      ['3000.00', 'failed', '3000', 'Processor Network Unavailable - Try Again'],
      ['5001.00', 'gateway_rejected', '1000', 'Gateway Rejected: application_incomplete'],
    ])('of %s fails as the vendor’s sandbox lets it', async (amount, status, code, message) => {
      const result = await gateway.transaction.sale({ amount, creditCard: testCard });
      expect(result).toMatchObject({
        success: false,
        message,
        transaction: { type: 'sale', status, processorResponseCode: code },
      });
    });

    it.each(['0.01', '1999.99', '1004.00', '3001.00', '4001.00', '5002.00'])(
      'of %s is authorized',
      async (amount) => {
        const result = await gateway.transaction.sale({
          amount,
          creditCard: testCard,
          acceptPartialAuthorization: true,
        });
        expect(result).toMatchObject({
          success: true,
          transaction: { status: 'authorized', partiallyAuthorized: amount === '1004.00' },
        });
      },
    );

    it.each([
      ['fake-valid-mastercard-nonce', { creditCard: { cardType: 'MasterCard', last4: '4444' } }],
      ['fake-valid-amex-nonce', { creditCard: { cardType: 'American Express' } }],
      ['fake-paypal-one-time-nonce', { paymentInstrumentType: 'paypal_account' }],
      ['fake-us-bank-account-nonce', { paymentInstrumentType: 'us_bank_account' }],
      ['fake-sepa-direct-debit-nonce', { paymentInstrumentType: 'sepa_debit_account' }],
    ])('takes %s', async (paymentMethodNonce, seen) => {
      const result = await gateway.transaction.sale({ amount: '1.00', paymentMethodNonce });
      expect(result).toMatchObject({ success: true, transaction: { status: 'authorized', ...seen } });
    });

    it.each([
      ['fake-processor-declined-visa-nonce', { status: 'processor_declined', processorResponseCode: '2000' }],
      ['fake-gateway-rejected-fraud-nonce', { status: 'gateway_rejected', gatewayRejectionReason: 'fraud' }],
    ])('fails for %s', async (paymentMethodNonce, seen) => {
      const result = await gateway.transaction.sale({ amount: '1.00', paymentMethodNonce });
      expect(result).toMatchObject({ success: false, transaction: seen });
    });

    it.each([
      [{ creditCard: testCard }, ['amount 81502']],
      [{ amount: '1.00' }, ['base 91508']],
      [{ amount: '1.00', paymentMethodNonce: 'fake-consumed-nonce' }, ['payment_method_nonce 91564']],
      [{ amount: '1.00', paymentMethodNonce: 'x' }, ['payment_method_nonce 91565']],
      [{ amount: '1.00', paymentMethodToken: 'x' }, ['payment_method_token 91518']],
      [{ amount: '1.00', creditCard: { ...testCard, number: '4111111111111112' } }, ['number 81715']],
      [{ amount: '1.00', creditCard: testCard, merchantAccountId: 'other' }, ['merchant_account_id 91513']],
    ])('refuses %j', async (attributes, expected) => {
      expect(brokenRules(await gateway.transaction.sale(attributes))).toEqual(expected);
    });

    it('refuses a credit, until credits are enabled for the account', async () => {
      const attributes = { amount: '5.00', creditCard: testCard };
      expect(brokenRules(await gateway.transaction.credit({ ...attributes }))).toEqual(['base 91546']);
      await client.behave({ credits: true });
      const { transaction } = await gateway.transaction.credit({ ...attributes });
      expect(transaction).toMatchObject({
        type: 'credit',
        status: 'submitted_for_settlement',
        refundedTransactionId: null,
      });
      expect(brokenRules(await gateway.transaction.refund(transaction.id))).toEqual(['base 91505']);
    });
  });

  describe('search', () => {
    const search = async (describe: (search: Search) => void): Promise<readonly SdkTransaction[]> => {
      const found: SdkTransaction[] = [];
      for await (const transaction of gateway.transaction.search(describe)) {
        found.push(transaction);
      }
      return found;
    };
    const ids = async (describe: (search: Search) => void): Promise<readonly string[]> =>
      (await search(describe)).map(({ id }) => id);

    it('finds a refund by its order id, apart from its sale and from credits of nothing', async () => {
      await client.behave({ credits: true });
      const sale = await settledSale(gateway, '10.00', { orderId: 'o-1' });
      const refund = (await gateway.transaction.refund(sale, '1.00')).transaction.id;
      const credit = (
        await gateway.transaction.credit({ amount: '1.00', creditCard: testCard, orderId: 'o-1' })
      ).transaction.id;
      const ofOrder = async (more: (criteria: Search) => void): Promise<readonly string[]> =>
        await ids((criteria) => {
          criteria['orderId']?.()['is']?.('o-1');
          more(criteria);
        });
      expect(await ofOrder(() => undefined)).toEqual([credit, refund, sale]);
      expect(
        await ofOrder((criteria) => {
          criteria['type']?.()['is']?.('credit');
          criteria['refund']?.()['is']?.(true);
        }),
      ).toEqual([refund]);
      expect(
        await ofOrder((criteria) => {
          criteria['type']?.()['is']?.('credit');
          criteria['refund']?.()['is']?.(false);
        }),
      ).toEqual([credit]);
      expect(
        await ids((criteria) => {
          criteria['id']?.()['is']?.(sale);
          criteria['refund']?.()['is']?.(true);
        }),
      ).toEqual([sale]);
    });

    it('reads pages of fifty until the last one', async () => {
      const sale = await client.payment('500.00');
      for (let made = 0; made < 120; made += 1) {
        await client.refund(sale, { amount: '1.00', order_id: `r-${made}` });
      }
      const found = await search((criteria) => criteria['type']?.()['is']?.('credit'));
      expect(new Set(found.map(({ orderId }) => orderId)).size).toBe(120);
      const length = await new Promise((resolve) => {
        gateway.transaction.search(
          (criteria) => criteria['orderId']?.()['startsWith']?.('r-1'),
          (_error, response) => resolve(response.length()),
        );
      });
      expect(length).toBe(31);
      expect(await search((criteria) => criteria['orderId']?.()['is']?.('none'))).toEqual([]);
    });

    it('knows every operator', async () => {
      const [small, large] = [
        await client.payment('10.00', { orderId: 'abc' }),
        await client.payment('20.00'),
      ];
      const euro = await client.payment('15.00', { currency: 'EUR', orderId: 'xbz' });
      const by = async (field: string, operator: string, ...values: unknown[]): Promise<readonly string[]> =>
        await ids((criteria) => criteria[field]?.()[operator]?.(...values));
      expect(await by('orderId', 'isNot', 'abc')).toEqual([euro, large]);
      expect(await by('orderId', 'startsWith', 'a')).toEqual([small]);
      expect(await by('orderId', 'endsWith', 'z')).toEqual([euro]);
      expect(await by('orderId', 'contains', 'b')).toEqual([euro, small]);
      expect(await by('amount', 'is', '20.00')).toEqual([large]);
      expect(await by('amount', 'min', '15.00')).toEqual([euro, large]);
      expect(await by('amount', 'max', '15.00')).toEqual([euro, small]);
      expect(await by('amount', 'between', '11', '19.99')).toEqual([euro]);
      expect(await by('ids', 'in', [large, small])).toEqual([large, small]);
      expect(await by('merchantAccountId', 'in', ['sandbox_account_eur'])).toEqual([euro]);
      expect(await by('status', 'in', ['settled', 'voided'])).toEqual([euro, large, small]);
      expect(await by('createdAt', 'min', new Date(Date.now() + 60_000))).toEqual([]);
      expect(await by('settledAt', 'between', new Date(Date.now() - 60_000), new Date())).toHaveLength(3);
      expect(await by('creditCardNumber', 'endsWith', '1881')).toHaveLength(3);
    });

    it('refuses a field that is not simulated instead of finding too much', async () => {
      await client.payment();
      expect(await errorTypeOf(search((criteria) => criteria['customerEmail']?.()['is']?.('x')))).toBe(
        'authorizationError',
      );
    });
  });

  describe('webhooks', () => {
    const notification = async (
      index = 0,
    ): Promise<{ readonly kind: string; readonly transaction: SdkTransaction }> => {
      await eventually(
        () => receiver.received.length,
        (count) => count > index,
      );
      const form = new URLSearchParams(receiver.received[index]?.body);
      return await gateway.webhookNotification.parse(
        form.get('bt_signature') ?? '',
        form.get('bt_payload') ?? '',
      );
    };

    it('announces how the settlement of a bank debit ended, in a form the library accepts', async () => {
      await client.sandbox.prepare('/webhooks', { provider: 'braintree', url: receiver.url });
      const id = await client.payment('10.00', { method: 'us_bank_account', orderId: 'Zoë & <co>' });
      const { transaction } = await gateway.transaction.refund(id, '4.00');
      await client.change(transaction.id, 'settle');
      expect(await notification()).toMatchObject({
        kind: 'transaction_settled',
        transaction: {
          id: transaction.id,
          type: 'credit',
          status: 'settled',
          amount: '4.00',
          orderId: 'Zoë & <co>',
          refundedTransactionId: id,
          paymentInstrumentType: 'us_bank_account',
        },
      });
      await client.change(transaction.id, 'decline');
      expect(await notification(1)).toMatchObject({
        kind: 'transaction_settlement_declined',
        transaction: { id: transaction.id, status: 'settlement_declined' },
      });
    });

    it('announces a refund that failed', async () => {
      await client.sandbox.prepare('/webhooks', { provider: 'braintree', url: receiver.url });
      const { transaction } = await gateway.transaction.refund(await client.payment('10.00'));
      await client.change(transaction.id, 'fail');
      expect(await notification()).toMatchObject({
        kind: 'refund_failed',
        transaction: { id: transaction.id, status: 'failed' },
      });
    });
  });
});
