import { startSandbox, type Sandbox } from '../sandbox.ts';
import { BraintreeClient } from '../testing/braintree-client.ts';
import {
  type GatewayWith,
  type SdkGateway,
  brokenRules,
  errorTypeOf,
  loadBraintreeSdk,
  settledSale,
  testCard,
} from '../testing/braintree-sdk.ts';

describe('refunds through the official Braintree SDK', () => {
  let sandbox: Sandbox;
  let client: BraintreeClient;
  let gateway: SdkGateway;
  let gatewayWith: GatewayWith;

  beforeAll(async () => {
    sandbox = await startSandbox();
    client = new BraintreeClient(sandbox.url);
    gatewayWith = await loadBraintreeSdk(sandbox.port);
    gateway = gatewayWith({});
  });
  beforeEach(async () => {
    await client.sandbox.reset();
    await client.behave({ settleAfterMs: null });
  });
  afterAll(async () => {
    await sandbox.close();
  });

  describe('refund', () => {
    it('gives everything back without an amount', async () => {
      const id = await settledSale(gateway, '100.00', { orderId: 'order-1' });
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
      const id = await settledSale(gateway, '60.00');
      expect((await gateway.transaction.refund(id, amount)).transaction.amount).toBe('50.00');
      expect((await gateway.transaction.refund(id, null)).transaction.amount).toBe('10.00');
      expect(brokenRules(await gateway.transaction.refund(id))).toEqual(['base 91512']);
    });

    it('takes every documented parameter and shows it again', async () => {
      const id = await settledSale(gateway, '100.00', { orderId: 'order-1' });
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
      const id = await settledSale(gateway, '100.00');
      const wanted = { amount: '10.00', apiRequestKey: 'key-1' };
      const first = await gateway.transaction.refund(id, wanted);
      await gateway.testing.settle(first.transaction.id);
      const second = await gateway.transaction.refund(id, wanted);
      expect(second.success).toBe(true);
      expect(second.transaction).toMatchObject({ id: first.transaction.id, status: 'settled' });
      expect((await gateway.transaction.find(id)).refundIds).toHaveLength(1);
      const other = await gateway.transaction.refund(id, { ...wanted, amount: '11.00' });
      expect(other.success).toBe(false);
      expect(brokenRules(other)).toEqual(['api_request_key 915232']);
      expect(other.params).toEqual({ transaction: { amount: '11.00', apiRequestKey: 'key-1' } });
    });

    it('fails with the rule, its place and a sentence', async () => {
      const id = await settledSale(gateway, '100.00');
      const result = await gateway.transaction.refund(id, '100.01');
      expect(result.success).toBe(false);
      expect(result.errors.for('transaction').on('amount')).toMatchObject([
        { code: '91521', attribute: 'amount', message: 'Refund amount is too large.' },
      ]);
      expect(result.message).toBe('Refund amount is too large.');
      expect(result.transaction).toBeUndefined();
    });

    it('names the line item that is wrong', async () => {
      const id = await settledSale(gateway, '100.00');
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
        const id = await settledSale(gateway, '9000.00');
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
      const id = await settledSale(gateway, '9000.00');
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
      const call = gateway.transaction.refund(id ?? (await settledSale(gateway, '1.00')), options);
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
      expect(brokenRules(await gateway.transaction.refund(transaction.id))).toEqual(['base 91506']);
      const voided = await gateway.transaction.void(transaction.id);
      expect(voided).toMatchObject({ success: true, transaction: { id: transaction.id, status: 'voided' } });
      expect(brokenRules(await gateway.transaction.void(transaction.id))).toEqual(['base 91504']);
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
      const { transaction } = await gateway.transaction.sale({ amount: '10.00', creditCard: testCard });
      expect(transaction).toMatchObject({ status: 'authorized', processorResponseCode: '1000' });
      expect(brokenRules(await gateway.transaction.submitForSettlement(transaction.id, '10.01'))).toEqual([
        'amount 91522',
      ]);
      const result = await gateway.transaction.submitForSettlement(transaction.id, '9.00', {
        orderId: 'o-9',
      });
      expect(result).toMatchObject({
        success: true,
        transaction: { status: 'submitted_for_settlement', amount: '9.00', orderId: 'o-9' },
      });
      expect(brokenRules(await gateway.transaction.submitForSettlement(transaction.id))).toEqual([
        'base 91507',
      ]);
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
