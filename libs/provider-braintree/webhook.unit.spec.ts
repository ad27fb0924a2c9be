import { createHmac, hash } from 'node:crypto';
import { BraintreeCredentials, readBraintreeAccount } from './account.ts';
import { answerChallenge, readWebhook } from './webhook.ts';

function account(publicKey = 'pub_current', privateKey = 'private-current') {
  const settings = { merchantId: 'merchant_1', publicKey, privateKey };
  return readBraintreeAccount({ name: 'default', merchant: 'merchant_1', settings });
}

function sign(payload: string, privateKey = 'private-current'): string {
  return createHmac('sha1', hash('sha1', privateKey, 'buffer'))
    .update(payload)
    .digest('hex');
}

const REFUND =
  '<transaction><id>refund1</id><type>credit</type><status>settled</status><amount>10.00</amount>' +
  '<refunded-transaction-id>payment1</refunded-transaction-id></transaction>';

function notification(kind: string, transaction = REFUND, more = ''): string {
  return (
    `<notification><timestamp type="datetime">2026-01-01T00:00:00Z</timestamp><kind>${kind}</kind>${more}` +
    `<subject>${transaction}</subject></notification>`
  );
}

function payloadOf(document: string): string {
  return `${Buffer.from(document).toString('base64')}\n`;
}

function deliver(payload: string, signature = `pub_current|${sign(payload)}`): Buffer {
  return Buffer.from(new URLSearchParams({ bt_signature: signature, bt_payload: payload }).toString());
}

const settled = payloadOf(notification('transaction_settled'));

describe('a signature', () => {
  it('counts when it is one of several, and is the one of our key', () => {
    const pairs = `pub_retired|${sign(settled, 'private-retired')}&pub_current|${sign(settled)}`;
    expect(readWebhook(account(), deliver(settled, pairs))).toMatchObject({ kind: 'look' });
    expect(readWebhook(account('pub_other'), deliver(settled, pairs))).toMatchObject({ kind: 'forged' });
  });

  it('counts over the payload with the newline that the form may have lost', () => {
    const bare = settled.trimEnd();
    expect(readWebhook(account(), deliver(bare, `pub_current|${sign(settled)}`))).toMatchObject({
      kind: 'look',
    });
  });

  it.each([
    ['of another key', `pub_current|${sign(settled, 'private-other')}`],
    ['of another payload', `pub_current|${sign(`${settled}A`)}`],
    ['without a key', sign(settled)],
    ['of no length', 'pub_current|'],
    ['that is no hex', `pub_current|${'z'.repeat(40)}`],
    ['that is absent', ''],
  ])('%s is forged', (_what, signature) => {
    expect(readWebhook(account(), deliver(settled, signature))).toMatchObject({ kind: 'forged' });
  });

  it.each([['<notification/>'], ['abc%'], ['a b'], ['']])('over %j is not even looked at', (payload) => {
    expect(readWebhook(account(), deliver(payload))).toMatchObject({ kind: 'forged' });
  });

  it.each([['{"bt_payload":"x"}'], [''], ['\u0000']])(
    'is missed in a body that is no such form: %j',
    (body) => {
      expect(readWebhook(account(), Buffer.from(body))).toMatchObject({ kind: 'forged' });
    },
  );
});

describe('an event', () => {
  it.each([['transaction_settled'], ['transaction_settlement_declined'], ['refund_failed']])(
    '%s hints at its refund',
    (kind) => {
      expect(readWebhook(account(), deliver(payloadOf(notification(kind))))).toEqual({
        kind: 'look',
        eventId: expect.stringMatching(/^[0-9a-f]{64}$/) as unknown,
        paymentId: 'payment1',
        providerRefundId: 'refund1',
      });
    },
  );

  it("finds the payment under the name that the vendor's sample has", () => {
    const sample = REFUND.replaceAll('refunded-transaction-id', 'refunded-transaction-fk');
    expect(readWebhook(account(), deliver(payloadOf(notification('refund_failed', sample))))).toMatchObject({
      paymentId: 'payment1',
    });
  });

  it('is one event in all its deliveries', () => {
    const ids = [settled, settled, payloadOf(notification('refund_failed'))].map((payload) => {
      const hint = readWebhook(account(), deliver(payload));
      return 'eventId' in hint ? hint.eventId : null;
    });
    expect(ids[0]).toBe(ids[1]);
    expect(ids[0]).not.toBe(ids[2]);
  });

  it.each([
    ['of another kind', notification('transaction_disbursed')],
    ['that only tries the address', notification('check', '<check type="boolean">true</check>')],
    ['about a payment', notification('transaction_settled', REFUND.replace('credit', 'sale'))],
    [
      'about a credit of nothing',
      notification('transaction_settled', REFUND.replace(/<refunded.*?id>payment1<\/.*?>/, '')),
    ],
    ['without a transaction', notification('refund_failed', '')],
    [
      'of another merchant',
      notification('refund_failed', REFUND, '<source-merchant-id>other</source-merchant-id>'),
    ],
    ['that is no XML', 'kind=refund_failed'],
    ['with entities of its own', `<!DOCTYPE n [<!ENTITY k "refund_failed">]>${notification('&k;')}`],
  ])('%s is ignored', (_what, document) => {
    expect(readWebhook(account(), deliver(payloadOf(document)))).toMatchObject({ kind: 'ignore' });
  });
});

describe("the question whether the address is the merchant's", () => {
  it('is answered with our key and the signed challenge', () => {
    const query = { bt_challenge: '20f9f8ed05f77439fe955c977e4c8a53' };
    const keys = { merchantId: 'm', publicKey: 'pub', privateKey: 'priv' } as const;
    const credentials = new BraintreeCredentials({ ...keys, completeAt: 'settled', requestKeys: true });
    expect(answerChallenge({ ...account(), credentials }, query)).toBe(
      'pub|5d50acea216b983cf6c6d424dbaa95d601aed729',
    );
  });

  it.each([
    [{}],
    [{ bt_challenge: '' }],
    [{ bt_challenge: 'abc' }],
    [{ bt_challenge: 'g'.repeat(20) }],
    [{ bt_challenge: 'a'.repeat(33) }],
    [{ bt_challenge: `${'a'.repeat(20)}\n` }],
  ])('is no such question: %j', (query) => {
    expect(answerChallenge(account(), query)).toBeNull();
  });
});
