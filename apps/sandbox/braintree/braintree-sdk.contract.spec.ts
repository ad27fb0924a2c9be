import type { TransactionStatus } from './transaction.ts';
import { startSandbox, type Sandbox } from '../sandbox.ts';
import { BraintreeClient } from '../testing/braintree-client.ts';
import { startWebhookReceiver, type WebhookReceiver } from '../testing/webhook-receiver.ts';
import { eventually } from '../testing/sandbox-client.ts';

// The vendor's own library as a client that knows nothing of the sandbox. What its typings leave out is declared here.
interface SdkTransaction {
  readonly [field: string]: unknown;
  readonly id: string;
  readonly type: string;
  readonly status: TransactionStatus;
  readonly amount: string;
  readonly orderId: string | null;
  readonly refundIds: readonly string[];
  readonly statusHistory: readonly { readonly status: string; readonly amount: string }[];
  lineItems(): Promise<readonly Readonly<Record<string, unknown>>[]>;
}
interface SdkError {
  readonly attribute: string;
  readonly code: string;
  readonly message: string;
}
interface SdkErrors {
  deepErrors(): readonly SdkError[];
  for(name: string): SdkErrors;
  forIndex(index: number): SdkErrors;
  on(attribute: string): readonly SdkError[];
}
interface SdkResult {
  readonly success: boolean;
  readonly transaction: SdkTransaction;
  readonly errors: SdkErrors;
  readonly message: string;
  readonly params: Readonly<Record<string, unknown>>;
}
type Criterion = Readonly<Record<string, (...values: unknown[]) => unknown>>;
type Search = Readonly<Record<string, () => Criterion>>;
interface SdkSearchResponse {
  length(): number;
  each(callback: (error: unknown, transaction: SdkTransaction) => void): void;
}
interface SdkTransactionGateway {
  sale(attributes: Readonly<Record<string, unknown>>): Promise<SdkResult>;
  credit(attributes: Readonly<Record<string, unknown>>): Promise<SdkResult>;
  refund(id: string, options?: unknown): Promise<SdkResult>;
  void(id: string, options?: Readonly<Record<string, unknown>>): Promise<SdkResult>;
  submitForSettlement(id: string, amount?: string, options?: unknown): Promise<SdkResult>;
  find(id: string): Promise<SdkTransaction>;
  search(
    describe: (search: Search) => void,
    callback?: (error: unknown, response: SdkSearchResponse) => void,
  ): AsyncIterable<SdkTransaction> & { destroy(): void };
}
interface SdkGateway {
  readonly transaction: SdkTransactionGateway;
  readonly transactionLineItem: {
    findAll(id: string): Promise<readonly Readonly<Record<string, unknown>>[]>;
  };
  readonly testing: Readonly<
    Record<
      'settle' | 'settlementPending' | 'settlementConfirm' | 'settlementDecline',
      (id: string) => Promise<{
        readonly transaction: SdkTransaction;
        readonly apiErrorResponse?: { readonly message: string };
      }>
    >
  >;
  readonly webhookNotification: {
    parse(
      signature: string,
      payload: string,
    ): Promise<{ readonly kind: string; readonly transaction: SdkTransaction }>;
  };
}
const card = { number: '4111111111111111', expirationDate: '12/2035' };

describe('the official Braintree SDK against the sandbox', () => {
  let sandbox: Sandbox;
  let client: BraintreeClient;
  let receiver: WebhookReceiver;
  let gateway: SdkGateway;
  let gatewayWith: (credentials: Readonly<Record<string, string>>) => SdkGateway;

  beforeAll(async () => {
    sandbox = await startSandbox();
    receiver = await startWebhookReceiver();
    client = new BraintreeClient(sandbox.url);
    // Read once, when the library is loaded.
    process.env['GATEWAY_HOST'] = '127.0.0.1';
    process.env['GATEWAY_PORT'] = String(sandbox.port);
    const { default: braintree } = await import('braintree');
    gatewayWith = (credentials) =>
      new braintree.BraintreeGateway({
        environment: braintree.Environment.Development,
        merchantId: 'sandbox_merchant',
        publicKey: 'sandbox_public',
        privateKey: 'sandbox_private',
        ...credentials,
      }) as unknown as SdkGateway;
    gateway = gatewayWith({});
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

  /** A payment made the vendor's way: sale, settlement, and nothing of the sandbox's own surface. */
  const settledSale = async (
    amount: string,
    more: Readonly<Record<string, unknown>> = {},
  ): Promise<string> => {
    const { transaction } = await gateway.transaction.sale({
      amount,
      creditCard: card,
      options: { submitForSettlement: true },
      ...more,
    });
    await gateway.testing.settle(transaction.id);
    return transaction.id;
  };
  const codes = (result: SdkResult): string[] =>
    result.errors.deepErrors().map(({ attribute, code }) => `${attribute} ${code}`);
  const errorTypeOf = async (call: Promise<unknown>): Promise<unknown> => {
    try {
      await call;
    } catch (error) {
      return (error as { type?: unknown }).type;
    }
    throw new Error('the call was expected to be refused');
  };

  describe('refund', () => {
    it('gives everything back without an amount', async () => {
      const id = await settledSale('100.00', { orderId: 'order-1' });
      const result = await gateway.transaction.refund(id);
      expect(result.success).toBe(true);
      expect(result.transaction).toMatchObject({
        id: expect.stringMatching(/^[0-9a-z]{8}$/) as string,
        type: 'credit',
        status: 'submitted_for_settlement',
        amount: '100.00',
        currencyIsoCode: 'USD',
        merchantAccountId: 'sandbox_account',
        orderId: 'order-1',
        refundedTransactionId: id,
        refundIds: [],
        processorResponseCode: '1002',
        processorResponseText: 'Processed',
        processorResponseType: 'approved',
        additionalProcessorResponse: null,
        gatewayRejectionReason: null,
        escrowStatus: null,
        partialSettlementTransactionIds: [],
        paymentInstrumentType: 'credit_card',
        statusHistory: [
          { status: 'submitted_for_settlement', amount: '100.00', transactionSource: 'api', user: 'sandbox' },
        ],
      });
      expect(await gateway.transaction.find(id)).toMatchObject({
        status: 'settled',
        refundIds: [result.transaction.id],
        refundedTransactionId: null,
        creditCard: { maskedNumber: '411111******1111', cardType: 'Visa', expirationDate: '12/2035' },
      });
    });

    it.each([
      ['text', '50.00'],
      ['a number', 50],
      ['an object', { amount: '50' }],
    ])('takes an amount as %s, and the rest without one', async (_case, amount) => {
      const id = await settledSale('60.00');
      expect((await gateway.transaction.refund(id, amount)).transaction.amount).toBe('50.00');
      expect((await gateway.transaction.refund(id, null)).transaction.amount).toBe('10.00');
      expect(codes(await gateway.transaction.refund(id))).toEqual(['base 91512']);
    });

    it('takes every documented parameter and shows it again', async () => {
      const id = await settledSale('100.00', { orderId: 'order-1' });
      const { success, transaction } = await gateway.transaction.refund(id, {
        amount: '10.00',
        orderId: 'refund-1',
        merchantAccountId: 'sandbox_account',
        surchargeAmount: '1.00',
        apiRequestKey: 'key-1',
        lineItems: [
          {
            commodityCode: '9SAASSD8724',
            description: 'The amplifier of the band',
            discountAmount: '0.00',
            imageUrl: 'https://example.com/amp.png',
            itemType: 'physical',
            kind: 'credit',
            name: 'Amplifier',
            productCode: '54321',
            quantity: '1.2322',
            taxAmount: '0.50',
            totalAmount: '10.00',
            unitAmount: '8.1155',
            unitOfMeasure: 'piece',
            unitTaxAmount: '0.41',
            upcCode: '042100005264',
            upcType: 'UPC-A',
            url: 'https://example.com/amp',
          },
        ],
      });
      expect(success).toBe(true);
      expect(transaction).toMatchObject({ amount: '10.00', orderId: 'refund-1', surchargeAmount: '1.00' });
      const items = await gateway.transactionLineItem.findAll(transaction.id);
      expect(items).toEqual([
        expect.objectContaining({ name: 'Amplifier', kind: 'credit', quantity: '1.2322', upcType: 'UPC-A' }),
      ]);
      expect(await transaction.lineItems()).toEqual(items);
      expect(await gateway.transactionLineItem.findAll(id)).toEqual([]);
    });

    it('answers a repeated request key with the refund as it is now', async () => {
      const id = await settledSale('100.00');
      const wanted = { amount: '10.00', apiRequestKey: 'key-1' };
      const first = await gateway.transaction.refund(id, wanted);
      await gateway.testing.settle(first.transaction.id);
      const second = await gateway.transaction.refund(id, wanted);
      expect(second.success).toBe(true);
      expect(second.transaction).toMatchObject({ id: first.transaction.id, status: 'settled' });
      expect((await gateway.transaction.find(id)).refundIds).toHaveLength(1);
      const other = await gateway.transaction.refund(id, { ...wanted, amount: '11.00' });
      expect(other.success).toBe(false);
      expect(codes(other)).toEqual(['api_request_key 915232']);
      expect(other.params).toEqual({ transaction: { amount: '11.00', apiRequestKey: 'key-1' } });
    });

    it('fails with the rule, its place and a sentence', async () => {
      const id = await settledSale('100.00');
      const result = await gateway.transaction.refund(id, '100.01');
      expect(result.success).toBe(false);
      expect(result.errors.for('transaction').on('amount')).toMatchObject([
        { code: '91521', attribute: 'amount', message: 'Refund amount is too large.' },
      ]);
      expect(result.message).toBe('Refund amount is too large.');
      expect(result.transaction).toBeUndefined();
    });

    it('names the line item that is wrong', async () => {
      const id = await settledSale('100.00');
      const right = { kind: 'credit', name: 'a', quantity: '1', unitAmount: '1.00', totalAmount: '1.00' };
      const result = await gateway.transaction.refund(id, {
        lineItems: [right, { ...right, quantity: '-1', upcType: 'UPC-A' }],
      });
      const wrong = result.errors.for('transaction').for('lineItems').forIndex(1);
      expect(wrong.on('quantity')).toMatchObject([{ code: '95810' }]);
      expect(wrong.on('upcCode')).toMatchObject([{ code: '95830' }]);
    });

    it.each([
      ['2004.00', '2004', 'Expired Card', 'hard_declined', 'processor_declined'],
      ['2005.50', '2005', 'Invalid Credit Card Number', 'hard_declined', 'processor_declined'],
      ['2014.00', '2014', 'Processor Declined - Fraud Suspected', 'hard_declined', 'processor_declined'],
      ['2047.00', '2047', 'Call Issuer. Pick Up Card.', 'hard_declined', 'processor_declined'],
      ['3000.00', '3000', 'Processor Network Unavailable - Try Again', 'soft_declined', 'failed'],
    ])(
      'of %s is declined with %s and leaves a refund that took nothing',
      async (amount, code, text, type, status) => {
        const id = await settledSale('9000.00');
        const result = await gateway.transaction.refund(id, amount);
        expect(result.success).toBe(false);
        expect(result.errors.deepErrors()).toEqual([]);
        expect(result.message).toBe(text);
        expect(result.transaction).toMatchObject({
          type: 'credit',
          status,
          amount,
          processorResponseCode: code,
          processorResponseText: text,
          processorResponseType: type,
          additionalProcessorResponse: `${code} : ${text}`,
          refundedTransactionId: id,
        });
        expect((await gateway.transaction.find(id)).refundIds).toEqual([result.transaction.id]);
        expect((await gateway.transaction.refund(id)).transaction.amount).toBe('9000.00');
      },
    );

    it('of 2046.00 goes through although the issuer declined it softly', async () => {
      const id = await settledSale('9000.00');
      const result = await gateway.transaction.refund(id, '2046.00');
      expect(result.success).toBe(true);
      expect(result.transaction).toMatchObject({
        status: 'submitted_for_settlement',
        processorResponseCode: '1005',
        processorResponseText: 'Auth Declined but Settlement Captured',
        processorResponseType: 'approved',
        additionalProcessorResponse: '2046 : Declined',
      });
    });

    it.each([
      ['4001.00', false, 'settlement_declined', '4001', 'Settlement Declined'],
      ['4004.00', false, 'settlement_declined', '4004', 'Already Refunded'],
      ['4002.00', true, 'settlement_pending', '4002', 'Settlement Pending'],
      ['10.00', true, 'settled', '4000', 'Confirmed'],
    ])('of %s PayPal dollars is decided at once', async (amount, success, status, code, text) => {
      const id = await client.payment('9000.00', { method: 'paypal' });
      const result = await gateway.transaction.refund(id, amount);
      expect(result.success).toBe(success);
      expect(result.transaction).toMatchObject({
        status,
        processorSettlementResponseCode: code,
        processorSettlementResponseText: text,
        paymentInstrumentType: 'paypal_account',
      });
    });

    it.each([
      ['an unknown transaction', 'zzzzzzzz', {}, 'notFoundError'],
      ['an id that is none', 'no/such', {}, 'notFoundError'],
      ['an unknown parameter', null, { reason: 'x' }, 'authorizationError'],
      ['an unknown parameter of a line item', null, { lineItems: [{ colour: 'red' }] }, 'authorizationError'],
    ])('rejects %s', async (_case, id, options, type) => {
      const call = gateway.transaction.refund(id ?? (await settledSale('1.00')), options);
      expect(await errorTypeOf(call)).toBe(type);
    });
  });

  describe('before the settlement', () => {
    it('refuses a refund and voids instead', async () => {
      const { transaction } = await gateway.transaction.sale({
        amount: '10.00',
        paymentMethodNonce: 'fake-valid-nonce',
        options: { submitForSettlement: true },
      });
      expect(transaction.status).toBe('submitted_for_settlement');
      expect(codes(await gateway.transaction.refund(transaction.id))).toEqual(['base 91506']);
      const voided = await gateway.transaction.void(transaction.id);
      expect(voided).toMatchObject({ success: true, transaction: { id: transaction.id, status: 'voided' } });
      expect(codes(await gateway.transaction.void(transaction.id))).toEqual(['base 91504']);
    });

    it('answers a repeated void with the same key as voided', async () => {
      const id = await client.payment('10.00', { status: 'authorized' });
      const options = { apiRequestKey: 'void-1' };
      for (let time = 0; time < 2; time += 1) {
        const result = await gateway.transaction.void(id, options);
        expect(result).toMatchObject({ success: true, transaction: { id, status: 'voided' } });
      }
    });

    it('submits what was authorized, or less, once', async () => {
      const { transaction } = await gateway.transaction.sale({ amount: '10.00', creditCard: card });
      expect(transaction).toMatchObject({ status: 'authorized', processorResponseCode: '1000' });
      expect(codes(await gateway.transaction.submitForSettlement(transaction.id, '10.01'))).toEqual([
        'amount 91522',
      ]);
      const result = await gateway.transaction.submitForSettlement(transaction.id, '9.00', {
        orderId: 'o-9',
      });
      expect(result).toMatchObject({
        success: true,
        transaction: { status: 'submitted_for_settlement', amount: '9.00', orderId: 'o-9' },
      });
      expect(codes(await gateway.transaction.submitForSettlement(transaction.id))).toEqual(['base 91507']);
    });

    it('walks through the settlement with the testing calls', async () => {
      const id = await client.payment('10.00', { status: 'submitted_for_settlement', method: 'paypal' });
      expect((await gateway.testing.settlementPending(id)).transaction.status).toBe('settlement_pending');
      expect((await gateway.testing.settlementConfirm(id)).transaction.status).toBe('settlement_confirmed');
      expect((await gateway.testing.settle(id)).transaction.status).toBe('settled');
      const settled = await gateway.transaction.find(id);
      expect(settled.statusHistory.map(({ status }) => status)).toEqual([
        'authorized',
        'submitted_for_settlement',
        'settlement_pending',
        'settlement_confirmed',
        'settled',
      ]);
      expect((await gateway.testing.settle(id)).apiErrorResponse?.message).toMatch(/^Cannot simulate/);
      const other = await client.payment('10.00', { status: 'settling' });
      const declined = await gateway.testing.settlementDecline(other);
      expect(declined.transaction).toMatchObject({
        status: 'settlement_declined',
        processorSettlementResponseCode: '4001',
      });
    });
  });

  describe('sale and credit', () => {
    it.each([
      ['2000.00', 'processor_declined', '2000', 'Do Not Honor'],
      ['2999.99', 'processor_declined', '2999', 'Processor Declined'],
      ['3000.00', 'failed', '3000', 'Processor Network Unavailable - Try Again'],
      ['5001.00', 'gateway_rejected', '1000', 'Gateway Rejected: application_incomplete'],
    ])('of %s fails as the vendor’s sandbox lets it', async (amount, status, code, message) => {
      const result = await gateway.transaction.sale({ amount, creditCard: card });
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
          creditCard: card,
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
      [{ creditCard: card }, ['amount 81502']],
      [{ amount: '1.00' }, ['base 91508']],
      [{ amount: '1.00', paymentMethodNonce: 'fake-consumed-nonce' }, ['payment_method_nonce 91564']],
      [{ amount: '1.00', paymentMethodNonce: 'x' }, ['payment_method_nonce 91565']],
      [{ amount: '1.00', paymentMethodToken: 'x' }, ['payment_method_token 91518']],
      [{ amount: '1.00', creditCard: { ...card, number: '4111111111111112' } }, ['number 81715']],
      [{ amount: '1.00', creditCard: card, merchantAccountId: 'other' }, ['merchant_account_id 91513']],
    ])('refuses %j', async (attributes, expected) => {
      expect(codes(await gateway.transaction.sale(attributes))).toEqual(expected);
    });

    it('refuses a credit, until credits are enabled for the account', async () => {
      const attributes = { amount: '5.00', creditCard: card };
      expect(codes(await gateway.transaction.credit({ ...attributes }))).toEqual(['base 91546']);
      await client.behave({ credits: true });
      const { transaction } = await gateway.transaction.credit({ ...attributes });
      expect(transaction).toMatchObject({
        type: 'credit',
        status: 'submitted_for_settlement',
        refundedTransactionId: null,
      });
      expect(codes(await gateway.transaction.refund(transaction.id))).toEqual(['base 91505']);
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
      const sale = await settledSale('10.00', { orderId: 'o-1' });
      const refund = (await gateway.transaction.refund(sale, '1.00')).transaction.id;
      const credit = (await gateway.transaction.credit({ amount: '1.00', creditCard: card, orderId: 'o-1' }))
        .transaction.id;
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

  it.each([
    [{ privateKey: 'wrong' }, 'authenticationError'],
    [{ publicKey: 'wrong' }, 'authenticationError'],
    [{ merchantId: 'other' }, 'notFoundError'],
  ])('refuses credentials with %j', async (credentials, type) => {
    const id = await client.payment();
    expect(await errorTypeOf(gatewayWith(credentials).transaction.refund(id))).toBe(type);
    expect((await client.truth(id)).refunds).toEqual([]);
  });

  it.each([
    [{ mode: 'drop-after-process' }, 'unexpectedError', 1],
    [{ mode: 'drop-before-process' }, 'unexpectedError', 0],
    [{ mode: 'status', status: 500 }, 'serverError', 0],
    [{ mode: 'status', status: 503 }, 'serviceUnavailableError', 0],
    [{ mode: 'status', status: 504 }, 'gatewayTimeoutError', 0],
    [{ mode: 'status', status: 408 }, 'requestTimeoutError', 0],
    [{ mode: 'status', status: 426 }, 'upgradeRequired', 0],
    [{ mode: 'status', status: 403 }, 'authorizationError', 0],
    [{ mode: 'rate-limit' }, 'tooManyRequestsError', 0],
    [{ mode: 'html-502' }, 'unexpectedError', 0],
    [{ mode: 'redirect' }, 'unexpectedError', 0],
  ])('meets the fault %j as a %s with %i refunds booked', async (fault, type, booked) => {
    const id = await client.payment();
    await client.sandbox.prepare('/faults', {
      provider: 'braintree',
      operation: 'create',
      count: 1,
      ...fault,
    });
    expect(await errorTypeOf(gateway.transaction.refund(id))).toBe(type);
    expect((await client.truth(id)).refunds).toHaveLength(booked);
  });
});
