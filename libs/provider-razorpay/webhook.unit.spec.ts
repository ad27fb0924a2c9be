import { createHmac } from 'node:crypto';
import { RazorpayCredentials, readRazorpayAccount } from './account.ts';
import { readWebhook } from './webhook.ts';

function account(webhookSecret: string, merchant = 'default') {
  const settings = {
    keyId: 'rzp_test_1',
    keySecret: 'key-secret',
    ...(webhookSecret === '' ? {} : { webhookSecret }),
  };
  return readRazorpayAccount({ name: 'default', merchant, settings });
}

const event = {
  entity: 'event',
  account_id: 'acc_1',
  event: 'refund.processed',
  contains: ['refund', 'payment'],
  payload: {
    refund: {
      entity: { id: 'rfnd_1', payment_id: 'pay_1', status: 'processed', amount: 100, currency: 'INR' },
    },
    payment: { entity: { id: 'pay_1', captured: true } },
  },
  created_at: 1597078866,
};

function deliver(content: unknown, secret = 'whsec-current', eventId = 'evt_1') {
  const body = Buffer.from(typeof content === 'string' ? content : JSON.stringify(content));
  const signature = createHmac('sha256', secret).update(body).digest('hex');
  return [body, { 'x-razorpay-signature': signature, 'x-razorpay-event-id': eventId }] as const;
}

const both = account('whsec-current,whsec-before');

describe('a signature', () => {
  it('is the documented one', () => {
    const body = Buffer.from('{"event":"refund.processed"}');
    const signature = 'bb81737756302886d9a7c7b4b341bd86f19f14bf699cf2d4b461a20f4ebe3914';
    const known = { ...both, credentials: new RazorpayCredentials('rzp_test_1', 'key-secret', ['whsec']) };
    expect(readWebhook(known, body, { 'x-razorpay-signature': signature }).kind).toBe('ignore');
    expect(readWebhook(both, body, { 'x-razorpay-signature': signature }).kind).toBe('forged');
  });

  it.each([['whsec-current'], ['whsec-before']])('made with %s counts while the secret rotates', (secret) => {
    expect(readWebhook(both, ...deliver(event, secret))).toMatchObject({ kind: 'look' });
  });

  it('over other bytes with the same meaning does not count', () => {
    const [body, headers] = deliver(event);
    const reprinted = Buffer.from(JSON.stringify(JSON.parse(body.toString()), null, 1));
    expect(readWebhook(both, reprinted, headers)).toMatchObject({ kind: 'forged' });
  });

  it.each([['whsec-other'], ['key-secret']])('made with %s is forged', (secret) => {
    expect(readWebhook(both, ...deliver(event, secret))).toMatchObject({ kind: 'forged' });
  });

  it.each([[undefined], [''], ['00'.repeat(32)], ['zz'.repeat(32)], ['abc']])(
    'that reads %j is forged',
    (signature) => {
      const [body] = deliver(event);
      expect(readWebhook(both, body, { 'x-razorpay-signature': signature })).toMatchObject({
        kind: 'forged',
      });
    },
  );

  it('counts for nobody without a secret', () => {
    expect(readWebhook(account(''), ...deliver(event, ''))).toMatchObject({ kind: 'forged' });
  });
});

describe('an event', () => {
  it.each([['refund.created'], ['refund.processed'], ['refund.failed'], ['refund.speed_changed']])(
    '%s hints at its refund',
    (name) => {
      expect(readWebhook(both, ...deliver({ ...event, event: name }))).toEqual({
        kind: 'look',
        eventId: 'evt_1',
        paymentId: 'pay_1',
        providerRefundId: 'rfnd_1',
        shows: 'succeeded',
      });
    },
  );

  it.each([
    ['processed', 'succeeded'],
    ['pending', 'pending'],
    ['failed', 'failed'],
    ['unlisted', undefined],
    ['constructor', undefined],
  ])('with a refund that is %s shows it as %s', (status, shows) => {
    const { payment } = event.payload;
    const refund = { entity: { ...event.payload.refund.entity, status } };
    const hint = readWebhook(both, ...deliver({ ...event, payload: { refund, payment } }));
    expect(hint.kind === 'look' ? (hint.shows ?? undefined) : hint).toBe(shows);
  });

  it('is one event in all its deliveries, also without an id', () => {
    const [body, headers] = deliver(event);
    const bare = { 'x-razorpay-signature': headers['x-razorpay-signature'] };
    const first = readWebhook(both, body, bare);
    expect('eventId' in first ? first.eventId : null).toMatch(/^[0-9a-f]{64}$/);
    expect(readWebhook(both, body, bare)).toEqual(first);
  });

  it.each([
    ['about something else', { ...event, event: 'payment.captured' }],
    [
      'of a payment that was never captured',
      {
        ...event,
        payload: { ...event.payload, payment: { entity: { id: 'pay_1', captured: false } } },
      },
    ],
    ['without a refund', { ...event, payload: {} }],
    ['that is no JSON', '<xml/>'],
    ['whose refund has no id', { ...event, payload: { refund: { entity: { status: 'processed' } } } }],
  ])('%s is ignored', (_what, content) => {
    expect(readWebhook(both, ...deliver(content))).toMatchObject({ kind: 'ignore', eventId: 'evt_1' });
  });

  it('of another merchant is ignored where the account knows its own', () => {
    const known = account('whsec-current', 'acc_2');
    expect(readWebhook(known, ...deliver(event))).toMatchObject({ kind: 'ignore' });
    expect(readWebhook(account('whsec-current', 'acc_1'), ...deliver(event))).toMatchObject({ kind: 'look' });
  });
});
