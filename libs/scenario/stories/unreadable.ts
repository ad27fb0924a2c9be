import { PAYMENT_PLACEHOLDER } from '../plan.ts';
import { story, type Fields, type Scene, type SendOptions, type Story } from '../scene.ts';

/** Over the limit on requests (256 KiB), below what brokers take without being told (1 MiB). */
const TOO_LARGE_BYTES = 300_000;

/** A message that never becomes a refund; it carries no refundId of its own, so nothing waits for it. */
function unreadable(name: string, code: string, options: SendOptions, change: Fields = {}): Story {
  return story(name, 0, 1, (scene: Scene) => {
    const body: Fields = {
      refundId: 'rf_never_accepted',
      provider: scene.script.name,
      paymentId: PAYMENT_PLACEHOLDER,
      amount: '20.00',
      currency: scene.script.currency,
      ...change,
    };
    scene.send(scene.payment(), body, { ...options, fate: { deadLetter: code } });
  });
}

const text = (value: string): SendOptions => ({ body: { text: value } });
const withoutHeader = (name: string): SendOptions => ({ headers: { [name]: null } });

/** Every way a message cannot be handled. Each ends on the dead-letter topic with its original bytes. */
export const UNREADABLE: readonly [Story, ...Story[]] = [
  unreadable('not-json', 'NOT_A_JSON_OBJECT', text('{"refundId": "rf_1", oops')),
  unreadable('tombstone', 'VALUE_MISSING', { body: null }),
  unreadable('list-instead-of-object', 'NOT_A_JSON_OBJECT', text('[{"refundId":"rf_1"}]')),
  unreadable('not-utf8', 'NOT_UTF8', {
    body: { base64: Buffer.from([0x7b, 0xff, 0xfe, 0x7d]).toString('base64') },
  }),
  unreadable('no-type', 'CE_ATTRIBUTE_MISSING', withoutHeader('ce_type')),
  unreadable('no-id', 'CE_ATTRIBUTE_MISSING', withoutHeader('ce_id')),
  unreadable('no-source', 'CE_ATTRIBUTE_MISSING', withoutHeader('ce_source')),
  unreadable('no-specversion', 'CE_ATTRIBUTE_MISSING', withoutHeader('ce_specversion')),
  unreadable('another-type', 'CE_TYPE_UNKNOWN', { headers: { ce_type: 'OrderShipped' } }),
  unreadable('another-specversion', 'CE_SPECVERSION_UNKNOWN', { headers: { ce_specversion: '0.3' } }),
  unreadable('types-that-disagree', 'CE_ATTRIBUTE_REPEATED', {
    headers: { ce_type: ['RefundRequested', 'OrderShipped'] },
  }),
  unreadable('no-refund-id', 'REFUND_ID_UNREADABLE', {}, { refundId: undefined }),
  unreadable('bad-refund-id', 'REFUND_ID_UNREADABLE', {}, { refundId: 'rf 1/../2' }),
  unreadable('no-payment-id', 'PAYMENT_ID_UNREADABLE', {}, { paymentId: undefined }),
  unreadable('nul-in-text', 'UNSTORABLE_TEXT', {}, { reason: 'late\u0000delivery' }),
  unreadable('half-a-surrogate-pair', 'UNSTORABLE_TEXT', {}, { reason: 'late \uD83D' }),
  unreadable('too-large', 'PAYLOAD_TOO_LARGE', {}, { reason: 'x'.repeat(TOO_LARGE_BYTES) }),
];
