import { startSandbox, type Sandbox } from '../sandbox.ts';
import { BraintreeClient, codesIn, elementIn } from '../testing/braintree-client.ts';

describe('Braintree’s rules of a refund', () => {
  let sandbox: Sandbox;
  let client: BraintreeClient;

  beforeAll(async () => {
    sandbox = await startSandbox();
    client = new BraintreeClient(sandbox.url);
  });
  beforeEach(async () => {
    await client.sandbox.reset();
    await client.behave({ settleAfterMs: null });
  });
  afterAll(async () => await sandbox.close());

  const lineItem = { kind: 'credit', name: 'a', quantity: '1', unit_amount: '1.00', total_amount: '1.00' };

  it.each([
    [{ amount: '0.00' }, 'amount', ['81531']],
    [{ amount: 0 }, 'amount', ['81531']],
    [{ amount: '-1.00' }, 'amount', ['81501']],
    [{ amount: '' }, 'amount', ['81502']],
    [{ amount: '1.001' }, 'amount', ['81503']],
    [{ amount: '1e2' }, 'amount', ['81503']],
    [{ amount: '1,00' }, 'amount', ['81503']],
    [{ amount: { value: '1.00' } }, 'amount', ['81503']],
    [{ amount: '10000000000.00' }, 'amount', ['81528']],
    [{ amount: '500.01' }, 'amount', ['91521']],
    [{ order_id: 'o'.repeat(256) }, 'order_id', ['91501']],
    [{ merchant_account_id: 'nobody' }, 'merchant_account_id', ['91513']],
    [{ merchant_account_id: 'sandbox_account_eur' }, 'merchant_account_id', ['91513']],
    [{ surcharge_amount: 'x' }, 'surcharge_amount', ['81503']],
    [{ line_items: 'x' }, 'line_items', ['915158']],
    [{ line_items: Array.from({ length: 250 }, () => lineItem) }, 'line_items', ['915157']],
    [{ line_items: [{}] }, 'kind', ['95808', '95822', '95811', '95818', '95814']],
    [{ line_items: [{ ...lineItem, kind: 'gift' }] }, 'kind', ['95807']],
    [{ line_items: [{ ...lineItem, name: 'n'.repeat(36) }] }, 'name', ['95823']],
    [{ line_items: [{ ...lineItem, quantity: '1.00001' }] }, 'quantity', ['95810']],
    [{ line_items: [{ ...lineItem, unit_amount: '0' }] }, 'unit_amount', ['95820']],
    [{ line_items: [{ ...lineItem, total_amount: '1.001' }] }, 'total_amount', ['95813']],
    [{ line_items: [{ ...lineItem, unit_tax_amount: '0' }] }, 'unit_tax_amount', ['95826']],
    [{ line_items: [{ ...lineItem, discount_amount: '-1' }] }, 'discount_amount', ['95806']],
    [{ line_items: [{ ...lineItem, tax_amount: '12345678901' }] }, 'tax_amount', ['95828']],
    [{ line_items: [{ ...lineItem, upc_code: '1' }] }, 'upc_type', ['95832']],
    [{ line_items: [{ ...lineItem, upc_code: '1', upc_type: 'EAN' }] }, 'upc_type', ['95833']],
    [{ amount: 'x', order_id: 'o'.repeat(256) }, 'amount', ['81503', '91501']],
  ])('refuses %j and books nothing', async (transaction, attribute, codes) => {
    const paymentId = await client.payment('500.00');
    const reply = await client.refund(paymentId, transaction);
    expect(reply.status).toBe(422);
    expect(codesIn(reply)).toEqual(codes);
    expect(elementIn(reply, 'attribute')).toBe(attribute);
    expect((await client.truth(paymentId)).refunds).toEqual([]);
  });

  it('takes 249 line items, and an order id of 255 characters', async () => {
    const paymentId = await client.payment();
    const orderId = 'o'.repeat(255);
    const reply = await client.refund(paymentId, {
      order_id: orderId,
      line_items: Array.from({ length: 249 }, () => lineItem),
    });
    expect(reply.status).toBe(201);
    expect(elementIn(reply, 'order-id')).toBe(orderId);
  });

  it('takes an order id of 127 characters for PayPal, where it is the invoice number', async () => {
    const paymentId = await client.payment('10.00', { method: 'paypal' });
    expect(codesIn(await client.refund(paymentId, { order_id: 'o'.repeat(128) }))).toEqual(['91501']);
    expect((await client.refund(paymentId, { order_id: 'o'.repeat(127) })).status).toBe(201);
  });

  it.each([
    ['authorized', '91506'],
    ['submitted_for_settlement', '91506'],
    ['settlement_pending', '91506'],
    ['settlement_confirmed', '91506'],
    ['settlement_declined', '91506'],
    ['voided', '91506'],
    ['processor_declined', '91506'],
    ['gateway_rejected', '91506'],
    ['failed', '91506'],
    ['settling', undefined],
    ['settled', undefined],
  ])('meets a payment that is %s with %s', async (status, code) => {
    const paymentId = await client.payment('10.00', { status });
    const reply = await client.refund(paymentId);
    expect(reply.status).toBe(code === undefined ? 201 : 422);
    expect(codesIn(reply)).toEqual(code === undefined ? [] : [code]);
  });

  it.each(['us_bank_account', 'sepa_debit'])(
    'refuses a %s payment that is still settling',
    async (method) => {
      const paymentId = await client.payment('10.00', { status: 'settling', method });
      expect(codesIn(await client.refund(paymentId))).toEqual(['91574']);
    },
  );

  it('refuses to refund a refund', async () => {
    const refund = await client.refund(await client.payment());
    expect(codesIn(await client.refund(String(elementIn(refund, 'id'))))).toEqual(['91505']);
  });

  it('refunds what is held in escrow as a whole only', async () => {
    const paymentId = await client.payment('10.00', { escrow: true });
    expect(elementIn(await client.find(paymentId), 'escrow-status')).toBe('held');
    expect(codesIn(await client.refund(paymentId, { amount: '9.99' }))).toEqual(['91563']);
    expect((await client.refund(paymentId, { amount: '10.00' })).status).toBe(201);
    expect(elementIn(await client.find(paymentId), 'escrow-status')).toBe('refunded');
  });

  it('never refunds more than was captured, however the refunds are cut', async () => {
    const paymentId = await client.payment('10.00');
    const replies = await Promise.all(
      Array.from({ length: 7 }, async () => await client.refund(paymentId, { amount: '3.00' })),
    );
    expect(replies.filter(({ status }) => status === 201)).toHaveLength(3);
    expect(replies.flatMap(codesIn)).toEqual(['91521', '91521', '91521', '91521']);
    expect(elementIn(await client.refund(paymentId), 'amount')).toBe('1.00');
    expect(codesIn(await client.refund(paymentId, { amount: '1.00' }))).toEqual(['91512']);
  });

  it.each([
    ['USD', 'sandbox_account', '10.50', '10.50', ['10.501', '81503']],
    ['EUR', 'sandbox_account_eur', '10.5', '10.50', ['10.505', '81503']],
    ['JPY', 'sandbox_account_jpy', '10', '10', ['10.00', '81503']],
  ])('counts %s in the decimals of its currency', async (currency, account, amount, shown, [wrong, code]) => {
    const paymentId = await client.payment('500', { currency });
    expect(codesIn(await client.refund(paymentId, { amount: wrong }))).toEqual([code]);
    const refund = await client.refund(paymentId, { amount });
    expect(elementIn(refund, 'amount')).toBe(shown);
    expect(elementIn(refund, 'currency-iso-code')).toBe(currency);
    expect(elementIn(refund, 'merchant-account-id')).toBe(account);
  });

  it.each([
    ['2004.00', '915200'],
    ['2046.00', '915201'],
  ])('tells clients of an older API version that %s was declined by %s', async (amount, code) => {
    const paymentId = await client.payment('9000.00');
    const reply = await client.refund(paymentId, { amount }, { 'x-apiversion': '5' });
    expect(reply.status).toBe(422);
    expect(codesIn(reply)).toEqual([code]);
    expect(reply.text).not.toMatch(/<transaction><id>/);
    expect(await client.truth(paymentId)).toMatchObject({ refunded: '0.00', inFlight: '0.00' });
  });

  it('voids a refund that has not begun to settle, and its amount can be refunded again', async () => {
    const paymentId = await client.payment('10.00');
    const refundId = String(elementIn(await client.refund(paymentId), 'id'));
    const voided = await client.call('PUT', `/transactions/${refundId}/void`);
    expect(voided.status).toBe(200);
    expect(elementIn(voided, 'status')).toBe('voided');
    expect(elementIn(await client.refund(paymentId), 'amount')).toBe('10.00');
    expect(codesIn(await client.call('PUT', `/transactions/${refundId}/void`))).toEqual(['91504']);
  });

  it.each([
    ['settled', '91504'],
    ['settling', '91504'],
    ['settlement_pending', '91504'],
    ['authorized', undefined],
    ['submitted_for_settlement', undefined],
  ])('meets the void of a card payment that is %s with %s', async (status, code) => {
    const paymentId = await client.payment('10.00', { status });
    const reply = await client.call('PUT', `/transactions/${paymentId}/void`);
    expect(codesIn(reply)).toEqual(code === undefined ? [] : [code]);
  });

  describe('on the wire', () => {
    it('takes XML with the names and types of the other libraries', async () => {
      const paymentId = await client.payment('10.00');
      const reply = await client.call(
        'POST',
        `/transactions/${paymentId}/refund`,
        `<?xml version="1.0" encoding="UTF-8"?>
        <transaction>
          <amount type="decimal">4.00</amount>
          <order-id>a &amp; b</order-id>
          <merchant-account-id nil="true"/>
          <line-items type="array">
            <item><kind>credit</kind><name>n</name><quantity type="decimal">1</quantity>
            <unit-amount>4.00</unit-amount><total-amount>4.00</total-amount></item>
          </line-items>
        </transaction>`,
        { 'content-type': 'application/xml' },
      );
      expect(reply.status).toBe(201);
      expect(elementIn(reply, 'amount')).toBe('4.00');
      expect(elementIn(reply, 'order-id')).toBe('a &amp; b');
      const refundId = String(elementIn(reply, 'id'));
      const items = await client.call('GET', `/transactions/${refundId}/line_items`);
      expect(items.text).toMatch(/<line-items type="array"><line-item>.*<unit-amount>4.00<\/unit-amount>/);
      const found = await client.call(
        'POST',
        '/transactions/advanced_search_ids',
        '<search><type type="array"><item>credit</item></type><refund>true</refund><order-id><is>a &amp; b</is></order-id></search>',
        { 'content-type': 'application/xml' },
      );
      expect(found.text).toContain(`<ids type="array"><item>${refundId}</item></ids>`);
    });

    it.each([
      ['', 'application/xml'],
      ['<transaction></transaction>', 'application/xml'],
      ['<transaction/>', 'application/xml'],
      ['', 'application/json'],
      ['{}', 'application/json'],
      ['{"transaction":null}', 'application/json'],
    ])('refunds everything for the body "%s" in %s', async (body, contentType) => {
      const reply = await client.call('POST', `/transactions/${await client.payment('7.00')}/refund`, body, {
        'content-type': contentType,
      });
      expect(reply.status).toBe(201);
      expect(reply.headers.get('content-type')).toBe('application/xml; charset=utf-8');
      expect(elementIn(reply, 'amount')).toBe('7.00');
    });

    it.each([
      ['{"transaction":', 'application/json'],
      ['[]', 'application/json'],
      ['"x"', 'application/json'],
      ['{"transaction":"x"}', 'application/json'],
      ['{"transaction":[]}', 'application/json'],
      ['{"amount":"1.00"}', 'application/json'],
      ['{"transaction":{"amount":"1.00"},"more":1}', 'application/json'],
      ['{"transaction":{"Amount":"1.00"}}', 'application/json'],
      ['<transaction><amount>1.00</transaction>', 'application/xml'],
      ['<!DOCTYPE x [<!ENTITY a "1.00">]><transaction><amount>&a;</amount></transaction>', 'application/xml'],
      ['<transaction><amounts>1.00</amounts></transaction>', 'application/xml'],
    ])('answers 403 to the body %s', async (body, contentType) => {
      const paymentId = await client.payment();
      const reply = await client.call('POST', `/transactions/${paymentId}/refund`, body, {
        'content-type': contentType,
      });
      expect(reply).toMatchObject({ status: 403, text: '' });
      expect((await client.truth(paymentId)).refunds).toEqual([]);
    });

    it.each([
      ['GET', '/transactions/zzzzzzzz'],
      ['GET', '/transactions/zzzzzzzz/line_items'],
      ['PUT', '/transactions/zzzzzzzz/void'],
      ['PUT', '/transactions/zzzzzzzz/settle'],
      ['PUT', '/transactions/zzzzzzzz/submit_for_settlement'],
      ['POST', '/transactions/zzzzzzzz/refund'],
      ['GET', '/customers/1'],
    ])('answers %s %s with 404', async (method, path) => {
      expect((await client.call(method, path)).status).toBe(404);
    });

    it.each([
      ['no credentials', ''],
      ['a bearer token', 'Bearer access_token$development$x$y'],
      ['other keys', `Basic ${btoa('sandbox_public:other')}`],
    ])('answers 401 to %s', async (_case, authorization) => {
      const paymentId = await client.payment();
      const reply = await client.refund(paymentId, {}, { authorization });
      expect(reply).toMatchObject({ status: 401, text: '' });
    });
  });
});
